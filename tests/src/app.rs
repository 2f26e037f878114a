//! A device of a person as the client library has it.

use crate::{Line, Person};
use async_trait::async_trait;
use heliograph_client::connection::{Notice, Timing, Tokens};
use heliograph_client::transport::{Again, Config, Connection, NotStored, Notices, TokenStore};
use heliograph_protocol::RequestId;
use heliograph_protocol::event::{Envelope, Event};
use heliograph_protocol::reply::{AckOk, SyncOk};
use heliograph_protocol::request::{Ack, ReceiptStatus, Request, Sync};
use serde::de::DeserializeOwned;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{sleep, timeout};

const RETRY: Duration = Duration::from_millis(100);

/// The client library, connected as one device.
#[derive(Debug)]
pub struct App {
    /// What it asks the service by.
    pub connection: Connection,
    notices: Notices,
    kept: Arc<Kept>,
    patience: Duration,
}

/// All tokens that were ever stored.
#[derive(Debug, Default)]
struct Kept(Mutex<Vec<Tokens>>);

#[async_trait]
impl TokenStore for Kept {
    async fn store(&self, tokens: &Tokens) -> Result<(), NotStored> {
        let mut kept = self.0.lock().expect("no other test has it");
        kept.push(tokens.clone());
        Ok(())
    }
}

impl App {
    /// Connects as a person's device.
    pub fn start(person: &Person, timing: Timing) -> Self {
        let addresses = person.site.addresses();
        Self::with(person, timing, &addresses.http, &addresses.ws)
    }

    /// Connects as a person's device by a line.
    pub fn start_by(line: &Line, person: &Person, timing: Timing) -> Self {
        Self::with(person, timing, &line.http(), &line.ws(&person.site))
    }

    fn with(person: &Person, timing: Timing, http: &str, ws: &str) -> Self {
        let kept = Arc::<Kept>::default();
        let config = Config {
            timing,
            ..Config::new(http, ws, kept.clone())
        };
        let tokens = Tokens::from(&person.session);
        let (connection, notices) = Connection::start(config, tokens).expect("TLS and chance");
        Self {
            connection,
            notices,
            kept,
            // What is tried again takes its time.
            patience: person.site.patience * 3,
        }
    }

    /// The tokens that were stored.
    pub fn stored(&self) -> Vec<Tokens> {
        self.kept.0.lock().expect("no other test has it").clone()
    }

    /// Ends, and tells what is stored from then on.
    pub fn end(self) -> impl Fn() -> Vec<Tokens> {
        let kept = self.kept;
        move || kept.0.lock().expect("no other test has it").clone()
    }

    /// Waits for the next notice.
    pub async fn next(&mut self) -> Notice {
        let next = timeout(self.patience, self.notices.next()).await;
        let next = next.unwrap_or_else(|_| panic!("no notice in {:?}", self.patience));
        next.expect("the connection has not ended")
    }

    /// Waits for a notice that fits; those before are passed over.
    pub async fn until<T>(&mut self, fits: impl Fn(Notice) -> Option<T>) -> T {
        loop {
            if let Some(fitting) = fits(self.next().await) {
                return fitting;
            }
        }
    }

    /// Waits for a connection; whether it took the place of another.
    pub async fn connects(&mut self) -> bool {
        self.until(|notice| match notice {
            Notice::Connected { renewed } => Some(renewed),
            _ => None,
        })
        .await
    }

    /// Waits for messages.
    pub async fn messages(&mut self) -> Vec<Envelope> {
        self.until(|notice| match notice {
            Notice::Event(Event::Messages(messages)) => Some(messages),
            _ => None,
        })
        .await
    }

    /// Gets a page of what waits.
    pub async fn sync(&self) -> SyncOk {
        self.ask(|id| Sync::new(id, None)).await
    }

    /// Acks messages as delivered.
    pub async fn delivered(&self, messages: &[Envelope]) -> u32 {
        let tokens: Vec<_> = messages.iter().map(|it| it.ack_token.clone()).collect();
        let AckOk { acked } = self
            .ask(move |id| Ack::new(id, ReceiptStatus::Delivered, tokens.clone()))
            .await;
        acked
    }

    /// Asks until it is answered: on whatever was asked before its socket was lost, there is no word.
    async fn ask<R: Request, T: DeserializeOwned>(
        &self,
        make: impl Fn(RequestId) -> R + Clone + Send + 'static,
    ) -> T {
        loop {
            match self.connection.ask(make.clone()).await {
                Ok(answer) => return answer,
                Err(error) if error.again() == Again::WhenConnected => sleep(RETRY).await,
                Err(error) => panic!("{error:?}"),
            }
        }
    }
}
