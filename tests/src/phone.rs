//! Somebody's device as an app has it: the whole client library, with its store.

use crate::account::fresh_number;
use crate::site::{Addresses, Site};
use heliograph_client::DeviceAddress;
use heliograph_client::client::{Client, ClientConfig, Event, Events, Registration, ShownMessage};
use heliograph_client::connection::Timing;
use heliograph_client::store::StoreKey;
use heliograph_client::store::messages::Status;
use heliograph_protocol::http::PhoneNumber;
use heliograph_protocol::request::Recipient;
use heliograph_protocol::{MessageId, UserId};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::timeout;

/// A phone with an app on it, which may be open.
#[derive(Debug)]
pub struct Phone {
    /// Its number.
    pub number: PhoneNumber,
    /// Whose it is.
    pub user_id: UserId,
    site: Arc<Site>,
    folder: TempDir,
    open: Option<(Client, Events)>,
    /// How far what was written here got, as events have told.
    progress: HashMap<MessageId, Status>,
}

impl Phone {
    /// Registers a phone with a number of its own, and opens its app.
    pub async fn register(site: &Arc<Site>) -> Self {
        Self::verify(site, fresh_number()).await
    }

    /// Registers a new phone with a number, and opens its app.
    pub async fn verify(site: &Arc<Site>, number: PhoneNumber) -> Self {
        let folder = TempDir::new().expect("a folder for a test");
        let registration = Registration::new(config(site.addresses(), folder.path()))
            .await
            .expect("a new store");
        let id = registration.ask_for_code(&number).await.expect("a code");
        let code = site.code(&number).await;
        let address = registration.verify(&id, &code).await;
        let DeviceAddress { user_id, .. } = address.expect("the code is right");
        drop(registration);
        let (site, open, progress) = (Arc::clone(site), None, HashMap::new());
        let mut phone = Self {
            number,
            user_id,
            site,
            folder,
            open,
            progress,
        };
        phone.open().await;
        phone
    }

    /// Links a further device of the same person, which has what was said before when this returns.
    pub async fn link(&self) -> Self {
        let mut device = self.begin_link().await;
        let (mut is_connected, mut has_history) = (false, false);
        while !is_connected || !has_history {
            let event = device.until(|event| match event {
                Event::Connected => Some(true),
                Event::History { .. } => Some(false),
                _ => None,
            });
            match event.await {
                true => is_connected = true,
                false => has_history = true,
            }
        }
        device
    }

    /// Links a further device of the same person, and opens its app; what was said is on its way.
    pub async fn begin_link(&self) -> Self {
        let token = self.client().link_token().await.expect("a token");
        let folder = TempDir::new().expect("a folder for a test");
        let config = config(self.site.addresses(), folder.path());
        let registration = Registration::new(config).await.expect("a new store");
        let linked = registration.link(&token).await.expect("it is linked");
        drop(registration);
        let mut device = Self {
            number: self.number.clone(),
            user_id: linked.user_id,
            site: Arc::clone(&self.site),
            folder,
            open: None,
            progress: HashMap::new(),
        };
        device.open().await;
        device
    }

    /// Waits until it has heard of a further device of the same person.
    pub async fn knows_another(&mut self) {
        let own = self.user_id.clone();
        let told = |event| match event {
            Event::KeysChanged { user_id } if user_id == own => Some(()),
            _ => None,
        };
        self.until(told).await;
    }

    /// Waits until it is connected, and has what waited.
    pub async fn is_connected(&mut self) {
        self.until(|event| matches!(event, Event::Connected).then_some(()))
            .await;
    }

    /// Opens the app.
    pub async fn open(&mut self) {
        let opened = Client::open(config(self.site.addresses(), self.folder.path())).await;
        self.open = Some(opened.expect("it is registered"));
    }

    /// Ends the app, in the middle of whatever it does.
    pub async fn end(&mut self) {
        drop(self.open.take());
        // What runs has one more step at most, and then the store is free.
        let path = self.folder.path().join("store.db");
        let is_free = async {
            while let Err(error) = heliograph_client::store::Store::open(&path, &key()) {
                assert!(error.to_string().contains("open elsewhere"), "{error}");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let freed = timeout(self.site.patience, is_free).await;
        freed.expect("the store is closed");
    }

    /// Where it keeps things.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A copy of what it has stored, while its app is not open.
    pub fn copy(&self) -> Vec<u8> {
        assert!(self.open.is_none(), "it is open");
        std::fs::read(self.folder.path().join("store.db")).expect("a store")
    }

    /// What it has stored is as it was when it was copied.
    pub fn bring_back(&self, copy: &[u8]) {
        assert!(self.open.is_none(), "it is open");
        std::fs::write(self.folder.path().join("store.db"), copy).expect("a store");
    }

    /// The app.
    pub fn client(&self) -> &Client {
        &self.open.as_ref().expect("it is open").0
    }

    /// Writes a text.
    pub async fn write(&self, to: impl Into<Recipient>, text: &str) -> MessageId {
        let sent = self.client().send_text(to, text).await;
        sent.expect("it is written")
    }

    /// Waits for an event that fits; those before are passed over.
    pub async fn until<T>(&mut self, fits: impl Fn(Event) -> Option<T>) -> T {
        let patience = self.site.patience * 3;
        let (_, events) = self.open.as_mut().expect("it is open");
        let progress = &mut self.progress;
        let fitting = async {
            loop {
                let event = events.next().await.expect("the client has not ended");
                if let Event::Progress {
                    message_id, status, ..
                } = &event
                {
                    progress.insert(*message_id, *status);
                }
                if let Some(fitting) = fits(event) {
                    return fitting;
                }
            }
        };
        let fitting = timeout(patience, fitting).await;
        fitting.unwrap_or_else(|_| panic!("no such event in {patience:?}"))
    }

    /// Waits for somebody's message.
    pub async fn hears(&mut self, from: &Phone) -> ShownMessage {
        let from = from.user_id.clone();
        self.until(|event| match event {
            Event::Message { message, .. } if message.author == from => Some(*message),
            _ => None,
        })
        .await
    }

    /// Waits until a message has got so far.
    pub async fn sees(&mut self, message_id: MessageId, status: Status) {
        while self.progress.get(&message_id).is_none_or(|at| *at < status) {
            self.until(|event| matches!(event, Event::Progress { .. }).then_some(()))
                .await;
        }
    }

    /// What is shown of a chat: who wrote what, and how far it got.
    pub async fn chat(&self, chat: impl Into<Recipient>) -> Vec<ShownMessage> {
        let page = self.client().messages(chat, None, usize::MAX).await;
        page.expect("the store is read")
    }

    /// The texts of a chat.
    pub async fn texts(&self, chat: impl Into<Recipient>) -> Vec<String> {
        let chat = self.chat(chat).await.into_iter();
        chat.map(|it| it.says.text().unwrap_or("-").to_owned())
            .collect()
    }

    /// Waits until so many messages are in a chat.
    pub async fn has(&mut self, chat: impl Into<Recipient>, count: usize) {
        let with = &chat.into();
        let mut shown = self.chat(with).await.len();
        while shown < count {
            let is_new = self.until(|event| match event {
                Event::Message { .. } => Some(true),
                Event::Missed => Some(false),
                _ => None,
            });
            // What is shown since the app was opened may have been told before it was counted.
            match is_new.await {
                true if shown + 1 < count => shown += 1,
                _ => shown = self.chat(with).await.len(),
            }
        }
    }
}

impl From<&Phone> for Recipient {
    fn from(phone: &Phone) -> Self {
        Self::User(phone.user_id.clone())
    }
}

/// What the app is told: where the deployment is, and the phone's folder.
pub fn config(addresses: Addresses, folder: &Path) -> ClientConfig {
    ClientConfig {
        http_url: addresses.http,
        socket_url: addresses.ws,
        file: folder.join("store.db"),
        key: key(),
        device_name: "phone".to_owned(),
        timing: Timing::default(),
    }
}

fn key() -> StoreKey {
    StoreKey::Raw([7; 32].into())
}
