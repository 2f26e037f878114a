//! What a deployment provides besides the [`Store`](crate::store::Store): ways to push to
//! sockets, to queue work, to keep files, to wake devices, to send text messages, to tell the time and to draw ids.

mod blobs;
mod ids;
mod notifier;
mod pusher;
mod queue;
mod sms;

pub use blobs::{Blob, BlobKey, Blobs, BlobsError, BlobsErrorKind, Body, Labels, Part, SIGNED_MS};
pub use ids::{Ids, RandomIds};
pub use notifier::{
    NOTIFICATION, NoNotifier, Notifier, NotifyError, NotifyErrorKind, Registration, TargetError,
};
pub use pusher::{ConnectionId, PostError, PostErrorKind, Pusher};
pub use queue::{Job, Moment, Queue, QueueError, QueueName};
pub use sms::{NoSms, Sms, SmsError};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The time in milliseconds since the Unix epoch.
    fn now_ms(&self) -> u64;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where time comes from"
    )]
    fn now_ms(&self) -> u64 {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since_epoch.map_or(0, |time| {
            u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
        })
    }
}
