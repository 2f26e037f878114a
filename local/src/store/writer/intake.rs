//! What the thread takes from its queue for one transaction.

use super::checkpoint::Reset;
use super::job::{Message, Run};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// More jobs would make the first of them wait too long.
const JOBS_MAX: usize = 1024;
/// More bytes would make the log, and the wait, too long.
const BYTES_MAX: u64 = 4 << 20;
/// How far apart transactions begin, at least. A write that comes alone is done at once; where many
/// come, those of a millisecond share one fsync, which costs as much for one as for hundreds.
const PACE: Duration = Duration::from_millis(1);

/// The queue's end.
pub(super) struct Intake {
    waiting: Receiver<Message>,
    /// When the last turn began.
    before: Option<Instant>,
}

/// Jobs for one transaction, in the order in which they were submitted.
#[derive(Default)]
pub(super) struct Turn {
    pub(super) jobs: Vec<Box<dyn Run>>,
    /// What is to be done with the log behind them.
    pub(super) reset: Option<Reset>,
    bytes: u64,
}

impl Intake {
    pub(super) fn new(waiting: Receiver<Message>) -> Self {
        Self {
            waiting,
            before: None,
        }
    }

    /// Waits for something to do and takes all that waits; `None` when nobody is left to ask.
    pub(super) fn turn(&mut self) -> Option<Turn> {
        let mut turn = Turn::default();
        turn.take(self.waiting.recv().ok()?);
        self.keep_pace();
        self.before = Some(Instant::now());
        while !turn.is_full() {
            match self.waiting.try_recv() {
                Ok(message) => turn.take(message),
                Err(_) => break,
            }
        }
        Some(turn)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "waiting on the queue would wake for each write"
    )]
    fn keep_pace(&self) {
        let since = self.before.map_or(PACE, |before| before.elapsed());
        if since < PACE {
            std::thread::sleep(PACE - since);
        }
    }
}

impl Turn {
    fn take(&mut self, message: Message) {
        match message {
            Message::Job(job) => {
                self.bytes += job.bytes();
                self.jobs.push(job);
            }
            Message::ResetLog(how) => self.reset = Some(how),
        }
    }

    fn is_full(&self) -> bool {
        self.jobs.len() >= JOBS_MAX || self.bytes >= BYTES_MAX || self.reset.is_some()
    }
}
