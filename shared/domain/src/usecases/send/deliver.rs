//! Carrying decided copies to inboxes and connections.

use super::decide::Copy;
use super::recipients::Recipients;
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::StoreError;
use crate::tables::connections::Connection;
use crate::tables::inbox::{self, Entry, EntryId, EnvelopeId, Put, StoredEnvelope};
use crate::tokens::AckTokens;
use crate::usecases::push;
use crate::usecases::reach::{self, Missed, Now};
use futures_util::future::{join, join_all};
use heliograph_protocol::ErrorBody;
use heliograph_protocol::event::{Envelope, Event};
use heliograph_protocol::limits::FRAME_BYTES_MAX;
use heliograph_protocol::reply::SendResult;
use std::collections::{BTreeMap, BTreeSet};

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
    let (outcomes, mut unreached) = join(puts, post_all(app, cx, from, &copies, known)).await;

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
    let still_away = post_late(app, cx, from, unreached).await.into_iter();
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

/// A copy that reached no connection.
type Unreached<'a> = (&'a Copy, Missed);

/// Posts every copy to its device's connection, several to a frame.
async fn post_all<'a>(
    app: &App,
    cx: &Context,
    from: &Address,
    copies: &[&'a Copy],
    connection_of: impl Fn(&Address) -> Option<Connection>,
) -> Vec<Unreached<'a>> {
    let mut by_device: BTreeMap<&Address, Vec<&'a Copy>> = BTreeMap::new();
    for copy in copies {
        by_device.entry(&copy.to).or_default().push(copy);
    }
    let mut unreached: Vec<Unreached<'a>> = Vec::new();
    let mut posts = Vec::new();
    for (device, copies) in by_device {
        match connection_of(device) {
            None => unreached.extend(copies.into_iter().map(|copy| (copy, Missed::by(None)))),
            Some(connection) => posts.push(post_to(app, cx, from, device, connection, copies)),
        }
    }
    unreached.extend(join_all(posts).await.into_iter().flatten());
    unreached
}

async fn post_to<'a>(
    app: &App,
    cx: &Context,
    from: &Address,
    device: &Address,
    connection: Connection,
    copies: Vec<&'a Copy>,
) -> Vec<Unreached<'a>> {
    let tokens = AckTokens::of(&app.keys, device);
    let mut unreached = Vec::new();
    for frame in frames(copies) {
        let envelope = |copy: &&Copy| envelope(cx, from, copy, &tokens);
        let event = Event::Messages(frame.iter().map(envelope).collect());
        let posted = push::post(app, cx, device, &connection, event).await;
        if let Some(missed) = Missed::of(posted, connection.clone()) {
            unreached.extend(frame.into_iter().map(|copy| (copy, missed.clone())));
        }
    }
    unreached
}

/// Splits copies so that each part fits one frame.
fn frames(copies: Vec<&Copy>) -> Vec<Vec<&Copy>> {
    let mut frames: Vec<Vec<&Copy>> = Vec::new();
    let mut bytes = 0;
    for copy in copies {
        let needs = copy.content.json_bytes() + push::ENVELOPE_OVERHEAD_BYTES;
        match frames.last_mut() {
            Some(frame) if bytes + needs <= FRAME_BYTES_MAX => {
                bytes += needs;
                frame.push(copy);
            }
            _ => {
                bytes = needs;
                frames.push(vec![copy]);
            }
        }
    }
    frames
}

fn envelope(cx: &Context, from: &Address, copy: &Copy, tokens: &AckTokens<'_>) -> Envelope {
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

/// Reads the connections of unreached devices once more, and posts to those that are new; returns
/// what has still reached nobody.
async fn post_late<'a>(
    app: &App,
    cx: &Context,
    from: &Address,
    unreached: Vec<Unreached<'a>>,
) -> Vec<Unreached<'a>> {
    let missed = unreached.iter().map(|(copy, missed)| (&copy.to, missed));
    let Some(now) = Now::read(app, cx, missed).await else {
        return unreached;
    };
    let copies: Vec<&'a Copy> = unreached.iter().map(|(copy, _)| *copy).collect();
    let mut still = post_all(app, cx, from, &copies, |device| now.of(device, cx)).await;
    for (copy, missed) in &mut still {
        now.remember(&copy.to, missed);
    }
    still
}
