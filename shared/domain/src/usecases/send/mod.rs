//! Sending messages (protocol §4, `design.md` §4).
//!
//! 1. One batch read says what each recipient is: devices, connections, a block on the sender.
//! 2. [`decide`] turns each message into a refusal or the deliveries that it takes.
//! 3. The puts into inboxes and the posts to connections go together; neither waits for the other,
//!    and a message is accepted once every put is durable.
//! 4. Where nobody was reached, connections are read once more, *after* the put: a device that
//!    connected meanwhile either synced after the put or is seen here.

mod decide;
mod deliver;
mod recipients;

use crate::Context;
use crate::address::Address;
use crate::app::App;
use decide::{Decision, decide};
use deliver::{Delivery, deliver};
use heliograph_protocol::ErrorBody;
use heliograph_protocol::reply::{SendOk, SendResult};
use heliograph_protocol::request::{OutgoingMessage, Recipient, Send};
use recipients::Recipients;

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
    for (index, message) in request.messages.into_iter().enumerate() {
        let message_id = message.message_id;
        match check_rate(app, cx, from, &message)
            .and_then(|()| decide(cx, from, message, &recipients))
        {
            Err(error) => results.push(SendResult::refused(message_id, error)),
            Ok(decision) => {
                results.push(SendResult::accepted(message_id, cx.now_ms()));
                if let Decision::Deliver(copies) = decision {
                    deliveries.extend(copies.into_iter().map(|copy| Delivery { index, copy }));
                }
            }
        }
    }
    deliver(app, cx, from, &recipients, deliveries, &mut results).await;
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
    let Recipient::User(to) = &message.to else {
        return Ok(());
    };
    app.sends
        .take((&from.user_id, to), rate, cx.now_ms())
        .map_err(ErrorBody::rate_limited)
}
