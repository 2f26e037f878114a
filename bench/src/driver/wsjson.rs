//! The relay's protocol: small JSON over WebSocket, an answer for every send, an ack for every
//! message. `bin/relay` is its server.

use super::websocket::{Frames, TextDecoder, upgrade, write_text};
use super::{Connection, Driver, Encoder, Event};
use crate::stamp::{Kind, Stamp, find_marker};
use anyhow::Result;
use async_trait::async_trait;
use memchr::memmem;
use std::fmt::Arguments;

pub(crate) struct WsJson {
    pub(crate) addr: String,
}

#[async_trait]
impl Driver for WsJson {
    async fn connect(&self, user: usize) -> Result<Connection> {
        let (wire, buf) = upgrade(&self.addr, &format!("/?user=u{user}"), "").await?;
        Ok(Connection::new(
            wire,
            WsEncoder::default(),
            Frames(WsDecoder::default()),
            buf,
        ))
    }
}

#[derive(Default)]
struct WsEncoder {
    text: Vec<u8>,
}

impl WsEncoder {
    /// Starts a frame's text up to the value of its id.
    fn start(&mut self, action: &str, to: Arguments<'_>) {
        self.text.clear();
        self.text.extend_from_slice(
            format!("{{\"action\":\"{action}\",\"to\":\"{to}\",\"id\":\"").as_bytes(),
        );
    }

    fn send_to(&mut self, to: Arguments<'_>, stamp: Stamp, body: &[u8], out: &mut Vec<u8>) {
        self.start("send", to);
        stamp.write_id(&mut self.text);
        self.text.extend_from_slice(b"\",\"body\":\"");
        self.text.extend_from_slice(body);
        self.text.extend_from_slice(b"\"}");
        write_text(&self.text, out);
    }
}

impl Encoder for WsEncoder {
    fn send(&mut self, to: usize, stamp: Stamp, body: &[u8], out: &mut Vec<u8>) -> Result<()> {
        self.send_to(format_args!("u{to}"), stamp, body, out);
        Ok(())
    }

    fn join_group(&mut self, group: &str, out: &mut Vec<u8>) {
        let text = format!("{{\"action\":\"join\",\"to\":\"{group}\"}}");
        write_text(text.as_bytes(), out);
    }

    fn send_to_group(&mut self, group: &str, stamp: Stamp, body: &[u8], out: &mut Vec<u8>) {
        self.send_to(format_args!("g:{group}"), stamp, body, out);
    }

    fn receipt(&mut self, to: usize, stamp: Stamp, out: &mut Vec<u8>) {
        self.start("receipt", format_args!("u{to}"));
        stamp.write_marker(Kind::Receipt, &mut self.text);
        self.text.extend_from_slice(b"\"}");
        write_text(&self.text, out);
    }
}

#[derive(Default)]
struct WsDecoder {
    text: Vec<u8>,
}

impl TextDecoder for WsDecoder {
    fn text(&mut self, frame: &[u8], out: &mut Vec<Event>, reply: &mut Vec<u8>) {
        if memmem::find(frame, b"\"type\":\"sent\"").is_some() {
            out.push(Event::Accepted(1));
            return;
        }
        match find_marker(frame) {
            Some((Kind::Message, stamp, _)) => {
                self.text.clear();
                self.text
                    .extend_from_slice(b"{\"action\":\"ack\",\"id\":\"");
                stamp.write_id(&mut self.text);
                self.text.extend_from_slice(b"\"}");
                write_text(&self.text, reply);
                out.push(Event::Message(stamp));
            }
            Some((Kind::Receipt, stamp, _)) => out.push(Event::Receipt(stamp)),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::websocket::testing::client_texts;
    use super::*;

    const STAMP: Stamp = Stamp { id: 1, sent_ns: 2 };

    #[test]
    fn a_send_comes_back_as_a_message_and_is_acked() {
        let (mut body, mut out) = (Vec::new(), Vec::new());
        STAMP.write_body(40, &mut body);
        WsEncoder::default()
            .send(3, STAMP, &body, &mut out)
            .unwrap();
        assert_eq!(
            client_texts(&out),
            [
                r#"{"action":"send","to":"u3","id":"0000000000000001","body":"~M00000000000000010000000000000002~xxxxx"}"#
            ]
        );
        let frame = r#"{"type":"msg","id":"0000000000000001","body":"~M00000000000000010000000000000002~xxxxx"}"#;
        let (mut events, mut reply) = (Vec::new(), Vec::new());
        WsDecoder::default().text(frame.as_bytes(), &mut events, &mut reply);
        assert_eq!(events, [Event::Message(STAMP)]);
        assert_eq!(
            client_texts(&reply),
            [r#"{"action":"ack","id":"0000000000000001"}"#]
        );
    }

    #[test]
    fn a_group_is_joined_and_sent_to() {
        let mut out = Vec::new();
        let mut encoder = WsEncoder::default();
        encoder.join_group("a", &mut out);
        encoder.send_to_group("a", STAMP, b"hi", &mut out);
        assert_eq!(
            client_texts(&out),
            [
                r#"{"action":"join","to":"a"}"#,
                r#"{"action":"send","to":"g:a","id":"0000000000000001","body":"hi"}"#
            ]
        );
    }

    #[test]
    fn answers_and_receipts_are_told_apart() {
        let (mut events, mut reply) = (Vec::new(), Vec::new());
        let mut decoder = WsDecoder::default();
        decoder.text(br#"{"type":"sent","id":"01"}"#, &mut events, &mut reply);
        let receipt = br#"{"type":"receipt","id":"~R00000000000000010000000000000002~"}"#;
        decoder.text(receipt, &mut events, &mut reply);
        assert_eq!(events, [Event::Accepted(1), Event::Receipt(STAMP)]);
        assert!(reply.is_empty());
    }
}
