//! What a schedule tidies up: notes that a crash left behind.

use super::cleanup::{SWEEP_PAGES, clean_up};
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::StoreError;
use crate::tables::cleanups::{self, Note};
use crate::tables::users;

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct SweepReport {
    /// Devices that were cleaned up after.
    pub cleaned: u64,
    /// Notes of devices that turned out to live.
    pub alive: u64,
    /// Notes that stay for the next sweep.
    pub failed: u64,
}

/// Works through the notes that are due.
///
/// # Errors
/// The store's, when the notes cannot be read.
pub async fn sweep(app: &App, cx: &Context) -> Result<SweepReport, StoreError> {
    let mut report = SweepReport::default();
    let mut after = None;
    loop {
        let page = cleanups::due(&*app.store, cx, after).await?;
        for note in &page.due {
            match tidy(app, cx, note).await {
                Ok(Tidied::Alive) => report.alive += 1,
                Ok(Tidied::Cleaned) => report.cleaned += 1,
                Ok(Tidied::InPart) => report.failed += 1,
                // The others are not to wait behind it.
                Err(error) => {
                    tracing::warn!(error = crate::chain(&error), "left to the next sweep");
                    report.failed += 1;
                }
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(report);
        }
    }
}

enum Tidied {
    Alive,
    Cleaned,
    InPart,
}

/// Works off one note.
async fn tidy(app: &App, cx: &Context, note: &Note) -> Result<Tidied, StoreError> {
    if is_alive(app, cx, &note.device).await? {
        app.store.write(cx, cleanups::withdrawn(note)).await?;
        return Ok(Tidied::Alive);
    }
    let is_done = clean_up(app, cx, &note.device, SWEEP_PAGES).await?;
    Ok(if is_done {
        Tidied::Cleaned
    } else {
        Tidied::InPart
    })
}

async fn is_alive(app: &App, cx: &Context, device: &Address) -> Result<bool, StoreError> {
    let user = users::get(&*app.store, cx, &device.user_id).await?;
    Ok(user.is_some_and(|user| user.device(device).is_some()))
}
