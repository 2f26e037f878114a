//! Presence: who is connected, and who may know (protocol §7).
//!
//! Whoever changes it (a connection opens or is forgotten) only queues a job for the user, and only
//! when that may have brought or taken the user's last connection. The job reads how the user is by
//! then, so that it matters neither how often nor in which order jobs are done.
//!
//! Privacy is asked for when somebody subscribes and again with every change. A watcher's row lives
//! as long as the connection it was asked by, and goes with the first post that says gone.

mod announce;
mod subscribe;

pub use announce::announce;
pub use subscribe::{PresenceError, subscribe, unsubscribe};

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::ports::{Job, Moment};

/// Queues the word that a device's user may have come or gone at `at_ms`; tells whether it is queued.
pub(super) async fn changed(app: &App, cx: &Context, device: &Address, at_ms: u64) -> bool {
    let job = Job::Presence {
        user_id: device.user_id.clone(),
        moment: Moment {
            at_ms,
            device_created_at: device.device_created_at,
        },
        after: None,
    };
    let queued = app.queue.send(cx, vec![job]).await;
    if let Err(error) = &queued {
        // Watchers learn of it with the next change, or when they ask anew.
        tracing::warn!(error = crate::chain(error), "presence not told");
    }
    queued.is_ok()
}
