//! Commands on their way to the thread that writes.

use super::checkpoint::Reset;
use super::tables::Tables;
use crate::store::error::{Failure, is_damage};
use heliograph_domain::store::{StoreError, StoreErrorKind};
use std::sync::Arc;
use tokio::sync::oneshot;

/// What the thread is sent.
pub(super) enum Message {
    /// Something to do in the next transaction.
    Job(Box<dyn Run>),
    /// Copy the rest of the log and reset it, between two transactions.
    ResetLog(Reset),
}

/// A change, to be done in a transaction that it shares with others.
pub(in crate::store) trait Command: Send + 'static {
    /// What the caller gets when it is durable.
    type Answer: Send + 'static;

    /// Does it; may be called again when the transaction was lost.
    ///
    /// # Errors
    /// A `Call` failure must leave the tables as they were.
    fn run(&self, tables: &Tables<'_>) -> Result<Self::Answer, Failure>;

    /// About how many bytes it writes.
    fn bytes(&self) -> u64;
}

/// A command, its outcome and whom to tell.
pub(super) struct Job<C: Command> {
    command: C,
    outcome: Option<Result<C::Answer, StoreError>>,
    reply: oneshot::Sender<Result<C::Answer, StoreError>>,
}

impl<C: Command> Job<C> {
    pub(super) fn new(command: C, reply: oneshot::Sender<Result<C::Answer, StoreError>>) -> Self {
        Self {
            command,
            outcome: None,
            reply,
        }
    }
}

/// A job of any command.
pub(super) trait Run: Send {
    /// About how many bytes it writes.
    fn bytes(&self) -> u64;

    /// Does it and keeps the outcome.
    ///
    /// # Errors
    /// When the transaction is lost.
    fn run(&mut self, tables: &Tables<'_>) -> Result<(), rusqlite::Error>;

    /// Answers with the outcome, which is durable now.
    fn answer(self: Box<Self>);

    /// Answers that nothing was written.
    fn fail(self: Box<Self>, error: &Arc<rusqlite::Error>);
}

impl<C: Command> Run for Job<C> {
    fn bytes(&self) -> u64 {
        self.command.bytes()
    }

    fn run(&mut self, tables: &Tables<'_>) -> Result<(), rusqlite::Error> {
        self.outcome = Some(match self.command.run(tables) {
            Ok(answer) => Ok(answer),
            Err(Failure::Call(error)) => Err(error),
            Err(Failure::Sql(error)) => return Err(error),
        });
        Ok(())
    }

    fn answer(self: Box<Self>) {
        if let Some(outcome) = self.outcome {
            let _ = self.reply.send(outcome); // who does not wait any more need not know
        }
    }

    fn fail(self: Box<Self>, error: &Arc<rusqlite::Error>) {
        let kind = if is_damage(error) {
            StoreErrorKind::Corrupt
        } else {
            StoreErrorKind::Unavailable
        };
        let _ = self
            .reply
            .send(Err(StoreError::because(kind, error.clone())));
    }
}
