//! Stanzas both ways: messages, receipts (XEP-0184), stream management (XEP-0198) and pings.

use super::super::{Decoder, Encoder, Event};
use super::framer::Framer;
use super::{DOMAIN, ROOMS};
use crate::stamp::{Kind, Stamp, find_marker};
use anyhow::{Result, bail};
use bytes::{Buf, BytesMut};
use memchr::memmem;
use std::collections::HashMap;

pub(super) struct XmppEncoder {
    user: usize,
    /// The start of a message to a user, up to the value of its id.
    starts: HashMap<usize, Vec<u8>>,
}

impl XmppEncoder {
    pub(super) fn new(user: usize) -> XmppEncoder {
        XmppEncoder {
            user,
            starts: HashMap::new(),
        }
    }

    fn start(&mut self, to: usize, out: &mut Vec<u8>) {
        let start = self.starts.entry(to).or_insert_with(|| {
            format!("<message type='chat' to='u{to}@{DOMAIN}' id='").into_bytes()
        });
        out.extend_from_slice(start);
    }
}

impl Encoder for XmppEncoder {
    /// Asks for an ack after each message, as a client does that must know what was taken.
    fn send(&mut self, to: usize, stamp: Stamp, body: &[u8], out: &mut Vec<u8>) -> Result<()> {
        self.start(to, out);
        finish(stamp, body, out);
        Ok(())
    }

    /// Joins a room (XEP-0045), which is made by who joins it first; nothing of its past is wanted.
    fn join_group(&mut self, group: &str, out: &mut Vec<u8>) {
        let join = format!(
            "<presence to='{group}@{ROOMS}.{DOMAIN}/u{}'><x xmlns='http://jabber.org/protocol/muc'>\
             <history maxstanzas='0'/></x></presence>",
            self.user
        );
        out.extend_from_slice(join.as_bytes());
    }

    fn send_to_group(&mut self, group: &str, stamp: Stamp, body: &[u8], out: &mut Vec<u8>) {
        let start = format!("<message type='groupchat' to='{group}@{ROOMS}.{DOMAIN}' id='");
        out.extend_from_slice(start.as_bytes());
        finish(stamp, body, out);
    }

    fn receipt(&mut self, to: usize, stamp: Stamp, out: &mut Vec<u8>) {
        self.start(to, out);
        out.push(b'r');
        stamp.write_id(out);
        out.extend_from_slice(b"'><received xmlns='urn:xmpp:receipts' id='");
        stamp.write_marker(Kind::Receipt, out);
        out.extend_from_slice(b"'/></message>");
    }
}

/// Writes a message from the value of its id on, and asks for an ack.
fn finish(stamp: Stamp, body: &[u8], out: &mut Vec<u8>) {
    stamp.write_id(out);
    out.extend_from_slice(b"'><body>");
    out.extend_from_slice(body);
    out.extend_from_slice(b"</body></message><r xmlns='urn:xmpp:sm:3'/>");
}

pub(super) struct XmppDecoder {
    framer: Framer,
    /// Stanzas received, the `h` of our answers.
    handled: u32,
    /// The `h` of the server's last answer.
    acked: u32,
}

impl XmppDecoder {
    /// Goes on where the log-in stopped. Our own `<presence/>` is the server's stanza 1.
    pub(super) fn new(framer: Framer) -> XmppDecoder {
        XmppDecoder {
            framer,
            handled: 0,
            acked: 1,
        }
    }

    fn stanza(&mut self, st: &[u8], out: &mut Vec<Event>, reply: &mut Vec<u8>) -> Result<()> {
        if st.starts_with(b"<message") {
            self.handled = self.handled.wrapping_add(1);
            out.extend(message(st));
        } else if st.starts_with(b"<presence") {
            self.handled = self.handled.wrapping_add(1);
        } else if st.starts_with(b"<iq") {
            self.handled = self.handled.wrapping_add(1);
            pong(st, reply);
        } else if st.starts_with(b"<r ") || st.starts_with(b"<r>") || st.starts_with(b"<r/") {
            let answer = format!("<a xmlns='urn:xmpp:sm:3' h='{}'/>", self.handled);
            reply.extend_from_slice(answer.as_bytes());
        } else if st.starts_with(b"<a ") {
            out.extend(self.acked(st));
        } else if st.starts_with(b"</stream") || st.starts_with(b"<stream:error") {
            bail!("the stream ends: {}", String::from_utf8_lossy(st));
        }
        Ok(())
    }

    fn acked(&mut self, st: &[u8]) -> Option<Event> {
        let h: u32 = attribute(st, "h")?.parse().ok()?;
        let new = h.wrapping_sub(self.acked);
        if new == 0 || new >= 1 << 30 {
            return None;
        }
        self.acked = h;
        Some(Event::Accepted(u64::from(new)))
    }
}

impl Decoder for XmppDecoder {
    fn decode(
        &mut self,
        buf: &mut BytesMut,
        out: &mut Vec<Event>,
        reply: &mut Vec<u8>,
    ) -> Result<()> {
        let mut used = 0;
        while let Some((start, end)) = self.framer.next(buf) {
            self.stanza(&buf[start..end], out, reply)?;
            used = end;
        }
        if used > 0 {
            buf.advance(used);
            self.framer.consumed(used);
        }
        Ok(())
    }
}

fn message(st: &[u8]) -> Option<Event> {
    let head = &st[..st.len().min(400)];
    let is_error = |quoted: &[u8]| memmem::find(head, quoted).is_some();
    if is_error(b"type='error'") || is_error(b"type=\"error\"") {
        return Some(Event::Error);
    }
    find_marker(st).map(|(kind, stamp, _)| match kind {
        Kind::Message => Event::Message(stamp),
        Kind::Receipt => Event::Receipt(stamp),
    })
}

fn pong(iq: &[u8], reply: &mut Vec<u8>) {
    if memmem::find(iq, b"urn:xmpp:ping").is_none() {
        return;
    }
    if let Some(id) = attribute(iq, "id") {
        reply.extend_from_slice(format!("<iq type='result' id='{id}'/>").as_bytes());
    }
}

fn attribute<'a>(st: &'a [u8], name: &str) -> Option<&'a str> {
    let text = std::str::from_utf8(st).ok()?;
    ['\'', '"'].into_iter().find_map(|quote| {
        let (_, rest) = text.split_once(&format!(" {name}={quote}"))?;
        rest.split_once(quote).map(|(value, _)| value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_joined_and_sent_to() {
        let (mut encoder, mut out) = (XmppEncoder::new(7), Vec::new());
        encoder.join_group("a", &mut out);
        encoder.send_to_group("a", Stamp { id: 1, sent_ns: 2 }, b"hi", &mut out);
        let want = "<presence to='a@conference.localhost/u7'>\
            <x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>\
            <message type='groupchat' to='a@conference.localhost' id='0000000000000001'>\
            <body>hi</body></message><r xmlns='urn:xmpp:sm:3'/>";
        assert_eq!(String::from_utf8(out).unwrap(), want);
    }

    #[test]
    fn stanzas_become_events_and_answers() {
        let mut decoder = XmppDecoder::new(Framer::default());
        let (mut events, mut reply) = (Vec::new(), Vec::new());
        let mut buf = BytesMut::from(
            "<message from='u1@localhost/r'><body>~M00000000000000010000000000000002~xx</body>\
             </message><r xmlns='urn:xmpp:sm:3'/><a h='3' xmlns='urn:xmpp:sm:3'/>\
             <iq type='get' id='p1'><ping xmlns='urn:xmpp:ping'/></iq>\
             <message type='error'><body>~M00000000000000010000000000000002~</body></message>\
             <message><received id='~R00000000000000010000000000000002~'/></message><mess",
        );
        decoder.decode(&mut buf, &mut events, &mut reply).unwrap();
        let stamp = Stamp { id: 1, sent_ns: 2 };
        assert_eq!(
            events,
            [
                Event::Message(stamp),
                Event::Accepted(2),
                Event::Error,
                Event::Receipt(stamp)
            ]
        );
        let want = "<a xmlns='urn:xmpp:sm:3' h='1'/><iq type='result' id='p1'/>";
        assert_eq!(String::from_utf8(reply).unwrap(), want);
        assert_eq!(&buf[..], b"<mess");
    }
}
