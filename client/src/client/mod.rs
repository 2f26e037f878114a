//! A device's whole life with its account: what an app holds.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use heliograph_client::client::{Client, ClientConfig, Event, Registration};
//! use heliograph_client::store::StoreKey;
//!
//! let config = || ClientConfig {
//!     http_url: "https://chat.example.org".into(),
//!     socket_url: "wss://chat.example.org/v1/socket".into(),
//!     file: "alice.db".into(),
//!     key: StoreKey::Passphrase("correct horse battery staple".to_owned().into()),
//!     device_name: "laptop".into(),
//!     timing: Default::default(),
//! };
//! let registration = Registration::new(config()).await?;
//! let id = registration.ask_for_code(&"+46701234567".parse()?).await?;
//! registration.verify(&id, "123456").await?; // what came by SMS
//! drop(registration);
//!
//! let (client, mut events) = Client::open(config()).await?;
//! let bob = client.find(&"+46707654321".parse()?).await?.expect("he has an account");
//! client.send_text(&bob, "good morning").await?;
//! while let Some(event) = events.next().await {
//!     if let Event::Message { chat, message } = event {
//!         println!("{chat:?}: {}", message.says.text().unwrap_or("…"));
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! What is sent is on the disk when [`send`](Client::send) returns, and goes out when it can, under the same id
//! until the server has it. What comes is on the disk before the server is told that it came, and before an
//! [`Event`] tells of it. A process may end at any moment.

mod acks;
mod chats;
mod config;
mod error;
mod event;
mod fetch;
mod files;
mod groups;
mod inbox;
mod keys;
mod link;
mod local;
mod message;
mod outbox;
mod people;
mod register;
mod shared;
mod tokens;
mod write;

pub use chats::ChatSummary;
pub use config::ClientConfig;
pub use error::{AskError, OpenError, RegisterError, SafetyError, SendError, SendFileError};
pub use event::{Event, Events};
pub use local::LocalFile;
pub use message::{Says, ShownMessage};
pub use register::Registration;

use crate::DeviceAddress;
use crate::engine::Me;
use crate::media::transfer::{Clock, SystemClock};
use crate::store::{self, StoreError};
use crate::tasks::{Task, off_runtime};
use crate::transport::{Config, Connection};
use shared::Shared;
use std::fmt;
use std::sync::Arc;
use tokio::sync::{Mutex, Notify, broadcast, watch};

/// How many events are kept for who does not take them: then [`Event::Missed`].
const EVENTS_KEPT: usize = 1_024;

/// Is a client, connected as one device. Clones are the same one; it ends with the last of them.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    /// What runs beside ends when nobody holds the client any more. Each step of theirs is whole or not at all.
    _tasks: Arc<[Task; 5]>,
}

impl Client {
    /// Opens the store of a device that is registered, and begins to connect: gives what happens from then on,
    /// too. Natively it runs on the tokio runtime that this is called on, in a browser in the dedicated worker that
    /// this is called in; there it waits a second for the worker of a page that is just going to leave the store.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(config: ClientConfig) -> Result<(Self, Events), OpenError> {
        let ClientConfig {
            http_url,
            socket_url,
            file,
            key,
            timing,
            ..
        } = config;
        let folder = file.with_extension("transfers");
        let history_file = file.with_extension("history");
        let store = Arc::new(local::open_store(file, key).await?);
        let opened = Arc::clone(&store);
        let known = off_runtime(move || {
            opened.step(|step| {
                store::uploads::forget_unsaid(step)?;
                let known = Me::load(step)?.zip(tokens::get(step)?);
                let (me, tokens) = known.ok_or(OpenError::NotRegistered)?;
                me.tell_linked(step, SystemClock.now_ms())?;
                Ok::<_, OpenError>((me, tokens))
            })
        });
        let (me, tokens) = known.await?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let config = Config {
            timing,
            clock: Arc::clone(&clock),
            ..Config::new(
                http_url,
                socket_url,
                Arc::new(tokens::InStore(Arc::clone(&store))),
            )
        };
        let (connection, notices) = Connection::start(config, tokens)?;
        let (events, first) = broadcast::channel(EVENTS_KEPT);
        let holder = files::Holder::default();
        let transfers = files::open(&folder, &clock, &holder).await?;
        let shared = Arc::new(Shared {
            transfers,
            history_file,
            linking: Mutex::new(()),
            store,
            me,
            connection,
            clock,
            events,
            connected: watch::Sender::new(0),
            to_send: Notify::new(),
            to_look: Notify::new(),
            to_ack: Notify::new(),
            to_upload: Notify::new(),
            network_is_back: Notify::new(),
            is_done: Notify::new(),
        });
        _ = holder.set(Arc::downgrade(&shared));
        let tasks = [
            Task::spawn(files::run(Arc::clone(&shared))),
            Task::spawn(inbox::run(Arc::clone(&shared), notices)),
            Task::spawn(outbox::run(Arc::clone(&shared))),
            Task::spawn(acks::run(Arc::clone(&shared))),
            Task::spawn(keys::run(Arc::clone(&shared))),
        ];
        link::begin(&shared);
        let client = Self {
            shared,
            _tasks: Arc::new(tasks),
        };
        Ok((client, Events(first)))
    }

    /// Tells which device of which user this is.
    pub fn address(&self) -> &DeviceAddress {
        self.shared.me.address()
    }

    /// Listens to what happens from now on.
    pub fn subscribe(&self) -> Events {
        Events(self.shared.events.subscribe())
    }

    /// Connects again, after [`Event::Displaced`].
    pub fn connect(&self) {
        self.shared.connection.open();
    }

    /// Tells that the network is back, or is another one, as the system or a browser's `online` event says: the
    /// connection, and transfers that wait to be tried again, are tried at once.
    pub fn network_is_back(&self) {
        self.shared.connection.network_is_back();
        self.shared.network_is_back.notify_one();
    }

    /// Waits until the server has all that was written and acked here, and it is known what groups are now, for
    /// as long as that takes: without a connection, and where somebody's keys are not to be had or have changed,
    /// it waits on. Whoever cannot wait may end at any time: it is done the next time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn settled(&self) -> Result<(), StoreError> {
        loop {
            let is_done = self.shared.is_done.notified();
            let is_settled = self.shared.step(|step, _| {
                let is_sent = store::outbox::after(step, 0)?.is_none();
                let is_known = store::groups::stale(step)?.is_empty();
                Ok::<_, StoreError>(is_sent && is_known && store::acks::is_empty(step)?)
            });
            if is_settled.await? {
                return Ok(());
            }
            is_done.await;
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("address", self.address())
            .finish_non_exhaustive()
    }
}
