//! The one clock of a run. Both ends of every conversation live in this process, so a latency is the
//! difference of two readings of it.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

struct Origin {
    at: Instant,
    epoch_ns: u64,
}

fn origin() -> &'static Origin {
    static ORIGIN: OnceLock<Origin> = OnceLock::new();
    ORIGIN.get_or_init(|| Origin {
        at: Instant::now(),
        epoch_ns: wall_ns(),
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "a load generator measures real time"
)]
fn wall_ns() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    ns(since)
}

/// Converts a duration to whole nanoseconds; 584 years are enough.
pub(crate) fn ns(d: Duration) -> u64 {
    u64::try_from(d.as_nanos()).unwrap_or(u64::MAX)
}

/// Reads the run's clock: nanoseconds since the first reading, never going back.
pub(crate) fn now_ns() -> u64 {
    ns(origin().at.elapsed())
}

/// Returns the Unix time of the clock's zero, in nanoseconds.
pub(crate) fn epoch_ns() -> u64 {
    origin().epoch_ns
}

/// Returns the Unix time now, in milliseconds.
pub(crate) fn unix_ms() -> u64 {
    (epoch_ns() + now_ns()) / 1_000_000
}
