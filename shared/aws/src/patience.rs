//! How long a call may take, and how it is tried again.

use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use std::time::Duration;
use tokio::time::Instant;

/// How long a call may take, and how it is tried again.
///
/// The SDK's own defaults (3 attempts, the first repeated after up to a second) cannot keep a send
/// within 100 ms when one packet is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// The most times that a request is sent, and that a conflict is met.
    pub attempts: u32,
    /// The longest wait before the second attempt; it doubles with each further one.
    pub initial_backoff: Duration,
    /// The longest wait before any attempt.
    pub max_backoff: Duration,
    /// The longest time to wait for a connection.
    pub connect_timeout: Duration,
    /// The longest time to wait for the answer to one attempt.
    pub attempt_timeout: Duration,
    /// The longest time that a call of a port takes; less than the function's own time-out.
    pub operation_timeout: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempts: 5,
            initial_backoff: Duration::from_millis(30),
            max_backoff: Duration::from_millis(500),
            connect_timeout: Duration::from_secs(1),
            attempt_timeout: Duration::from_secs(2),
            operation_timeout: Duration::from_secs(8),
        }
    }
}

impl Patience {
    pub(crate) fn retry_config(&self) -> RetryConfig {
        RetryConfig::standard()
            .with_max_attempts(self.attempts)
            .with_initial_backoff(self.initial_backoff)
            .with_max_backoff(self.max_backoff)
    }

    pub(crate) fn timeout_config(&self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.connect_timeout)
            .operation_attempt_timeout(self.attempt_timeout)
            .operation_timeout(self.operation_timeout)
            .build()
    }
}

/// The rounds of one call of a port, and the waits between them.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    patience: Patience,
    /// When the call is over.
    end: Instant,
    /// After it no round begins: what is left of the time is for the round itself.
    latest_start: Instant,
    rounds: u32,
}

impl Backoff {
    /// Starts the clock of a call.
    pub(crate) fn start(patience: Patience) -> Self {
        let now = Instant::now();
        Self {
            patience,
            end: now + patience.operation_timeout,
            latest_start: now + patience.operation_timeout * 7 / 8,
            rounds: 1,
        }
    }

    /// Runs a round; `None` when the call is over before it is.
    pub(crate) async fn round<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout_at(self.end, work).await.ok()
    }

    /// Tells whether there was more than one round.
    pub(crate) fn has_waited(&self) -> bool {
        self.rounds > 1
    }

    /// Waits for the next round; `false`, at once, when there is no time for one.
    pub(crate) async fn wait(&mut self) -> bool {
        let delay = self.delay();
        if Instant::now() + delay > self.latest_start {
            return false;
        }
        self.rounds += 1;
        tokio::time::sleep(delay).await;
        true
    }

    /// Like [`Backoff::wait`], and `false` as well once there were as many rounds as attempts.
    pub(crate) async fn wait_for_attempt(&mut self) -> bool {
        self.rounds < self.patience.attempts && self.wait().await
    }

    /// Half of it fixed, so that rounds thin out; half random, so that callers do not meet again.
    fn delay(&self) -> Duration {
        let doubled = 1_u32.checked_shl(self.rounds - 1).unwrap_or(u32::MAX);
        let longest = self.patience.initial_backoff.saturating_mul(doubled);
        let longest = longest.min(self.patience.max_backoff);
        longest / 2 + longest.mul_f64(fastrand::f64() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_double_up_to_the_longest_and_stop_before_the_end() {
        let patience = Patience::default();
        let mut backoff = Backoff::start(patience);
        let started = Instant::now();
        let mut longest_ms = 30;
        loop {
            let before = Instant::now();
            if !backoff.wait().await {
                break;
            }
            let waited_ms = before.elapsed().as_millis();
            assert!(
                (longest_ms / 2..=longest_ms + 1).contains(&waited_ms),
                "{waited_ms} ms"
            );
            longest_ms = (longest_ms * 2).min(500);
        }
        assert!(started.elapsed() > Duration::from_secs(6));
        assert!(started.elapsed() <= Duration::from_secs(7));
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_are_counted() {
        let mut backoff = Backoff::start(Patience::default());
        let mut attempts = 1;
        while backoff.wait_for_attempt().await {
            attempts += 1;
        }
        assert_eq!(attempts, 5);
    }
}
