//! Making messages.

use crate::person::Person;
use heliograph_protocol::MessageId;
use heliograph_protocol::request::{OutgoingMessage, Payload};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The time in milliseconds since the Unix epoch.
#[expect(
    clippy::disallowed_methods,
    reason = "a client reads its own clock, and so does a test"
)]
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let ms = since.expect("it is after 1970").as_millis();
    u64::try_from(ms).expect("it is before the year 500 million")
}

/// Makes a message id that sorts after every one made before in this process.
pub fn message_id() -> MessageId {
    static LAST_MS: AtomicU64 = AtomicU64::new(0);
    let now_ms = now_ms();
    let next = |last: u64| now_ms.max(last + 1);
    let last = LAST_MS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
        Some(next(last))
    });
    message_id_at(next(last.unwrap_or_default()))
}

/// Makes a message id of that time, in milliseconds since the Unix epoch.
pub fn message_id_at(created_at: u64) -> MessageId {
    let mut random = [0; 10];
    random.fill_with(|| fastrand::u8(..));
    MessageId::new(created_at, &random)
}

/// Makes a message.
pub fn message(to: &Person, payload: impl Into<Payload>) -> OutgoingMessage {
    OutgoingMessage::new(message_id(), to.user_id().clone(), payload)
}
