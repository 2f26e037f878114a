//! The connection, as an app sees it.

use super::config::Config;
use super::driver::{Ask, Driver, Message};
use super::error::RequestError;
use crate::account::{Account, AccountUnavailable};
use crate::connection::{Chance, Input, Machine, Notice, Tokens};
use crate::random::{self, NoRandomness};
use crate::tasks::spawn;
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_channel::oneshot;
use futures_util::{Stream, StreamExt};
use heliograph_protocol::RequestId;
use heliograph_protocol::frame::ReplyOk;
use heliograph_protocol::request::Request;
use serde::de::DeserializeOwned;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Reports that there is no connection, nor will be.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no HTTP.
    #[error("no HTTP")]
    Http(#[from] AccountUnavailable),
    /// There is no chance.
    #[error("no randomness")]
    NoRandomness(#[from] NoRandomness),
}

/// Is a device's connection: what the app holds. Clones are the same one; it ends with the last of them.
#[derive(Clone)]
pub struct Connection(Arc<Held>);

/// Ends the driver when nobody holds its connection any more.
struct Held(UnboundedSender<Message>);

impl Held {
    /// Sends; a driver that has ended takes nothing.
    fn send(&self, message: Message) {
        _ = self.0.unbounded_send(message);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.send(Message::End);
    }
}

impl Connection {
    /// Begins to connect, and keeps connected until [`close`](Self::close). Natively it runs on the tokio
    /// runtime that this is called on.
    ///
    /// Notices come one after another and are kept until they are taken: who leaves them lets them grow.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start(config: Config, tokens: Tokens) -> Result<(Self, Notices), StartError> {
        let account = Account::at(config.http_url.as_str())?;
        let chance = Chance::new(u64::from_be_bytes(random::bytes()?));
        let machine = Machine::new(tokens, config.timing, chance);
        let (messages, taken) = unbounded();
        let (tell, told) = unbounded();
        let driver = Driver::new(machine, config, account, messages.clone(), tell);
        spawn(driver.run(taken));
        let connection = Self(Arc::new(Held(messages)));
        connection.open();
        Ok((connection, Notices(told)))
    }

    /// Makes a request and waits for its answer, for half a minute at most. `make` has to put the id into
    /// the request.
    ///
    /// It is sent once, even if nobody waits for it any more; whoever sends it again, as is safe with all
    /// requests, has to keep the ids of the messages in it.
    ///
    /// # Errors
    /// [`RequestError`]; [`RequestError::again`] says when to make it again.
    pub async fn request<R: Request>(
        &self,
        make: impl FnOnce(RequestId) -> R + Send + 'static,
    ) -> Result<ReplyOk, RequestError> {
        let (answer, answered) = oneshot::channel();
        let make = Box::new(move |id| make(id).to_json());
        self.0.send(Message::Ask(Ask { make, answer }));
        answered.await.unwrap_or(Err(RequestError::Ended))
    }

    /// Makes a request, as [`request`](Self::request), and reads its answer.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn ask<R: Request, T: DeserializeOwned>(
        &self,
        make: impl FnOnce(RequestId) -> R + Send + 'static,
    ) -> Result<T, RequestError> {
        let ok = self.request(make).await?;
        Ok(ok.read()?)
    }

    /// Connects again, after [`close`](Self::close) or [`Notice::Displaced`].
    pub fn open(&self) {
        self.0.send(Message::Input(Input::Open));
    }

    /// Closes the connection, until [`open`](Self::open).
    pub fn close(&self) {
        self.0.send(Message::Input(Input::Close));
    }

    /// Tells that the network is back, or is another one: all is tried at once.
    pub fn network_is_back(&self) {
        self.0.send(Message::Input(Input::NetworkIsBack));
    }

    /// Gives the access token as it is now, for calls over HTTP; nothing once the connection has ended.
    pub async fn access_token(&self) -> Option<String> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Message::AccessToken(answer));
        answered.await.ok()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

/// Are the notices of a connection, but for those of requests, which go to who made them.
#[derive(Debug)]
pub struct Notices(UnboundedReceiver<Notice>);

impl Notices {
    /// Waits for the next one; there is none once the connection has ended.
    pub async fn next(&mut self) -> Option<Notice> {
        self.0.next().await
    }
}

impl Stream for Notices {
    type Item = Notice;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Notice>> {
        self.0.poll_next_unpin(cx)
    }
}
