//! Sending to a group: one transaction gives messages their places and puts them into the outbox.

use super::decide::{check_size, check_time, not_found};
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::content::Content;
use crate::groups::tries;
use crate::store::{Item, StoreError, StoreErrorKind, TransactOutcome};
use crate::tables::cleanups::Pending;
use crate::tables::deliveries::{self, Load, Outbox, Sent};
use crate::tables::groups::{self, Group};
use crate::tables::users;
use crate::usecases::{fan_out, typing};
use heliograph_protocol::reply::SendResult;
use heliograph_protocol::request::{OutgoingMessage, Payload};
use heliograph_protocol::{ErrorBody, ErrorCode, GroupId, MessageId};
use std::collections::BTreeSet;

/// A message to a group and its place in the frame.
#[derive(Clone, Debug)]
pub(super) struct ToGroup {
    index: usize,
    message_id: MessageId,
    content: Content,
    urgent: bool,
    ephemeral: bool,
    expires_at_s: u64,
}

impl ToGroup {
    /// Checks what can be checked without the group.
    ///
    /// # Errors
    /// The refusal: `bad_request` for an id from too far away in time or a content for each device,
    /// `too_large`.
    pub(super) fn check(
        cx: &Context,
        index: usize,
        message: OutgoingMessage,
    ) -> Result<Self, ErrorBody> {
        check_time(message.message_id, cx.now_ms())?;
        let Payload::Content(content) = message.payload else {
            let message = "a message to a group has one content for all: use content";
            return Err(ErrorBody::bad_request(message));
        };
        let content = Content::new(content);
        check_size(&content)?;
        Ok(Self {
            index,
            message_id: message.message_id,
            content,
            urgent: message.urgent,
            ephemeral: message.ephemeral,
            expires_at_s: cx.now_s() + u64::from(message.expires_in_s),
        })
    }
}

type Indexed = (usize, SendResult);

/// Sends messages to one group; answers what became of each, by its place in the frame.
pub(super) async fn send(
    app: &App,
    cx: &Context,
    from: &Address,
    group_id: GroupId,
    messages: Vec<ToGroup>,
) -> Vec<Indexed> {
    let all: Vec<(usize, MessageId)> = messages
        .iter()
        .map(|it| (it.index, it.message_id))
        .collect();
    match accept(app, cx, from, &group_id, messages).await {
        Ok(results) => results,
        Err(error) => {
            let refused =
                |(index, message_id)| (index, SendResult::refused(message_id, error.clone()));
            all.into_iter().map(refused).collect()
        }
    }
}

/// Takes messages in: of those that were sent before, repeats the first answer.
async fn accept(
    app: &App,
    cx: &Context,
    from: &Address,
    group_id: &GroupId,
    messages: Vec<ToGroup>,
) -> Result<Vec<Indexed>, ErrorBody> {
    let (messages, repeated) = once_each(messages);
    let (ephemeral, mut stored): (Vec<_>, Vec<_>) =
        messages.into_iter().partition(|message| message.ephemeral);
    let mut results: Vec<Indexed> = Vec::new();
    let mut pending = Vec::new();
    let turn = app.groups.turn(group_id);
    let mut last = turn.lock().await;
    let mut tries = tries(&*app.clock);
    let group = loop {
        if tries.next().is_none() {
            return Err(ErrorBody::unavailable());
        }
        let guess = last.take();
        let is_guess = guess.is_some();
        let group = match guess {
            Some(group) => group,
            None => load(app, cx, group_id).await?,
        };
        match may_write(app, cx, &group, from).await {
            // The guess may be old; what is refused must be true.
            Err(_) if is_guess => continue,
            Err(error) => return Err(error),
            Ok(()) => {}
        }
        if stored.is_empty() {
            if is_guess {
                // No transaction will prove it.
                continue;
            }
            *last = Some(group.clone());
            break group;
        }
        match write(app, cx, from, group_id, &group, &stored).await {
            Ok(Written::Taken(taken, group)) => {
                results.extend(taken.iter().map(|(result, _)| result.clone()));
                pending.extend(taken.into_iter().map(|(_, pending)| pending));
                *last = Some(group.clone());
                break group;
            }
            Ok(Written::Changed(None)) => {}
            Ok(Written::Changed(Some(item))) => {
                let groups = &app.groups;
                let now = groups.of_item(&*app.store, cx, group_id, &item).await;
                *last = Some(now.map_err(|error| not_read(&error))?);
            }
            Ok(Written::SentBefore(at, item)) => {
                let message = stored.remove(at);
                let sent = Sent::Message(message.message_id, from.user_id.clone());
                let (result, is_waiting) = first_answer(group_id, &message, &item)?;
                if let Some(accepted_at) = is_waiting {
                    pending.push(Pending::new(group_id.clone(), sent, accepted_at));
                }
                results.push((message.index, result));
                *last = Some(group);
            }
            Err(error) if error.kind() == StoreErrorKind::Conflict => {}
            Err(error) => {
                tracing::warn!(error = crate::chain(&error), "messages not stored");
                return Err(ErrorBody::from(&error));
            }
        }
    };
    drop(last);
    fan_out::carry(app, cx, pending).await;
    for message in ephemeral {
        let to = (group_id, &group);
        typing::tell(app, cx, from, to, message.message_id, message.content).await;
        let result = SendResult::accepted(message.message_id, cx.now_ms());
        results.push((message.index, result));
    }
    for again in repeated {
        let first = results
            .iter()
            .find(|(_, first)| first.message_id == again.message_id);
        let first = first.map(|(_, first)| (again.index, first.clone()));
        results.extend(first);
    }
    Ok(results)
}

/// Parts messages whose id is in the frame already from the others.
fn once_each(messages: Vec<ToGroup>) -> (Vec<ToGroup>, Vec<ToGroup>) {
    let mut seen = BTreeSet::new();
    messages
        .into_iter()
        .partition(|message| seen.insert(message.message_id))
}

async fn load(app: &App, cx: &Context, group_id: &GroupId) -> Result<Group, ErrorBody> {
    let group = app.groups.load(&*app.store, cx, group_id).await;
    group
        .map_err(|error| not_read(&error))?
        .ok_or_else(not_found)
}

fn not_read(error: &StoreError) -> ErrorBody {
    tracing::warn!(error = crate::chain(error), "group not read");
    ErrorBody::from(error)
}

async fn may_write(
    app: &App,
    cx: &Context,
    group: &Group,
    from: &Address,
) -> Result<(), ErrorBody> {
    let member = group.roster.get(&from.user_id).ok_or_else(not_found)?;
    if from.device_created_at > member.joined_at {
        // A device that was linked since, or of a later holder of the number.
        let user = users::get(&*app.store, cx, &from.user_id).await;
        let user = user.map_err(|error| ErrorBody::from(&error))?;
        if !user.is_some_and(|user| member.is_of(user.created_at)) {
            return Err(not_found());
        }
    }
    if group.meta.announce_only && !member.is_admin {
        let message = "only admins may write to this group";
        return Err(ErrorBody::new(ErrorCode::Forbidden, message));
    }
    Ok(())
}

/// How a transaction ended.
enum Written {
    /// The messages have their places.
    Taken(Vec<(Indexed, Pending)>, Group),
    /// The group is another one than it was thought to be.
    Changed(Option<Item>),
    /// One of the messages was sent before.
    SentBefore(usize, Item),
}

async fn write(
    app: &App,
    cx: &Context,
    from: &Address,
    group_id: &GroupId,
    group: &Group,
    messages: &[ToGroup],
) -> Result<Written, StoreError> {
    let mut next = group.clone();
    let mut writes = Vec::new();
    let mut taken = Vec::new();
    for message in messages {
        next.meta.seq += 1;
        let seq = next.meta.seq;
        let sent = Sent::Message(message.message_id, from.user_id.clone());
        let outbox = Outbox {
            group_id: group_id.clone(),
            roster: group.meta.roster,
            timestamp: cx.now_ms(),
            expires_at_s: message.expires_at_s,
            load: Load::Message {
                from_device_id: from.device_id,
                seq,
                urgent: message.urgent,
            },
        };
        let pending = Pending::new(group_id.clone(), sent, cx.now_ms());
        writes.push(deliveries::put(
            &pending.sent,
            &outbox,
            Some(&message.content),
        )?);
        writes.push(pending.note());
        let result = SendResult::accepted_in_group(message.message_id, cx.now_ms(), seq);
        taken.push(((message.index, result), pending));
    }
    // Last, so that a message that was sent before is found to be so first.
    let count = next.meta.seq - group.meta.seq;
    writes.push(groups::take_places(group_id, &group.meta, count));
    let last = writes.len() - 1;
    Ok(match app.store.transact(cx, writes).await? {
        TransactOutcome::Applied => Written::Taken(taken, next),
        TransactOutcome::Refused { index, old } if index == last => Written::Changed(old),
        TransactOutcome::Refused { index, old } => match old {
            Some(item) => Written::SentBefore(index / 2, item),
            None => Written::Changed(None),
        },
    })
}

/// What was answered when the message was sent before, and when that was if it may still wait.
fn first_answer(
    group_id: &GroupId,
    message: &ToGroup,
    item: &Item,
) -> Result<(SendResult, Option<u64>), ErrorBody> {
    let read = || Ok((deliveries::from_item(item)?, deliveries::content(item)?));
    let (outbox, content) = read().map_err(|error: StoreError| ErrorBody::from(&error))?;
    let Load::Message { seq, .. } = outbox.load else {
        return Err(ErrorBody::internal());
    };
    if outbox.group_id != *group_id {
        let error = ErrorBody::new(ErrorCode::Conflict, "message_id was sent to another group");
        return Ok((SendResult::refused(message.message_id, error), None));
    }
    let result = SendResult::accepted_in_group(message.message_id, outbox.timestamp, seq);
    Ok((result, content.map(|_| outbox.timestamp)))
}
