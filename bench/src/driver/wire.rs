//! One TCP stream, shared by the half that sends and the half that receives (and acks).

use super::{Decoder, Encoder, Event};
use crate::stamp::Stamp;
use anyhow::{Result, bail};
use bytes::BytesMut;
use std::io::ErrorKind;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::time::timeout_at;

/// Room for a read on a silent connection; there are ten thousand of them.
const FIRST_READ_BYTES: usize = 2048;
/// Room for a read once a frame has turned out to be longer.
const NEXT_READ_BYTES: usize = 32 * 1024;

/// A TCP stream that two tasks may write to.
pub(crate) struct Wire {
    stream: TcpStream,
    writing: tokio::sync::Mutex<()>,
}

impl Wire {
    pub(crate) async fn open(addr: &str) -> Result<Arc<Wire>> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        Ok(Arc::new(Wire {
            stream,
            writing: tokio::sync::Mutex::new(()),
        }))
    }

    pub(crate) async fn write_all(&self, mut bytes: &[u8]) -> Result<()> {
        let _writing = self.writing.lock().await;
        while !bytes.is_empty() {
            match self.stream.try_write(bytes) {
                Ok(n) => bytes = &bytes[n..],
                Err(e) if e.kind() == ErrorKind::WouldBlock => self.stream.writable().await?,
                Err(e) => return Err(e.into()),
            }
        }
        Ok(())
    }

    /// Waits for bytes and appends them to `buf`.
    pub(crate) async fn read(&self, buf: &mut BytesMut) -> Result<()> {
        buf.reserve(if buf.is_empty() {
            FIRST_READ_BYTES
        } else {
            NEXT_READ_BYTES
        });
        loop {
            match self.stream.try_read_buf(buf) {
                Ok(0) => bail!("closed by the server"),
                Ok(_) => return Ok(()),
                Err(e) if e.kind() == ErrorKind::WouldBlock => self.stream.readable().await?,
                Err(e) => return Err(e.into()),
            }
        }
    }
}

/// A logged-in connection, split so that sending and receiving can be two tasks.
pub(crate) struct Connection {
    pub(crate) sender: Sender,
    pub(crate) receiver: Receiver,
}

pub(crate) struct Sender {
    wire: Arc<Wire>,
    encoder: Box<dyn Encoder>,
    body: Vec<u8>,
    out: Vec<u8>,
}

pub(crate) struct Receiver {
    wire: Arc<Wire>,
    decoder: Box<dyn Decoder>,
    buf: BytesMut,
    reply: Vec<u8>,
}

impl Connection {
    /// `buf` holds what the handshake has read beyond its own end.
    pub(crate) fn new(
        wire: Arc<Wire>,
        encoder: impl Encoder + 'static,
        decoder: impl Decoder + 'static,
        buf: BytesMut,
    ) -> Connection {
        Connection {
            sender: Sender {
                wire: wire.clone(),
                encoder: Box::new(encoder),
                body: Vec::new(),
                out: Vec::new(),
            },
            receiver: Receiver {
                wire,
                decoder: Box::new(decoder),
                buf,
                reply: Vec::new(),
            },
        }
    }
}

impl Sender {
    /// Sends a message with a body of `size` bytes.
    pub(crate) async fn send(&mut self, to: usize, stamp: Stamp, size: usize) -> Result<()> {
        self.body.clear();
        stamp.write_body(size, &mut self.body);
        self.out.clear();
        self.encoder.send(to, stamp, &self.body, &mut self.out)?;
        self.wire.write_all(&self.out).await
    }

    /// Sends a message with a body of `size` bytes to a group.
    pub(crate) async fn send_to_group(
        &mut self,
        group: &str,
        stamp: Stamp,
        size: usize,
    ) -> Result<()> {
        self.body.clear();
        stamp.write_body(size, &mut self.body);
        self.out.clear();
        self.encoder
            .send_to_group(group, stamp, &self.body, &mut self.out);
        self.wire.write_all(&self.out).await
    }

    /// Joins a group, where that is the client's to do.
    pub(crate) async fn join_group(&mut self, group: &str) -> Result<()> {
        self.out.clear();
        self.encoder.join_group(group, &mut self.out);
        self.write_out().await
    }

    /// Sends the receipt for a message.
    pub(crate) async fn receipt(&mut self, to: usize, stamp: Stamp) -> Result<()> {
        self.out.clear();
        self.encoder.receipt(to, stamp, &mut self.out);
        self.write_out().await
    }

    async fn write_out(&mut self) -> Result<()> {
        if self.out.is_empty() {
            Ok(())
        } else {
            self.wire.write_all(&self.out).await
        }
    }
}

impl Receiver {
    /// Appends the events of what has been read; reads once when there are none yet.
    pub(crate) async fn recv(&mut self, events: &mut Vec<Event>) -> Result<()> {
        self.decode(events).await?;
        if events.is_empty() {
            self.read().await?;
            self.decode(events).await?;
        }
        Ok(())
    }

    /// Reads, and writes what was kept back when its time comes before there is something to read.
    async fn read(&mut self) -> Result<()> {
        while let Some(due) = self.decoder.due() {
            if let Ok(read) = timeout_at(due, self.wire.read(&mut self.buf)).await {
                return read;
            }
            self.reply.clear();
            self.decoder.release(&mut self.reply);
            self.wire.write_all(&self.reply).await?;
        }
        self.wire.read(&mut self.buf).await
    }

    async fn decode(&mut self, events: &mut Vec<Event>) -> Result<()> {
        if self.buf.is_empty() {
            return Ok(());
        }
        self.reply.clear();
        self.decoder
            .decode(&mut self.buf, events, &mut self.reply)?;
        if self.reply.is_empty() {
            Ok(())
        } else {
            self.wire.write_all(&self.reply).await
        }
    }
}
