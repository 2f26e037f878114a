//! The queues of groups: what was sent to one goes to its members, and what they say of it to its
//! sender (protocol §§4, 5, 8).
#![deny(missing_docs)]

use heliograph_domain::app::App;
use heliograph_domain::ports::Job;
use heliograph_domain::usecases::FanOutFailure;
use heliograph_domain::{Context, usecases};
use heliograph_lambda::jobs::{JobsEvent, JobsReply, work_off};
use std::time::Duration;

/// Handles jobs of either queue; those that fail come again.
pub async fn handle(app: &App, cx: &Context, event: JobsEvent) -> JobsReply {
    work_off(&event, async |job| match job {
        Job::FanOut { sent, due_at, .. } => usecases::fan_out(app, cx, &sent, due_at).await,
        Job::Receipts { sent, at_ms } => {
            // A queue delays by whole seconds only.
            let wait = at_ms.saturating_sub(app.clock.now_ms());
            tokio::time::sleep(Duration::from_millis(wait)).await;
            usecases::tell_receipts(app, cx, &sent).await?;
            Ok::<_, FanOutFailure>(())
        }
        Job::Presence { .. } | Job::Notify { .. } => {
            tracing::error!("job of another queue");
            Ok(())
        }
    })
    .await
}
