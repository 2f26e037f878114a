//! Carrying decided copies to inboxes and connections.

use super::decide::Copy;
use super::recipients::Recipients;
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::StoreError;
use crate::tables::inbox::{self, Entry, EntryId, EnvelopeId, Put, StoredEnvelope};
use crate::tokens::AckTokens;
use crate::usecases::push::ENVELOPE_OVERHEAD_BYTES;
use crate::usecases::reach::{self, Addressed, Missed, Posting};
use futures_util::future::{join, join_all};
use heliograph_protocol::ErrorBody;
use heliograph_protocol::event::{Envelope, Event};
use heliograph_protocol::reply::SendResult;
use std::collections::BTreeSet;

/// A copy and the place of its message in the frame.
pub(super) struct Delivery {
    pub(super) index: usize,
    pub(super) copy: Copy,
}

/// A put that takes longer than this may end after a device whose socket took the post without
/// reading it has connected anew and synced, in milliseconds.
const SLOW_PUT_MS: u64 = 50;

/// Puts and posts; turns the results of messages that could not be stored into refusals.
pub(super) async fn deliver(
    app: &App,
    cx: &Context,
    from: &Address,
    recipients: &Recipients,
    deliveries: Vec<Delivery>,
    results: &mut [SendResult],
) {
    let known = |device: &Address| {
        recipients
            .get(&device.user_id)
            .and_then(|state| state.connections.of(device, cx.now_ms()))
    };
    let copies: Vec<&Copy> = deliveries.iter().map(|delivery| &delivery.copy).collect();
    // Futures are polled in this order, and the embedded store keeps the order of first polls: a
    // put is queued before its post can be acked.
    let puts = join_all(
        deliveries
            .iter()
            .map(|delivery| store(app, cx, from, delivery)),
    );
    let posting = Posting {
        app,
        cx,
        event: |copy: &Copy| Event::Messages(vec![envelope(app, cx, from, copy)]),
        slots: None,
    };
    let (outcomes, mut unreached) = join(puts, posting.all(&copies, known)).await;

    // Refusals last: a message is accepted only if every copy of it is stored.
    let (repeated, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    for outcome in repeated.into_iter().chain(refused) {
        match outcome {
            Ok(None) => {}
            Ok(Some((index, result))) | Err((index, result)) => results[index] = result,
        }
    }

    unreached.retain(|(copy, _)| !copy.ephemeral);
    let away: BTreeSet<&Address> = unreached.iter().map(|(copy, _)| &copy.to).collect();
    if app.clock.now_ms() > cx.now_ms() + SLOW_PUT_MS {
        let stored = copies.iter().filter(|copy| !copy.ephemeral);
        unreached = stored
            .map(|copy| (*copy, Missed::by(known(&copy.to))))
            .collect();
    }
    if unreached.is_empty() {
        return;
    }
    let still_away = posting.late(unreached).await.into_iter();
    let wakes = still_away.filter(|(copy, _)| copy.wakes && away.contains(&copy.to));
    let entry = |copy| EntryId::Envelope(id_of(from, copy)).to_string();
    let wakes = wakes.map(|(copy, missed)| (&copy.to, entry(copy), missed));
    reach::wake(app, cx, wakes).await;
}

type Changed = (usize, SendResult);

/// Puts a copy into its device's inbox, unless it is ephemeral. `Some` is a first answer to repeat.
async fn store(
    app: &App,
    cx: &Context,
    from: &Address,
    delivery: &Delivery,
) -> Result<Option<Changed>, Changed> {
    let Delivery { index, copy } = delivery;
    if copy.ephemeral {
        return Ok(None);
    }
    let stored = StoredEnvelope {
        from_device_id: from.device_id,
        content: Some(copy.content.clone()),
        timestamp: cx.now_ms(),
        urgent: copy.urgent,
        wakes: copy.wakes,
        group: None,
    };
    let entry = Entry::Envelope(id_of(from, copy), stored);
    match inbox::put(&*app.store, cx, &copy.to, &entry, copy.expires_at_s).await {
        // Sent before, or our own write whose answer was lost: the first answer again.
        Ok(Put::Waiting(Entry::Envelope(_, first))) => Ok(Some((
            *index,
            SendResult::accepted(copy.message_id, first.timestamp),
        ))),
        Ok(_) => Ok(None),
        Err(error) => Err((*index, refused(copy, &error))),
    }
}

fn id_of(from: &Address, copy: &Copy) -> EnvelopeId {
    EnvelopeId {
        message_id: copy.message_id,
        from_user_id: from.user_id.clone(),
        slot: None,
    }
}

fn refused(copy: &Copy, error: &StoreError) -> SendResult {
    tracing::warn!(error = crate::chain(error), "envelope not stored");
    SendResult::refused(copy.message_id, ErrorBody::from(error))
}

impl Addressed for Copy {
    fn to(&self) -> &Address {
        &self.to
    }

    fn json_bytes(&self) -> usize {
        self.content.json_bytes() + ENVELOPE_OVERHEAD_BYTES
    }
}

fn envelope(app: &App, cx: &Context, from: &Address, copy: &Copy) -> Envelope {
    let tokens = AckTokens::of(&app.keys, &copy.to);
    Envelope {
        message_id: copy.message_id,
        from_user_id: from.user_id.clone(),
        from_device_id: from.device_id,
        to_user_id: copy.to.user_id.clone(),
        group_id: None,
        seq: None,
        content: copy.content.clone().into_text(),
        timestamp: cx.now_ms(),
        urgent: copy.urgent,
        ack_token: tokens.seal(&EntryId::Envelope(id_of(from, copy))),
    }
}
