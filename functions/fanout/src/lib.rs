//! The queues of groups: what was sent to one goes to its members, and what they say of it to its
//! sender (protocol §§4, 5, 8).
#![deny(missing_docs)]

use heliograph_domain::app::App;
use heliograph_domain::ports::Job;
use heliograph_domain::usecases::Carried;
use heliograph_domain::{Context, usecases};
use heliograph_lambda::jobs::{JobsEvent, JobsReply, work_off_together};
use std::time::Duration;

/// Handles jobs of either queue; those that fail come again. What was sent to one group is carried
/// together.
pub async fn handle(app: &App, cx: &Context, event: JobsEvent) -> JobsReply {
    let group = |job: &Job| job.group_id().cloned();
    work_off_together(&event, group, async |jobs| {
        let mut carried = Vec::new();
        for job in jobs {
            match job {
                Job::FanOut { sent, due_at, .. } => carried.push(Carried { sent, due_at }),
                Job::Receipts { sent, at_ms, row } => {
                    // A queue delays by whole seconds only.
                    let wait = at_ms.saturating_sub(app.clock.now_ms());
                    tokio::time::sleep(Duration::from_millis(wait)).await;
                    usecases::tell_receipts(app, cx, &sent, row).await?;
                }
                Job::Presence { .. } | Job::Notify { .. } => {
                    tracing::error!("job of another queue");
                }
            }
        }
        match carried.is_empty() {
            true => Ok(()),
            false => usecases::fan_out(app, cx, &carried).await,
        }
    })
    .await
}
