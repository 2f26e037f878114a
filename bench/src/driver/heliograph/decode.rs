//! The frames a server sends (protocol §2 to §5), searched for what matters instead of parsed.
//!
//! That is sound here because nothing in a frame can look like a field of it: contents are markers
//! and padding, ids and tokens have no quotes.

use super::super::Event;
use super::super::websocket::TextDecoder;
use super::encode::{ACK_TOKENS_MAX, write_acks, write_sync};
use super::message_id;
use crate::stamp::{Kind, MARKER_LEN, find_marker};
use memchr::memmem::{Finder, find};
use std::sync::LazyLock;
use std::time::Duration;
use tokio::time::Instant;

type Needle = LazyLock<Finder<'static>>;

static ACK_TOKEN: Needle = LazyLock::new(|| Finder::new("\"ack_token\":\""));
static MESSAGE_ID: Needle = LazyLock::new(|| Finder::new("\"message_id\":\""));
static DELIVERED: Needle = LazyLock::new(|| Finder::new("\"status\":\"delivered\""));

/// For how long acks of a group's messages are gathered (`docs/PROTOCOL.md` §5): nobody is told of them
/// for longer than that anyway.
const GATHER: Duration = Duration::from_millis(50);

/// Reads frames as a client does: acks what it is given, asks for the next page while there is one.
#[derive(Default)]
pub(super) struct HelioDecoder {
    text: Vec<u8>,
    /// Tokens of a group's messages that are not acked yet, and until when they may wait.
    gathered: Vec<Box<[u8]>>,
    due: Option<Instant>,
}

impl TextDecoder for HelioDecoder {
    fn text(&mut self, frame: &[u8], out: &mut Vec<Event>, reply: &mut Vec<u8>) {
        match event_name(frame) {
            b"messages" => self.messages(frame, out, reply),
            b"group" => self.ack(frame, reply),
            b"receipts" => {
                receipts(frame, out);
                self.ack(frame, reply);
            }
            b"reply" => self.reply(frame, out, reply),
            b"displaced" => out.push(Event::Error),
            _ => {}
        }
    }

    fn due(&self) -> Option<Instant> {
        self.due
    }

    fn release(&mut self, reply: &mut Vec<u8>) {
        let tokens: Vec<&[u8]> = self.gathered.iter().map(|token| &**token).collect();
        write_acks(&tokens, &mut self.text, reply);
        self.gathered.clear();
        self.due = None;
    }
}

impl HelioDecoder {
    /// Every envelope is an event, and all of them are acked together: those of a group not at once.
    fn messages(&mut self, frame: &[u8], out: &mut Vec<Event>, reply: &mut Vec<u8>) {
        let mut is_of_group = false;
        let mut rest = frame;
        while let Some((kind, stamp, end)) = find_marker(rest) {
            if kind == Kind::Message {
                out.push(match seq_before(&rest[..end - MARKER_LEN]) {
                    Some(seq) => {
                        is_of_group = true;
                        Event::InGroup(stamp, seq)
                    }
                    None => Event::Message(stamp),
                });
            }
            rest = &rest[end..];
        }
        if is_of_group {
            self.gather(frame, reply);
        } else {
            self.ack(frame, reply);
        }
    }

    /// Keeps tokens back until their time comes, or they fill an ack.
    fn gather(&mut self, frame: &[u8], reply: &mut Vec<u8>) {
        self.gathered.extend(tokens(frame).map(Box::from));
        self.due.get_or_insert_with(|| Instant::now() + GATHER);
        if self.gathered.len() >= ACK_TOKENS_MAX {
            self.release(reply);
        }
    }

    fn ack(&mut self, frame: &[u8], reply: &mut Vec<u8>) {
        let tokens: Vec<&[u8]> = tokens(frame).collect();
        write_acks(&tokens, &mut self.text, reply);
    }

    fn reply(&mut self, frame: &[u8], out: &mut Vec<Event>, reply: &mut Vec<u8>) {
        if find(frame, b"\"results\":").is_some() {
            results(frame, out);
        } else if find(frame, b"\"more\":").is_some() {
            self.page(frame, out, reply);
        } else if find(frame, b"\"error\":").is_some() {
            out.push(Event::Error);
        }
    }

    /// A page of `sync`: envelopes and kept receipts, both acked; then the next page, if any.
    fn page(&mut self, frame: &[u8], out: &mut Vec<Event>, reply: &mut Vec<u8>) {
        self.messages(frame, out, reply);
        if find(frame, b"\"more\":true").is_none() {
            return;
        }
        let next = Finder::new("\"next\":\"");
        match next
            .find(frame)
            .and_then(|at| std::str::from_utf8(value(frame, at, &next)).ok())
        {
            Some(cursor) => write_sync(Some(cursor), reply),
            None => out.push(Event::Error),
        }
    }
}

/// The tokens of everything in a frame.
fn tokens(frame: &[u8]) -> impl Iterator<Item = &[u8]> {
    let at = ACK_TOKEN.find_iter(frame);
    at.map(move |at| value(frame, at, &ACK_TOKEN))
}

/// The name of `{"event":"<name>",…`, wherever in the frame it is.
fn event_name(frame: &[u8]) -> &[u8] {
    const EVENT: &[u8] = b"\"event\":\"";
    let first = frame.get(1..).is_some_and(|rest| rest.starts_with(EVENT));
    let at = if first { Some(1) } else { find(frame, EVENT) };
    at.map_or(b"", |at| until_quote(&frame[at + EVENT.len()..]))
}

/// The `seq` of an envelope, which stands just before its content; none in a message between two.
fn seq_before(head: &[u8]) -> Option<u64> {
    let head = head.strip_suffix(b",\"content\":\"")?;
    let digits = head.iter().rev().take_while(|c| c.is_ascii_digit()).count();
    std::str::from_utf8(&head[head.len() - digits..])
        .ok()?
        .parse()
        .ok()
}

/// What stands between the end of `needle`, found at `at`, and the next quote.
fn value<'a>(frame: &'a [u8], at: usize, needle: &Finder<'_>) -> &'a [u8] {
    until_quote(&frame[at + needle.needle().len()..])
}

fn until_quote(b: &[u8]) -> &[u8] {
    &b[..memchr::memchr(b'"', b).unwrap_or(b.len())]
}

fn results(frame: &[u8], out: &mut Vec<Event>) {
    let count = |needle: &str| memchr::memmem::find_iter(frame, needle).count();
    let accepted = count("\"status\":\"accepted\"");
    if accepted > 0 {
        out.push(Event::Accepted(accepted as u64));
    }
    out.extend(std::iter::repeat_n(
        Event::Error,
        count("\"status\":\"refused\""),
    ));
}

/// Receipts pushed to a connected sender. Its messages' ids say which and when; the status of each
/// stands somewhere before the next id.
fn receipts(frame: &[u8], out: &mut Vec<Event>) {
    let starts: Vec<usize> = MESSAGE_ID.find_iter(frame).collect();
    let ends = starts.iter().skip(1).copied().chain([frame.len()]);
    for (start, end) in starts.iter().copied().zip(ends) {
        let receipt = &frame[start..end];
        if DELIVERED.find(receipt).is_some() {
            out.extend(message_id::read(value(receipt, 0, &MESSAGE_ID)).map(Event::Receipt));
        }
    }
}
