//! The frames a client sends (protocol §4, §5), written without a JSON tree: this process shares its
//! cores with the server it measures.

use super::super::Encoder;
use super::super::websocket::write_text;
use super::accounts::Accounts;
use super::message_id;
use crate::stamp::Stamp;
use anyhow::{Context, Result};
use std::collections::HashMap;
use std::sync::Arc;

/// The most tokens one ack may hold (protocol §5).
pub(super) const ACK_TOKENS_MAX: usize = heliograph_protocol::limits::ACK_TOKENS_MAX;

pub(super) struct HelioEncoder {
    accounts: Arc<Accounts>,
    user_ids: HashMap<usize, String>,
    text: Vec<u8>,
}

impl HelioEncoder {
    pub(super) fn new(accounts: Arc<Accounts>) -> HelioEncoder {
        HelioEncoder {
            accounts,
            user_ids: HashMap::new(),
            text: Vec::new(),
        }
    }

    /// Writes a frame with one message. `to` is `user_id` or `group_id` and its value.
    fn send_to(text: &mut Vec<u8>, to: [&str; 2], stamp: Stamp, body: &[u8], out: &mut Vec<u8>) {
        text.clear();
        text.extend_from_slice(b"{\"action\":\"send\",\"id\":\"s");
        stamp.write_id(text);
        text.extend_from_slice(b"\",\"messages\":[{\"message_id\":\"");
        message_id::write(stamp, text);
        text.extend_from_slice(b"\",\"to\":{\"");
        text.extend_from_slice(to[0].as_bytes());
        text.extend_from_slice(b"\":\"");
        text.extend_from_slice(to[1].as_bytes());
        text.extend_from_slice(b"\"},\"content\":\"");
        text.extend_from_slice(body);
        text.extend_from_slice(b"\"}]}");
        write_text(text, out);
    }

    fn learn(&mut self, user: usize) -> Result<()> {
        if !self.user_ids.contains_key(&user) {
            let account = self.accounts.get(user);
            let account = account.with_context(|| format!("user {user} is not registered"))?;
            self.user_ids.insert(user, account.user_id);
        }
        Ok(())
    }
}

impl Encoder for HelioEncoder {
    fn send(&mut self, to: usize, stamp: Stamp, body: &[u8], out: &mut Vec<u8>) -> Result<()> {
        self.learn(to)?;
        let to = ["user_id", &self.user_ids[&to]];
        HelioEncoder::send_to(&mut self.text, to, stamp, body, out);
        Ok(())
    }

    /// Nothing: whoever made the group has named its members.
    fn join_group(&mut self, _group: &str, _out: &mut Vec<u8>) {}

    fn send_to_group(&mut self, group: &str, stamp: Stamp, body: &[u8], out: &mut Vec<u8>) {
        HelioEncoder::send_to(&mut self.text, ["group_id", group], stamp, body, out);
    }

    /// Nothing: the server makes the receipt from the ack.
    fn receipt(&mut self, _to: usize, _stamp: Stamp, _out: &mut Vec<u8>) {}
}

/// Writes `delivered` acks for `tokens`: one frame, or as many as their limit asks for.
pub(super) fn write_acks(tokens: &[&[u8]], text: &mut Vec<u8>, out: &mut Vec<u8>) {
    for some in tokens.chunks(ACK_TOKENS_MAX) {
        text.clear();
        text.extend_from_slice(b"{\"action\":\"ack\",\"id\":\"a\",\"status\":\"delivered\"");
        text.extend_from_slice(b",\"ack_tokens\":[");
        for (i, token) in some.iter().enumerate() {
            text.extend_from_slice(if i == 0 { b"\"" } else { b",\"" });
            text.extend_from_slice(token);
            text.push(b'"');
        }
        text.extend_from_slice(b"]}");
        write_text(text, out);
    }
}

/// Writes a request for what waits, from the beginning or after a page's `next`.
pub(super) fn write_sync(after: Option<&str>, out: &mut Vec<u8>) {
    let after = after.map_or("null".to_string(), |cursor| format!("\"{cursor}\""));
    let text = format!("{{\"action\":\"sync\",\"id\":\"y\",\"after\":{after},\"limit\":100}}");
    write_text(text.as_bytes(), out);
}
