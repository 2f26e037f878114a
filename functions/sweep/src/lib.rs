//! The sweep: what a schedule tidies up.
#![deny(missing_docs)]

use heliograph_domain::Context;
use heliograph_domain::app::App;
use heliograph_domain::store::StoreError;
use heliograph_domain::usecases::{self, SweepReport};
use serde::Deserialize;

/// A scheduled event of EventBridge; nothing in it matters.
#[derive(Debug, Default, Deserialize)]
pub struct Tick {}

/// Handles a tick of the schedule.
///
/// # Errors
/// The store's; the next tick goes on.
pub async fn handle(app: &App, cx: &Context, _tick: Tick) -> Result<SweepReport, StoreError> {
    let report = usecases::sweep(app, cx).await?;
    tracing::info!(
        cleaned = report.cleaned,
        alive = report.alive,
        left = report.left,
        "swept"
    );
    Ok(report)
}
