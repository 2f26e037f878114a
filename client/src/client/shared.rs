//! What the parts of a client share.

use super::event::Event;
use super::message::ShownMessage;
use crate::engine::{Me, Shown};
use crate::media::transfer::{Clock, Transfers};
use crate::store::{Store, StoreError, settings};
use crate::transport::{Again, Connection, RequestError};
use heliograph_protocol::RequestId;
use heliograph_protocol::request::{Recipient, Request};
use rusqlite::Transaction;
use serde::de::DeserializeOwned;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Notify, broadcast, watch};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

/// After how long a store that failed is tried again.
pub(super) const STORE_AGAIN: Duration = Duration::from_secs(5);

/// After how long is asked again what was not answered, if there is no other connection before.
const ASK_AGAIN: Duration = Duration::from_secs(5);

/// How often the service is asked again for what it does not tell of by itself, in milliseconds. Chosen here.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Is one client.
pub(super) struct Shared {
    pub(super) store: Arc<Store>,
    pub(super) me: Me,
    pub(super) connection: Connection,
    pub(super) transfers: Transfers,
    /// Where what the device knows that has linked this one lies before it is taken.
    pub(super) history_file: PathBuf,
    /// Held by who hands over, or gets what is handed over.
    pub(super) linking: Mutex<()>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) events: broadcast::Sender<Event>,
    /// How many connections there were: what waits for one waits for this to change.
    pub(super) connected: watch::Sender<u64>,
    /// Something is to be sent.
    pub(super) to_send: Notify,
    /// Something may be due to be shown, or to disappear.
    pub(super) to_look: Notify,
    /// Acks are owed.
    pub(super) to_ack: Notify,
    /// Pre-keys may be due.
    pub(super) to_upload: Notify,
    /// All that could be sent or acked has been.
    pub(super) is_done: Notify,
}

impl Shared {
    /// Does one step of the store, off the runtime's threads.
    pub(super) async fn step<T, E>(
        self: &Arc<Self>,
        step: impl FnOnce(&Transaction<'_>, &Me) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let shared = Arc::clone(self);
        off_runtime(move || shared.store.step(|tx| step(tx, &shared.me))).await
    }

    /// Gives the time, unless what is done once a day has been: whoever has done it sets it, under the same name.
    pub(super) async fn due_today(
        self: &Arc<Self>,
        done_at: &'static str,
    ) -> Result<Option<u64>, StoreError> {
        let now_ms = self.clock.now_ms();
        let last = self.step(move |step, _| settings::get(step, done_at));
        let is_done = last
            .await?
            .is_some_and(|at: u64| now_ms.abs_diff(at) < DAY_MS);
        Ok((!is_done).then_some(now_ms))
    }

    /// Tells whoever listens.
    pub(super) fn tell(&self, event: Event) {
        _ = self.events.send(event);
    }

    /// Asks the service until it has answered for good: with each connection anew, or when it says.
    pub(super) async fn ask<R: Request, T: DeserializeOwned>(
        &self,
        make: impl FnOnce(RequestId) -> R + Clone + Send + 'static,
    ) -> Result<T, RequestError> {
        let mut connected = self.connected.subscribe();
        loop {
            let error = match self.connection.ask(make.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match error.again() {
                Again::Never => return Err(error),
                Again::AfterMs(ms) => sleep(Duration::from_millis(ms)).await,
                Again::WhenConnected => next_connection(&mut connected).await,
            }
        }
    }
}

/// Does something that waits for the disk, off the runtime's threads.
pub(super) async fn off_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
        // The runtime ends.
        Err(_) => std::future::pending().await,
    }
}

/// Waits for the next connection, but not for long: it may be no connection that was lost, but an answer.
pub(super) async fn next_connection(connected: &mut watch::Receiver<u64>) {
    _ = timeout(ASK_AGAIN, connected.changed()).await;
}

/// Makes events of what is shown, as it is to be shown.
pub(super) fn events(
    step: &Transaction<'_>,
    chat: &Recipient,
    shown: Vec<Shown>,
) -> Result<Vec<Event>, StoreError> {
    let event = |shown| {
        let chat = chat.clone();
        Ok(match shown {
            Shown::Message(message) => Event::Message {
                message: Box::new(ShownMessage::read(step, &chat, message)?),
                chat,
            },
            Shown::Marked(message) => Event::Changed { chat, message },
            Shown::GapOpened(before) => Event::Gap {
                chat,
                before,
                is_open: true,
            },
            Shown::Gone(message) => Event::Gone { chat, message },
            Shown::GapHealed(before) => Event::Gap {
                chat,
                before,
                is_open: false,
            },
        })
    };
    shown.into_iter().map(event).collect()
}
