//! What the parts of a client share.

use super::event::Event;
use super::message::ShownMessage;
use crate::engine::{Me, Shown};
use crate::media::transfer::{Clock, Transfers};
use crate::store::{Store, StoreError, settings};
use crate::tasks::off_runtime;
use crate::transport::{Again, Connection, RequestError};
use futures_util::future::select;
use heliograph_protocol::RequestId;
use heliograph_protocol::request::{Recipient, Request};
use rusqlite::Transaction;
use serde::de::DeserializeOwned;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::{Mutex, Notify, broadcast, watch};

/// After how long a store that failed is tried again, in milliseconds.
pub(super) const STORE_AGAIN_MS: u64 = 5_000;

/// After how long is asked again what was not answered, in milliseconds, if there is no other connection before.
const ASK_AGAIN_MS: u64 = 5_000;

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
    /// Transfers that wait are to be tried at once.
    pub(super) network_is_back: Notify,
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

    /// Does a step of which others are to know, tells of it, and has what came of it begin: also where whoever has
    /// asked for it does not wait for its end.
    pub(super) async fn write<E>(
        self: &Arc<Self>,
        step: impl FnOnce(&Transaction<'_>, &Self) -> Result<Vec<Event>, E> + Send + 'static,
    ) -> Result<(), E>
    where
        E: From<StoreError> + Send + 'static,
    {
        let shared = Arc::clone(self);
        off_runtime(move || {
            let told = shared.store.step(|tx| step(tx, &shared))?;
            shared.written(told);
            Ok(())
        })
        .await
    }

    /// Tells of what was written, and has what came of it begin.
    pub(super) fn written(&self, told: Vec<Event>) {
        for event in told {
            self.tell(event);
        }
        self.to_send.notify_one();
        self.to_look.notify_one();
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

    /// Tells that the store failed, and waits until it is to be tried again.
    pub(super) async fn store_failed(&self) {
        self.tell(Event::StoreFailed);
        self.clock.sleep_ms(STORE_AGAIN_MS).await;
    }

    /// Waits for the next connection, but not for long: it may be no connection that was lost, but an answer.
    pub(super) async fn next_connection(&self, connected: &mut watch::Receiver<u64>) {
        self.wait_at_most(ASK_AGAIN_MS, connected.changed()).await;
    }

    /// Waits until something has happened, for so many milliseconds at most.
    pub(super) async fn wait_at_most<T>(&self, ms: u64, happens: impl Future<Output = T>) {
        select(pin!(happens), self.clock.sleep_ms(ms)).await;
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
                Again::AfterMs(ms) => self.clock.sleep_ms(ms).await,
                Again::WhenConnected => self.next_connection(&mut connected).await,
            }
        }
    }
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
