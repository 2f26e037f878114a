//! The queue of devices to wake: APNs, FCM, Web Push (protocol §4, `urgent`).
#![deny(missing_docs)]

use heliograph_domain::app::App;
use heliograph_domain::ports::Job;
use heliograph_domain::{Context, usecases};
use heliograph_lambda::jobs::{JobsEvent, JobsReply, work_off};

/// Handles jobs of the queue; those whose service does not answer come again.
pub async fn handle(app: &App, cx: &Context, event: JobsEvent) -> JobsReply {
    work_off(&event, async |job| match job {
        Job::Notify {
            device,
            entry,
            tried,
        } => usecases::notify(app, cx, &device, &entry, tried.as_ref()).await,
        _ => {
            tracing::error!("job of another queue");
            Ok(())
        }
    })
    .await
}
