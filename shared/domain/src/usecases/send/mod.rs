//! Sending messages (protocol §4, `design.md` §4).
//!
//! 1. One batch read says what each recipient is: devices, connections, a block on the sender.
//! 2. [`decide`] turns each message into a refusal or the deliveries that it takes.
//! 3. The puts into inboxes and the posts to connections go together; neither waits for the other,
//!    and a message is accepted once every put is durable.
//!    What goes to a group is accepted by [`group`] instead, and carried by `fanout`.
//! 4. Where nobody was reached, connections are read once more, *after* the put: a device that
//!    connected meanwhile either synced after the put or is seen here.

mod decide;
mod deliver;
mod group;
mod recipients;

use crate::Context;
use crate::address::Address;
use crate::app::App;
use decide::{Decision, decide};
use deliver::{Delivery, deliver};
use futures_util::future::{join, join_all};
use group::ToGroup;
use heliograph_protocol::reply::{SendOk, SendResult};
use heliograph_protocol::request::{OutgoingMessage, Recipient, Send};
use heliograph_protocol::{ErrorBody, GroupId};
use recipients::Recipients;
use std::collections::BTreeMap;

/// Sends the messages of one frame; answers one result each, in their order.
pub async fn send(app: &App, cx: &Context, from: &Address, request: Send) -> SendOk {
    let recipients = match Recipients::load(app, cx, from, &request.messages).await {
        Ok(recipients) => recipients,
        Err(error) => {
            tracing::warn!(error = crate::chain(&error), "recipients not read");
            let refused = |message: &OutgoingMessage| {
                SendResult::refused(message.message_id, ErrorBody::from(&error))
            };
            return SendOk {
                results: request.messages.iter().map(refused).collect(),
            };
        }
    };

    let mut results = Vec::with_capacity(request.messages.len());
    let mut deliveries = Vec::with_capacity(request.messages.len());
    let mut to_groups: BTreeMap<GroupId, Vec<ToGroup>> = BTreeMap::new();
    for (index, message) in request.messages.into_iter().enumerate() {
        let message_id = message.message_id;
        let is_allowed = check_rate(app, cx, from, &message);
        if let Recipient::Group(group_id) = &message.to {
            let group_id = group_id.clone();
            match is_allowed.and_then(|()| ToGroup::check(cx, index, message)) {
                Ok(to_group) => to_groups.entry(group_id).or_default().push(to_group),
                Err(error) => results.push(SendResult::refused(message_id, error)),
            }
            // Until the group has taken it.
            if results.len() == index {
                results.push(SendResult::refused(message_id, ErrorBody::internal()));
            }
            continue;
        }
        match is_allowed.and_then(|()| decide(cx, from, message, &recipients)) {
            Err(error) => results.push(SendResult::refused(message_id, error)),
            Ok(decision) => {
                results.push(SendResult::accepted(message_id, cx.now_ms()));
                if let Decision::Deliver(copies) = decision {
                    deliveries.extend(copies.into_iter().map(|copy| Delivery { index, copy }));
                }
            }
        }
    }
    let sends = to_groups
        .into_iter()
        .map(|(group_id, messages)| group::send(app, cx, from, group_id, messages));
    let deliver = deliver(app, cx, from, &recipients, deliveries, &mut results);
    let ((), taken) = join(deliver, join_all(sends)).await;
    for (index, result) in taken.into_iter().flatten() {
        results[index] = result;
    }
    SendOk { results }
}

fn check_rate(
    app: &App,
    cx: &Context,
    from: &Address,
    message: &OutgoingMessage,
) -> Result<(), ErrorBody> {
    let Some(rate) = app.limits.sends_per_pair else {
        return Ok(());
    };
    let to = match &message.to {
        Recipient::User(to) => to.as_str(),
        Recipient::Group(to) => to.as_str(),
    };
    app.sends
        .take((&from.user_id, to), rate, cx.now_ms())
        .map_err(ErrorBody::rate_limited)
}
