//! How far one's messages got: for a client that lost a receipt.

mod group;

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::{Consistency, Key, StoreError};
use crate::tables::contacts::{self, blocks};
use crate::tables::inbox;
use crate::tables::users::{self, User};
use heliograph_protocol::limits::MESSAGE_BEHIND_MS_MAX;
use heliograph_protocol::reply::{DeliveryStatus, MessageStatus, StatusOk};
use heliograph_protocol::request::{Recipient, Status, StatusQuery};
use heliograph_protocol::{MessageId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// How far a sender's clock, which made the message id, may be behind ours.
const CLOCK_SKEW_MS: u64 = 5 * 60 * 1000;

/// What is known of a recipient.
struct State {
    user: User,
    blocks_sender: bool,
}

/// Answers how far messages of the caller got, in the order asked for.
///
/// Nothing is kept of a message once it is acked, so `delivered` means: it could have reached a
/// device and waits at none. A message to somebody who blocks the caller looks like one that waits.
///
/// # Errors
/// The store's.
pub async fn status(
    app: &App,
    cx: &Context,
    from: &Address,
    request: Status,
) -> Result<StatusOk, StoreError> {
    let mut in_groups = group::statuses(app, cx, from, &request.messages).await?;
    let states = load(app, cx, from, &request.messages).await?;
    let mut asked: Vec<(Address, MessageId)> = Vec::new();
    for StatusQuery { message_id, to } in &request.messages {
        if let Some((user_id, state)) = user_of(to).and_then(|id| Some((id, states.get(id)?))) {
            let devices = state
                .user
                .devices
                .iter()
                .map(|device| device.address(user_id));
            asked.extend(devices.map(|device| (device, *message_id)));
        }
    }
    asked.sort();
    asked.dedup();
    let waits = inbox::waiting(&*app.store, cx, &from.user_id, &asked).await?;
    let waiting: BTreeSet<(Address, MessageId)> = std::iter::zip(asked, waits)
        .filter_map(|(asked, waits)| waits.then_some(asked))
        .collect();

    let statuses = request.messages.into_iter().map(|query| {
        if let Recipient::Group(group_id) = &query.to {
            let known = in_groups.remove(&(query.message_id, group_id.clone()));
            return known
                .unwrap_or_else(|| answer(query.message_id, None, DeliveryStatus::Unknown));
        }
        let known = user_of(&query.to).and_then(|id| Some((id.clone(), states.get(id)?)));
        let status = match &known {
            None => DeliveryStatus::Unknown,
            Some((user_id, state)) => {
                let waits = |device| waiting.contains(&(device, query.message_id));
                decide(cx, query.message_id, user_id, state, waits)
            }
        };
        answer(query.message_id, known.map(|(user_id, _)| user_id), status)
    });
    Ok(StatusOk {
        statuses: statuses.collect(),
    })
}

async fn load(
    app: &App,
    cx: &Context,
    from: &Address,
    queries: &[StatusQuery],
) -> Result<BTreeMap<UserId, State>, StoreError> {
    let user_ids: BTreeSet<&UserId> = queries
        .iter()
        .filter_map(|query| user_of(&query.to))
        .collect();
    let keys: Vec<Key> = user_ids
        .iter()
        .flat_map(|id| [users::key(id), blocks::key(id, &from.user_id)])
        .collect();
    let mut items = app
        .store
        .batch_get(cx, &keys, Consistency::Strong)
        .await?
        .into_iter();
    let mut states = BTreeMap::new();
    for user_id in user_ids {
        let (user, block) = (items.next().flatten(), items.next().flatten());
        if let Some(user) = user {
            let user = users::from_item(&user)?;
            let state = State {
                blocks_sender: contacts::counts(block.as_ref(), user.created_at),
                user,
            };
            states.insert(user_id.clone(), state);
        }
    }
    Ok(states)
}

/// The rule, pure: `waits` tells whether the message is in a device's inbox.
fn decide(
    cx: &Context,
    message_id: MessageId,
    user_id: &UserId,
    state: &State,
    waits: impl Fn(Address) -> bool,
) -> DeliveryStatus {
    if message_id.created_at() + MESSAGE_BEHIND_MS_MAX < cx.now_ms() {
        return DeliveryStatus::Unknown;
    }
    if state.blocks_sender {
        return DeliveryStatus::Waiting;
    }
    let (mut waiting, mut delivered) = (false, false);
    for device in &state.user.devices {
        if waits(device.address(user_id)) {
            waiting = true;
        } else {
            // A device that is younger than the message never had it.
            delivered |= device.created_at <= message_id.created_at() + CLOCK_SKEW_MS;
        }
    }
    match (delivered, waiting) {
        (true, _) => DeliveryStatus::Delivered,
        (false, true) => DeliveryStatus::Waiting,
        (false, false) => DeliveryStatus::Unknown,
    }
}

fn answer(message_id: MessageId, user_id: Option<UserId>, status: DeliveryStatus) -> MessageStatus {
    let (mut delivered, mut waiting) = (Vec::new(), Vec::new());
    match status {
        DeliveryStatus::Delivered => delivered.extend(user_id),
        DeliveryStatus::Waiting => waiting.extend(user_id),
        DeliveryStatus::Unknown => {}
    }
    MessageStatus {
        message_id,
        status,
        delivered,
        read: Vec::new(),
        waiting,
    }
}

fn user_of(to: &Recipient) -> Option<&UserId> {
    match to {
        Recipient::User(user_id) => Some(user_id),
        Recipient::Group(_) => None,
    }
}
