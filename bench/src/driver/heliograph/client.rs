//! A client that asks and waits for the answer, one request at a time, in the protocol crate's types;
//! for what only Heliograph is measured in.

use super::super::websocket::{Frames, TextDecoder, upgrade, write_close, write_text};
use super::super::wire::Wire;
use super::super::{Decoder, Event as DriverEvent};
use super::{Heliograph, keys};
use anyhow::{Context, Result, anyhow, bail, ensure};
use bytes::BytesMut;
use heliograph_protocol::event::Event;
use heliograph_protocol::frame::{ServerFrame, decode_frame};
use heliograph_protocol::http::PhoneNumber;
use heliograph_protocol::keys::PrekeyBundle;
use heliograph_protocol::reply::GroupsCreateOk;
use heliograph_protocol::request::{GroupsCreate, KeysUpload, Request};
use heliograph_protocol::{RequestId, UserId};
use serde::de::DeserializeOwned;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// One request is under way at a time, so that all may have the same id.
pub(crate) fn request_id() -> RequestId {
    RequestId::from(1)
}

impl Heliograph {
    /// Opens a socket as a user, without the `sync` that a client begins with.
    pub(crate) async fn client(&self, user: usize) -> Result<Client> {
        let (wire, buf) = upgrade(&self.addr, "/ws", &self.bearer(user)?).await?;
        Ok(Client {
            wire,
            buf,
            frames: Frames(Texts::default()),
            out: Vec::new(),
        })
    }

    pub(crate) fn user_id(&self, user: usize) -> Result<UserId> {
        Ok(self.account(user)?.user_id.parse()?)
    }

    pub(crate) fn user_ids(&self, users: &[usize]) -> Result<Vec<UserId>> {
        users.iter().map(|user| self.user_id(*user)).collect()
    }

    /// The number of a user, who need not be registered.
    pub(crate) fn number(&self, user: usize) -> Result<PhoneNumber> {
        Ok(super::phone_number(user).parse()?)
    }

    /// An upload of one-time keys of a user, by their ids.
    pub(crate) fn one_time_keys(
        &self,
        user: usize,
        curve: Range<u32>,
        kem: Range<u32>,
    ) -> KeysUpload {
        KeysUpload {
            one_time_prekeys: curve.map(|id| keys::curve(user, id)).collect(),
            one_time_kem_prekeys: kem.map(|id| self.signing.kem(user, id)).collect(),
            ..KeysUpload::new(request_id())
        }
    }

    /// The ids of the one-time keys in a bundle: X25519 and ML-KEM, none where the bundle has none.
    ///
    /// # Errors
    /// A key is not the one that the user has uploaded under its id.
    pub(crate) fn taken(&self, user: usize, bundle: &PrekeyBundle) -> Result<[Option<u32>; 2]> {
        let curve = bundle.one_time_prekey.as_ref();
        if curve.is_some_and(|key| *key != keys::curve(user, key.key_id)) {
            bail!("an X25519 key is not the user's");
        }
        let kem = &bundle.kem_prekey;
        let is_last_resort = *kem == self.keys.last_resort_kem_prekey;
        let own = keys::public_key(user, kem.key_id).into();
        if !is_last_resort && kem.public_key != own {
            bail!("an ML-KEM key is not the user's");
        }
        let kem = (!is_last_resort).then_some(kem.key_id);
        Ok([curve.map(|key| key.key_id), kem])
    }
}

/// An open socket.
pub(crate) struct Client {
    wire: Arc<Wire>,
    buf: BytesMut,
    frames: Frames<Texts>,
    out: Vec<u8>,
}

impl Client {
    /// Asks, and waits for the answer; events that come before it are passed over.
    ///
    /// # Errors
    /// The connection broke, or the server refused.
    pub(crate) async fn call<T: DeserializeOwned>(&mut self, request: &impl Request) -> Result<T> {
        self.out.clear();
        write_text(request.to_json().as_bytes(), &mut self.out);
        self.wire.write_all(&self.out).await?;
        loop {
            if let ServerFrame::Reply { outcome, .. } = self.frame().await? {
                let refused = |e: heliograph_protocol::ErrorBody| anyhow!("{e:?}");
                return Ok(outcome.map_err(refused)?.read()?);
            }
        }
    }

    /// Makes a group with others.
    ///
    /// # Errors
    /// The connection broke, the server refused, or it left somebody out.
    pub(crate) async fn make_group(&mut self, group: &str, others: Vec<UserId>) -> Result<()> {
        let made: GroupsCreateOk = self
            .call(&GroupsCreate {
                id: request_id(),
                group_id: group.parse()?,
                name: "bench".into(),
                photo_media_id: None,
                announce_only: false,
                member_ids: others,
            })
            .await?;
        let left_out = made.not_added.len();
        ensure!(left_out == 0, "{left_out} were not added");
        Ok(())
    }

    /// Waits for an event.
    ///
    /// # Errors
    /// The connection broke.
    pub(crate) async fn event(&mut self) -> Result<Event> {
        loop {
            if let ServerFrame::Event(event) = self.frame().await? {
                return Ok(event);
            }
        }
    }

    /// Closes the socket as RFC 6455 has it, and waits until the server has done so too.
    ///
    /// # Errors
    /// The close could not be sent.
    pub(crate) async fn close(self) -> Result<()> {
        let mut out = Vec::new();
        write_close(&mut out);
        self.wire.write_all(&out).await?;
        let mut rest = BytesMut::new();
        while self.wire.read(&mut rest).await.is_ok() {
            rest.clear();
        }
        Ok(())
    }

    async fn frame(&mut self) -> Result<ServerFrame> {
        loop {
            if let Some(text) = self.frames.0.0.pop_front() {
                return decode_frame(&text).context("from the server");
            }
            if self.buf.is_empty() || !self.decode().await? {
                self.wire.read(&mut self.buf).await?;
                self.decode().await?;
            }
        }
    }

    /// Tells whether there was a whole frame.
    async fn decode(&mut self) -> Result<bool> {
        self.out.clear();
        let mut none: Vec<DriverEvent> = Vec::new();
        self.frames
            .decode(&mut self.buf, &mut none, &mut self.out)?;
        if !self.out.is_empty() {
            self.wire.write_all(&self.out).await?;
        }
        Ok(!self.frames.0.0.is_empty())
    }
}

/// Text frames in the order in which they came.
#[derive(Default)]
struct Texts(VecDeque<String>);

impl TextDecoder for Texts {
    fn text(&mut self, frame: &[u8], _out: &mut Vec<DriverEvent>, _reply: &mut Vec<u8>) {
        self.0
            .push_back(String::from_utf8_lossy(frame).into_owned());
    }
}
