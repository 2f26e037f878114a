//! How long things may take.

use heliograph_protocol::socket::{IDLE_MS_MAX, LIFE_MS_MAX};

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;

/// Says how long a connection waits for what. The default is for everyone; a test takes less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long a socket may take to open: 20 s.
    pub open_ms: u64,
    /// How long an answer may take: 30 s, which is what API Gateway waits for a function (29 s), and a
    /// little.
    pub answer_ms: u64,
    /// How long nothing may be sent: 9 min, as the server closes what is idle for 10. Networks that forget a
    /// connection earlier are found out, and are given what they need. Who knows of one, and would rather
    /// spend battery than a message's minute, takes 30 s.
    pub ping_ms: u64,
    /// How long the answer to a ping may take, before the socket is given up: 10 s.
    pub pong_ms: u64,
    /// When a socket is renewed, as the server closes it after 2 h: 1 h 50 min.
    pub renew_ms: u64,
    /// How much earlier or later that may be: 3 min, so that those who came together go apart.
    pub renew_jitter_ms: u64,
    /// How long a renewal may be put off for requests that are not answered yet: 1 min.
    pub renew_patience_ms: u64,
    /// How long the old socket is heard after the new one is there: 5 s.
    pub leave_ms: u64,
    /// How long is waited at most before a second try: 0.5 s; twice as long each time.
    pub retry_first_ms: u64,
    /// How long is waited at most before any further one: 60 s.
    pub retry_most_ms: u64,
    /// For how long that goes on: 30 min.
    pub retry_slow_after_ms: u64,
    /// How long is waited from then on: 5 min, a fifth more or less.
    pub retry_slow_ms: u64,
    /// How long a socket has to last until earlier failures are forgotten: 60 s.
    pub stable_ms: u64,
    /// How long before its end an access token is not used any more: 60 s.
    pub token_margin_ms: u64,
    /// How long the outcome of a refresh whose answer was lost is left to show: 30 s.
    pub doubt_ms: u64,
    /// Whether a new access token is fetched before the old one ends while a socket is open, which needs
    /// none: every 14 min. It makes coming back after a cut one call shorter, and that call is made while the
    /// network is good; it costs the server a write each time. Otherwise one is fetched when it is needed.
    pub keep_token_fresh: bool,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            open_ms: 20 * SECOND,
            answer_ms: 30 * SECOND,
            ping_ms: IDLE_MS_MAX - MINUTE,
            pong_ms: 10 * SECOND,
            renew_ms: LIFE_MS_MAX - 10 * MINUTE,
            renew_jitter_ms: 3 * MINUTE,
            renew_patience_ms: MINUTE,
            leave_ms: 5 * SECOND,
            retry_first_ms: SECOND / 2,
            retry_most_ms: MINUTE,
            retry_slow_after_ms: 30 * MINUTE,
            retry_slow_ms: 5 * MINUTE,
            stable_ms: MINUTE,
            token_margin_ms: MINUTE,
            doubt_ms: 30 * SECOND,
            keep_token_fresh: true,
        }
    }
}
