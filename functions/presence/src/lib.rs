//! `presence.subscribe` and `presence.unsubscribe`, and the queue of who has come or gone (protocol
//! §7).
#![deny(missing_docs)]

use heliograph_domain::app::App;
use heliograph_domain::ports::Job;
use heliograph_domain::usecases::presence;
use heliograph_domain::{Address, Context};
use heliograph_lambda::jobs::{JobsEvent, JobsReply, Trigger, TriggerReply, work_off};
use heliograph_lambda::socket::{SocketEvent, SocketReply, connection, refuse, serve, status};
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
        Some(PresenceUnsubscribe::ACTION) => serve(app, cx, event, presence::unsubscribe).await,
        _ => refuse(event),
    }
}

/// Subscribes this connection: who watches is told by it, and no longer than it lives.
async fn subscribe(app: &App, cx: &Context, event: &SocketEvent) -> SocketReply {
    let Some((id, connected_at)) = connection(event) else {
        return status(500);
    };
    let subscribe = async |app: &App, cx: &Context, caller: &Address, request| {
        presence::subscribe(app, cx, caller, (&id, connected_at), request).await
    };
    serve(app, cx, event, subscribe).await
}

async fn jobs(app: &App, cx: &Context, event: &JobsEvent) -> JobsReply {
    work_off(event, async |job| match job {
        Job::Presence {
            user_id,
            moment,
            after,
        } => presence::announce(app, cx, &user_id, moment, after).await,
        _ => {
            tracing::error!("job of another queue");
            Ok(())
        }
    })
    .await
}
