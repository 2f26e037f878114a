//! A driver per protocol. The scenarios know only what is in this file.
//!
//! A protocol is an [`Encoder`] (bytes for a send or a receipt) and a [`Decoder`] (frames to
//! [`Event`]s, plus bytes to write back at once, such as acks) over one TCP stream, and a
//! [`Driver`] that opens the stream and logs in.

pub(crate) mod heliograph;
mod websocket;
mod wire;
pub(crate) mod wsjson;
pub(crate) mod xmpp;

pub(crate) use wire::{Connection, Receiver, Sender};

use crate::stamp::Stamp;
use anyhow::Result;
use async_trait::async_trait;
use bytes::BytesMut;
use tokio::time::Instant;

/// What a client learns from its socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Message(Stamp),
    /// A message in a group, and its place among the group's messages, where the server counts them.
    InGroup(Stamp, u64),
    /// The recipient's receipt for a message of ours.
    Receipt(Stamp),
    /// The server answered for this many of our earlier sends.
    Accepted(u64),
    /// A refusal, an error reply, or the end of the session.
    Error,
}

/// Opens connections as numbered users.
#[async_trait]
pub(crate) trait Driver: Send + Sync {
    /// Makes the user exist; a user who does already is left alone.
    async fn register(&self, _user: usize) -> Result<()> {
        Ok(())
    }

    /// Does what a returning client has done long before it connects, outside of what is timed.
    async fn prepare(&self, _users: &[usize]) -> Result<()> {
        Ok(())
    }

    /// Makes a group of users where they cannot join by themselves; the first of them makes it.
    /// `group` is a UUID.
    async fn make_group(&self, _group: &str, _members: &[usize]) -> Result<()> {
        Ok(())
    }

    async fn connect(&self, user: usize) -> Result<Connection>;

    /// Itself, where it is Heliograph's: for what no other server here has.
    fn heliograph(&self) -> Option<&heliograph::Heliograph> {
        None
    }
}

/// Writes a protocol's client frames.
pub(crate) trait Encoder: Send {
    fn send(&mut self, to: usize, stamp: Stamp, body: &[u8], out: &mut Vec<u8>) -> Result<()>;

    /// Writes that this user joins a group; nothing where the group was made with its members.
    fn join_group(&mut self, group: &str, out: &mut Vec<u8>);

    /// Writes a message to a group that this user is in.
    fn send_to_group(&mut self, group: &str, stamp: Stamp, body: &[u8], out: &mut Vec<u8>);

    /// Writes an end-to-end receipt; nothing where the server makes it from the ack.
    fn receipt(&mut self, to: usize, stamp: Stamp, out: &mut Vec<u8>);
}

/// Reads a protocol's server frames.
pub(crate) trait Decoder: Send {
    /// Consumes whole frames from `buf`. `reply` is written back at once.
    ///
    /// # Errors
    /// The server ended the stream.
    fn decode(
        &mut self,
        buf: &mut BytesMut,
        out: &mut Vec<Event>,
        reply: &mut Vec<u8>,
    ) -> Result<()>;

    /// When what is kept back is to be written, if anything is.
    fn due(&self) -> Option<Instant> {
        None
    }

    /// Writes what has been kept back.
    fn release(&mut self, _reply: &mut Vec<u8>) {}
}
