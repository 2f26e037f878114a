//! XMPP client to server over plain TCP: SASL PLAIN, bind, stream management with acks both ways.

mod codec;
mod framer;

use super::wire::Wire;
use super::{Connection, Driver};
use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Buf, BytesMut};
use codec::{XmppDecoder, XmppEncoder};
use framer::Framer;
use std::sync::Arc;

const DOMAIN: &str = "localhost";
/// Before [`DOMAIN`] in the addresses of rooms.
const ROOMS: &str = "conference";

pub(crate) struct Xmpp {
    pub(crate) addr: String,
}

#[async_trait]
impl Driver for Xmpp {
    async fn register(&self, user: usize) -> Result<()> {
        let mut login = Login::open(&self.addr).await?;
        let request = format!(
            "<iq type='set' id='reg'><query xmlns='jabber:iq:register'>\
             <username>u{user}</username><password>pw</password></query></iq>"
        );
        login.wire.write_all(request.as_bytes()).await?;
        let answer = login.stanza().await?;
        if !answer.contains("result") && !answer.contains("conflict") {
            bail!("not registered: {answer}");
        }
        login.wire.write_all(b"</stream:stream>").await
    }

    async fn connect(&self, user: usize) -> Result<Connection> {
        let mut login = Login::open(&self.addr).await?;
        let credentials = STANDARD.encode(format!("\0u{user}\0pw"));
        let auth = format!(
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{credentials}</auth>"
        );
        login.ask(&auth, "<success").await.context("auth")?;
        login.header().await?;
        let bind = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
                    <resource>r</resource></bind></iq>";
        login
            .ask(bind, "urn:ietf:params:xml:ns:xmpp-bind")
            .await
            .context("bind")?;
        let enable = "<enable xmlns='urn:xmpp:sm:3'/>";
        login
            .ask(enable, "<enabled")
            .await
            .context("stream management")?;
        login.wire.write_all(b"<presence/>").await?;
        let decoder = XmppDecoder::new(login.framer);
        Ok(Connection::new(
            login.wire,
            XmppEncoder::new(user),
            decoder,
            login.buf,
        ))
    }
}

/// A stream before its session: one stanza at a time.
struct Login {
    wire: Arc<Wire>,
    framer: Framer,
    buf: BytesMut,
}

impl Login {
    async fn open(addr: &str) -> Result<Login> {
        let wire = Wire::open(addr).await?;
        let mut login = Login {
            wire,
            framer: Framer::default(),
            buf: BytesMut::new(),
        };
        login.header().await?;
        Ok(login)
    }

    async fn header(&mut self) -> Result<()> {
        let header = format!(
            "<?xml version='1.0'?><stream:stream to='{DOMAIN}' xmlns='jabber:client' \
             xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
        );
        self.ask(&header, "<stream:features").await
    }

    /// Writes `request` and reads stanzas until one contains `want`.
    async fn ask(&mut self, request: &str, want: &str) -> Result<()> {
        self.wire.write_all(request.as_bytes()).await?;
        loop {
            let stanza = self.stanza().await?;
            if stanza.contains(want) {
                return Ok(());
            }
            let refused = ["error", "<failure", "</stream"]
                .iter()
                .any(|e| stanza.contains(e));
            if refused {
                bail!("want {want}, got {stanza}");
            }
        }
    }

    async fn stanza(&mut self) -> Result<String> {
        loop {
            if let Some((start, end)) = self.framer.next(&self.buf) {
                let stanza = String::from_utf8_lossy(&self.buf[start..end]).into_owned();
                self.buf.advance(end);
                self.framer = Framer::default();
                return Ok(stanza);
            }
            self.wire.read(&mut self.buf).await?;
        }
    }
}
