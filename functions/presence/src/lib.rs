//! `presence.subscribe` and `presence.unsubscribe`, and the queue of who has come or gone (protocol
//! §7).
#![deny(missing_docs)]

use heliograph_domain::Context;
use heliograph_domain::app::App;
use heliograph_domain::ports::Job;
use heliograph_domain::usecases::presence;
use heliograph_lambda::jobs::{JobsEvent, JobsReply, Trigger, TriggerReply, work_off};
use heliograph_lambda::socket::{
    Frame, SocketEvent, SocketReply, answer_to, connection, refuse, status,
};
use heliograph_protocol::request::{PresenceSubscribe, PresenceUnsubscribe, Request};

/// Handles a frame, or jobs of the queue.
pub async fn handle(app: &App, cx: &Context, trigger: Trigger) -> TriggerReply {
    match trigger {
        Trigger::Frame(event) => TriggerReply::Frame(Box::new(frame(app, cx, &event).await)),
        Trigger::Jobs(event) => TriggerReply::Jobs(jobs(app, cx, &event).await),
    }
}

async fn frame(app: &App, cx: &Context, event: &SocketEvent) -> SocketReply {
    match event.request_context.route_key.as_deref() {
        Some(PresenceSubscribe::ACTION) => subscribe(app, cx, event).await,
        Some(PresenceUnsubscribe::ACTION) => unsubscribe(app, cx, event).await,
        _ => refuse(event),
    }
}

async fn subscribe(app: &App, cx: &Context, event: &SocketEvent) -> SocketReply {
    let Frame { caller, request } = match Frame::<PresenceSubscribe>::open(event) {
        Ok(frame) => frame,
        Err(refusal) => return *refusal,
    };
    let Some((id, connected_at)) = connection(event) else {
        return status(500);
    };
    let request_id = request.id.clone();
    let by = (&id, connected_at);
    let subscribed = presence::subscribe(app, cx, &caller, by, request).await;
    answer_to(&request_id, subscribed)
}

async fn unsubscribe(app: &App, cx: &Context, event: &SocketEvent) -> SocketReply {
    let Frame { caller, request } = match Frame::<PresenceUnsubscribe>::open(event) {
        Ok(frame) => frame,
        Err(refusal) => return *refusal,
    };
    let id = request.id.clone();
    answer_to(&id, presence::unsubscribe(app, cx, &caller, request).await)
}

async fn jobs(app: &App, cx: &Context, event: &JobsEvent) -> JobsReply {
    work_off(event, async |job| match job {
        Job::Presence { user_id } => presence::announce(app, cx, &user_id).await,
        Job::Notify { .. } => {
            tracing::error!("job of another queue");
            Ok(())
        }
    })
    .await
}
