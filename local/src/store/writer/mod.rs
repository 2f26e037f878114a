//! The one thread that writes, and how jobs get to it.
//!
//! Jobs are done in the order in which they were submitted. The thread takes all that wait, does them
//! in one transaction and commits once for all (a group commit: one fsync), and only then answers. It
//! does not wait for more, but for the few microseconds that callers whom it has just answered need to
//! submit again.

mod checkpoint;
mod commands;
mod intake;
mod job;
mod tables;
mod thread;

pub(super) use checkpoint::Checkpointer;
pub(super) use commands::{Batch, Purge, PurgeFound, Transaction, WriteOne};

use super::Options;
use super::error::unavailable;
use checkpoint::{Reset, Signal};
use heliograph_domain::store::StoreError;
use intake::Intake;
use job::{Command, Job, Message};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use thread::Thread;
use tokio::sync::oneshot;

/// The way to the thread that writes; dropping it waits for what was submitted.
#[derive(Debug)]
pub(super) struct Writer {
    messages: Option<Sender<Message>>,
    signal: Arc<Signal>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(file: &Path, options: &Options) -> io::Result<Self> {
        let (messages, waiting) = channel();
        let signal = Arc::new(Signal::default());
        let thread = Thread::new(file.to_owned(), options.clone(), signal.clone());
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || thread.run(Intake::new(waiting)))?;
        Ok(Self {
            messages: Some(messages),
            signal,
            thread: Some(thread),
        })
    }

    /// Submits a command; it is in the queue when this returns, and is done whether or not the answer
    /// is waited for.
    pub(super) fn submit<C: Command>(&self, command: C) -> Answer<C::Answer> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Job::new(command, reply));
        if let Some(messages) = &self.messages {
            // A thread that is gone drops the job and with it `reply`: the answer says so.
            let _ = messages.send(Message::Job(job));
        }
        Answer(answer)
    }

    /// Makes the way to ask for a reset of the log; it keeps the thread alive.
    fn resetter(&self) -> impl Fn(Reset) + Send + 'static {
        let messages = self.messages.clone();
        move |reset| {
            if let Some(messages) = &messages {
                let _ = messages.send(Message::ResetLog(reset));
            }
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.messages.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The answer to a command, once it is durable.
#[derive(Debug)]
pub(super) struct Answer<T>(oneshot::Receiver<Result<T, StoreError>>);

impl<T> Answer<T> {
    /// Waits for it.
    pub(super) async fn wait(self) -> Result<T, StoreError> {
        self.0.await.unwrap_or_else(|gone| Err(unavailable(gone)))
    }
}
