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
//! let registration = Registration::new(&config())?;
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
mod config;
mod error;
mod event;
mod inbox;
mod keys;
mod message;
mod outbox;
mod register;
mod shared;
mod tokens;

pub use config::ClientConfig;
pub use error::{AskError, OpenError, RegisterError, SafetyError, SendError};
pub use event::{Event, Events};
pub use message::{Says, ShownMessage};
pub use register::Registration;

use crate::DeviceAddress;
use crate::content::{Body, Delete, Edit, Reaction, Reply, Text};
use crate::e2ee::{IdentityState, SafetyNumber, Trust};
use crate::engine::{Me, WriteError};
use crate::history::{MessageRef, Position};
use crate::media::transfer::{Clock, SystemClock};
use crate::random;
use crate::store::{self, Store, StoreError, chats, identities, messages, unread};
use crate::transport::{Config, Connection};
use heliograph_protocol::http::PhoneNumber;
use heliograph_protocol::reply::{ContactsPutOk, DevicesLinkOk};
use heliograph_protocol::request::{ContactsPut, DevicesLink, NewContact, Recipient, Who};
use heliograph_protocol::{MessageId, UserId};
use rusqlite::Transaction;
use shared::{Shared, events};
use std::fmt;
use std::sync::Arc;
use tokio::sync::{Notify, broadcast, watch};
use tokio::task::{AbortHandle, spawn_blocking};

/// How many events are kept for who does not take them: then [`Event::Missed`].
const EVENTS_KEPT: usize = 1_024;

/// Is a client, connected as one device. Clones are the same one; it ends with the last of them.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    _tasks: Arc<Tasks>,
}

/// Ends what runs beside when nobody holds the client any more. Each step of theirs is whole or not at all.
struct Tasks([AbortHandle; 4]);

impl Drop for Tasks {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

/// Is a chat as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatSummary {
    /// With whom, or in which group.
    pub chat: Recipient,
    /// The last message that is shown in it.
    pub last: Option<ShownMessage>,
    /// How many messages were not read.
    pub unread: u64,
}

impl Client {
    /// Opens the store of a device that is registered, and begins to connect: gives what happens from then on,
    /// too. It runs on the tokio runtime that this is called on.
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
        let opened = spawn_blocking(move || {
            let store = Store::open(file, &key)?;
            let known =
                store.step(|step| Ok::<_, StoreError>((Me::load(step)?, tokens::get(step)?)));
            let (me, tokens) = known?;
            let (me, tokens) = me.zip(tokens).ok_or(OpenError::NotRegistered)?;
            Ok::<_, OpenError>((Arc::new(store), me, tokens))
        });
        let (store, me, tokens) = match opened.await {
            Ok(opened) => opened?,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
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
        let shared = Arc::new(Shared {
            store,
            me,
            connection,
            clock,
            events,
            connected: watch::Sender::new(0),
            to_send: Notify::new(),
            to_ack: Notify::new(),
            to_upload: Notify::new(),
            is_done: Notify::new(),
        });
        let tasks = [
            tokio::spawn(inbox::run(Arc::clone(&shared), notices)).abort_handle(),
            tokio::spawn(outbox::run(Arc::clone(&shared))).abort_handle(),
            tokio::spawn(acks::run(Arc::clone(&shared))).abort_handle(),
            tokio::spawn(keys::run(Arc::clone(&shared))).abort_handle(),
        ];
        let tasks = Arc::new(Tasks(tasks));
        let client = Self {
            shared,
            _tasks: tasks,
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

    /// Waits until the server has all that was written and acked here, or cannot have it now: whose keys are not
    /// to be had, or were not compared again. Who cannot wait may end at any time: it is done the next time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn settled(&self) -> Result<(), StoreError> {
        loop {
            let is_done = self.shared.is_done.notified();
            let is_settled = self.shared.step(|step, me| {
                let outgoing = me.outgoing(step)?;
                let is_sent = outgoing.messages.is_empty() && outgoing.unknown.is_empty();
                Ok::<_, StoreError>(is_sent && store::acks::is_empty(step)?)
            });
            if is_settled.await? {
                return Ok(());
            }
            is_done.await;
        }
    }

    /// Writes a text to somebody; gives the id of the message. It is kept when this returns, and sent when it
    /// can be.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send_text(&self, to: &UserId, text: &str) -> Result<MessageId, SendError> {
        let text = text.to_owned();
        self.send(to, Text { text }).await
    }

    /// Answers a message.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn reply(
        &self,
        to: &UserId,
        message: MessageRef,
        text: &str,
    ) -> Result<MessageId, SendError> {
        let (to_message, text) = (message, text.to_owned());
        let reply = Reply {
            to: to_message,
            text,
        };
        self.send(to, reply).await
    }

    /// Reacts to a message by an emoji; without one, what was reacted is taken back.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn react(
        &self,
        to: &UserId,
        message: MessageRef,
        emoji: Option<&str>,
    ) -> Result<MessageId, SendError> {
        let emoji = emoji.map(str::to_owned);
        self.send(to, Reaction { to: message, emoji }).await
    }

    /// Writes a message of one's own anew.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn edit(
        &self,
        to: &UserId,
        message_id: MessageId,
        text: &str,
    ) -> Result<MessageId, SendError> {
        let text = text.to_owned();
        self.send(to, Edit { message_id, text }).await
    }

    /// Deletes a message of one's own, for everyone.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn delete(&self, to: &UserId, message_id: MessageId) -> Result<MessageId, SendError> {
        self.send(to, Delete { message_id }).await
    }

    /// Says anything that has its place in a chat.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send(&self, to: &UserId, says: impl Into<Body>) -> Result<MessageId, SendError> {
        if *to == self.address().user_id {
            return Err(SendError::ToOneself);
        }
        let now_ms = self.shared.clock.now_ms();
        let message_id = MessageId::new(now_ms, &random::bytes()?);
        let (to, body) = (to.clone(), says.into());
        let written = self.shared.step(move |step, me| {
            let shown = me.write(step, (&to, message_id), body, now_ms)?;
            let chat = Recipient::User(to);
            events(step, &chat, shown).map_err(WriteError::from)
        });
        for event in written.await? {
            self.shared.tell(event);
        }
        self.shared.to_send.notify_one();
        Ok(message_id)
    }

    /// Lists the chats, the one with the newest message first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn chats(&self) -> Result<Vec<ChatSummary>, StoreError> {
        self.shared
            .step(|step, _| {
                let summary = |chat: Recipient| {
                    let last = messages::page(step, &chat, None, 1)?.pop();
                    let last = last.map(|last| ShownMessage::read(step, &chat, last));
                    Ok(ChatSummary {
                        last: last.transpose()?,
                        unread: unread::count(step, &chat)?,
                        chat,
                    })
                };
                chats::list(step)?.into_iter().map(summary).collect()
            })
            .await
    }

    /// Reads the last messages of a chat before a position, or the last of all, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn messages(
        &self,
        chat: &Recipient,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Vec<ShownMessage>, StoreError> {
        let chat = chat.clone();
        self.shared
            .step(move |step, _| {
                let page = messages::page(step, &chat, before, limit)?.into_iter();
                page.map(|message| ShownMessage::read(step, &chat, message))
                    .collect()
            })
            .await
    }

    /// Finds messages that hold all of some words, the last as the beginning of one; those that came last
    /// first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn search(
        &self,
        words: &str,
        limit: usize,
    ) -> Result<Vec<(Recipient, ShownMessage)>, StoreError> {
        let words = words.to_owned();
        self.shared
            .step(move |step, _| {
                let found = store::search(step, &words, limit)?.into_iter();
                found
                    .map(|(chat, message)| {
                        let message = ShownMessage::read(step, &chat, message)?;
                        Ok((chat, message))
                    })
                    .collect()
            })
            .await
    }

    /// Notes that a chat was read up to a message; those who wrote it are told, where both sides' settings
    /// allow, and this user's other devices.
    ///
    /// # Errors
    /// [`WriteError`].
    pub async fn mark_read(&self, chat: &Recipient, up_to: Position) -> Result<(), WriteError> {
        let (chat, now_ms) = (chat.clone(), self.shared.clock.now_ms());
        self.shared
            .step(move |step, me| me.read(step, &chat, up_to, now_ms))
            .await?;
        self.shared.to_ack.notify_one();
        self.shared.to_send.notify_one();
        Ok(())
    }

    /// Looks up who has a phone number, and adds them to the contacts; nobody where it has no account.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn find(&self, number: &PhoneNumber) -> Result<Option<UserId>, AskError> {
        let contacts = vec![NewContact {
            who: Who::Number(number.clone()),
            name: None,
        }];
        let put = self
            .shared
            .connection
            .ask(|id| ContactsPut { id, contacts });
        let ContactsPutOk { contacts } = put.await?;
        Ok(contacts.into_iter().next().map(|contact| contact.user_id))
    }

    /// Gets a token for a further device of this user, which [`Registration::link`] takes once, within ten
    /// minutes; for the primary device.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn link_token(&self) -> Result<String, AskError> {
        let asked = self.shared.connection.ask(|id| DevicesLink { id });
        let DevicesLinkOk { link_token, .. } = asked.await?;
        Ok(link_token)
    }

    /// Makes the safety number with somebody, of the keys that are known of both: whoever sees the same on both
    /// sides knows that nobody is between.
    ///
    /// # Errors
    /// [`SafetyError`].
    pub async fn safety_number(
        &self,
        user_id: &UserId,
    ) -> Result<(SafetyNumber, Trust), SafetyError> {
        let whose = user_id.clone();
        let known = self.shared.step(move |step, me| {
            let us = identities::get(step, &me.address().user_id)?.unwrap_or_default();
            Ok::<_, StoreError>((us, identities::get(step, &whose)?))
        });
        let (mut us, them) = known.await?;
        let them = them.ok_or(SafetyError::NoKeys)?;
        let me = &self.shared.me;
        us.devices
            .insert(me.address().device_id, me.identity().clone());
        let [us, theirs] = [&us, &them].map(|it| it.devices.values().cloned().collect::<Vec<_>>());
        let number = SafetyNumber::new((&me.address().user_id, &us), (user_id, &theirs));
        Ok((number.map_err(|_| SafetyError::NoKeys)?, them.trust))
    }

    /// Notes that the safety number with somebody was compared and is the same.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn verified(&self, user_id: &UserId) -> Result<(), StoreError> {
        self.judge(user_id, IdentityState::verified).await
    }

    /// Notes that somebody's keys are taken as they are, compared or not.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn accept_keys(&self, user_id: &UserId) -> Result<(), StoreError> {
        self.judge(user_id, IdentityState::accepted).await
    }

    async fn judge(
        &self,
        user_id: &UserId,
        how: impl FnOnce(IdentityState) -> IdentityState + Send + 'static,
    ) -> Result<(), StoreError> {
        let user_id = user_id.clone();
        let judged = self.shared.step(move |step: &Transaction<'_>, _| {
            match identities::get(step, &user_id)? {
                Some(known) => identities::put(step, &user_id, &how(known)),
                None => Ok(()),
            }
        });
        judged.await?;
        self.shared.to_send.notify_one();
        Ok(())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("address", self.address())
            .finish_non_exhaustive()
    }
}
