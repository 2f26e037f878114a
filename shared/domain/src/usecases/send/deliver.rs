//! Carrying decided copies to inboxes and connections.

use super::decide::Copy;
use super::recipients::Recipients;
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::ports::Job;
use crate::store::{Consistency, StoreError};
use crate::tables::connections::{self, Connection, Connections};
use crate::tables::inbox::{self, Entry, EntryId, EnvelopeId, Put, StoredEnvelope};
use crate::tokens::AckTokens;
use crate::usecases::push::{self, Posted};
use futures_util::future::join;
use futures_util::future::join_all;
use heliograph_protocol::event::{Envelope, Event};
use heliograph_protocol::limits::FRAME_BYTES_MAX;
use heliograph_protocol::reply::SendResult;
use heliograph_protocol::{ErrorBody, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// A copy and the place of its message in the frame.
pub(super) struct Delivery {
    pub(super) index: usize,
    pub(super) copy: Copy,
}

/// A put that takes longer than this may end after a device whose socket took the post without
/// reading it has connected anew and synced, in milliseconds.
const SLOW_PUT_MS: u64 = 50;

/// More than an envelope's ids, names and token take in JSON.
const ENVELOPE_OVERHEAD_BYTES: usize = 768;

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

    unreached.retain(|it| !it.copy.ephemeral);
    let away: BTreeSet<&Address> = unreached.iter().map(|it| &it.copy.to).collect();
    if app.clock.now_ms() > cx.now_ms() + SLOW_PUT_MS {
        let stored = copies.iter().filter(|copy| !copy.ephemeral);
        unreached = stored
            .map(|copy| Unreached::lost(copy, known(&copy.to)))
            .collect();
    }
    if unreached.is_empty() {
        return;
    }
    let mut still_away = post_late(app, cx, from, unreached).await;
    still_away.retain(|it| it.copy.wakes && away.contains(&it.copy.to));
    wake(app, cx, from, still_away).await;
}

/// Queues that devices are woken which nobody has reached: one job a device, as one notification is
/// all it gets.
async fn wake(app: &App, cx: &Context, from: &Address, unreached: Vec<Unreached<'_>>) {
    let by_device: BTreeMap<&Address, Unreached<'_>> =
        unreached.into_iter().map(|it| (&it.copy.to, it)).collect();
    let job = |Unreached { copy, tried, .. }: Unreached<'_>| Job::Notify {
        device: copy.to.clone(),
        entry: EntryId::Envelope(id_of(from, copy)).to_string(),
        tried: tried.map(|connection| connection.id),
    };
    let jobs: Vec<Job> = by_device.into_values().map(job).collect();
    if jobs.is_empty() {
        return;
    }
    if let Err(error) = app.queue.send(cx, jobs).await {
        // The message is stored all the same.
        tracing::warn!(error = crate::chain(&error), "device not woken");
    }
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
#[derive(Clone)]
struct Unreached<'a> {
    copy: &'a Copy,
    /// The connection that did not take it, if there was one.
    tried: Option<Connection>,
    /// Whether that connection is lost, and not perhaps still opening.
    is_lost: bool,
}

impl<'a> Unreached<'a> {
    /// A copy whose device had no connection, or lost it.
    fn lost(copy: &'a Copy, tried: Option<Connection>) -> Self {
        Self {
            copy,
            tried,
            is_lost: true,
        }
    }

    /// The connection that is not to be tried again.
    fn lost_connection(&self) -> Option<&Connection> {
        self.tried.as_ref().filter(|_| self.is_lost)
    }
}

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
            None => unreached.extend(copies.into_iter().map(|copy| Unreached::lost(copy, None))),
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
        let is_lost = match push::post(app, cx, device, &connection, event).await {
            Posted::Taken => continue,
            // Worth another post after the put: its client may have synced before that.
            Posted::Opening => false,
            Posted::Lost => true,
        };
        unreached.extend(frame.into_iter().map(|copy| Unreached {
            copy,
            tried: Some(connection.clone()),
            is_lost,
        }));
    }
    unreached
}

/// Splits copies so that each part fits one frame.
fn frames(copies: Vec<&Copy>) -> Vec<Vec<&Copy>> {
    let mut frames: Vec<Vec<&Copy>> = Vec::new();
    let mut bytes = 0;
    for copy in copies {
        let needs = copy.content.json_bytes() + ENVELOPE_OVERHEAD_BYTES;
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
    let user_ids: BTreeSet<&UserId> = unreached.iter().map(|it| &it.copy.to.user_id).collect();
    let keys: Vec<_> = user_ids
        .iter()
        .map(|user_id| connections::key(user_id))
        .collect();
    let items = match app.store.batch_get(cx, &keys, Consistency::Strong).await {
        Ok(items) => items,
        Err(error) => {
            tracing::warn!(error = crate::chain(&error), "connections not read again");
            return unreached;
        }
    };
    let now: BTreeMap<&UserId, Connections> = user_ids
        .into_iter()
        .zip(items.into_iter().map(Connections::from_item))
        .collect();
    let lost: BTreeMap<&Address, &Connection> = unreached
        .iter()
        .filter_map(|it| Some((&it.copy.to, it.lost_connection()?)))
        .collect();
    let newer = |device: &Address| {
        let connection = now.get(&device.user_id)?.of(device, cx.now_ms())?;
        (lost.get(device).map(|lost| &lost.id) != Some(&connection.id)).then_some(connection)
    };
    let copies: Vec<&'a Copy> = unreached.iter().map(|it| it.copy).collect();
    let mut still = post_all(app, cx, from, &copies, newer).await;
    for it in &mut still {
        let lost = lost.get(&it.copy.to).map(|lost| (*lost).clone());
        it.tried = it.tried.take().or(lost);
    }
    still
}
