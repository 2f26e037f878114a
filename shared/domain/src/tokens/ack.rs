//! Ack tokens: what an inbox entry is called, bound to the device it was delivered to.
//!
//! A token is a MAC over (recipient device, entry) followed by the entry: the server needs no read
//! to know which entry is meant, whose message it was, and that this device was given it.

use super::{KeyRing, keys};
use crate::address::Address;
use crate::tables::inbox::{ChangeId, EntryId, EnvelopeId, ReceiptId, ReceiptsId};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use heliograph_protocol::request::ReceiptStatus;
use heliograph_protocol::{DeviceId, MessageId};

/// Bytes of the MAC that a token carries: 128 bits of HMAC-SHA256 (RFC 2104 §5 asks for 80).
const MAC_BYTES: usize = 16;

// What an entry is, the first byte behind the MAC; the second one is a message's slot, or a
// receipt's device.
const MESSAGE: u8 = 0;
const DELIVERED: u8 = 1;
const READ: u8 = 2;
const GROUP_MESSAGE: u8 = 3;
const RECEIPTS: u8 = 4;
const CHANGE: u8 = 5;

/// Makes and reads the ack tokens of one device.
pub struct AckTokens<'a> {
    keys: &'a KeyRing,
    recipient: String,
}

impl<'a> AckTokens<'a> {
    /// For entries that `recipient` is given.
    pub fn of(keys: &'a KeyRing, recipient: &Address) -> Self {
        Self {
            keys,
            recipient: recipient.to_string(),
        }
    }

    /// Makes the token of an entry.
    pub fn seal(&self, entry: &EntryId) -> String {
        let (head, message_id, rest) = match entry {
            EntryId::Envelope(id) => {
                let head = id.slot.map_or([MESSAGE, 0], |slot| [GROUP_MESSAGE, slot]);
                (head, id.message_id, id.from_user_id.to_string())
            }
            EntryId::Receipt(id) => {
                let kind = match id.status {
                    ReceiptStatus::Delivered => DELIVERED,
                    ReceiptStatus::Read => READ,
                };
                let head = [kind, id.by_device_id.get()];
                (head, id.message_id, id.by_user_id.to_string())
            }
            EntryId::Receipts(id) => ([RECEIPTS, 0], id.message_id, id.number.to_string()),
            EntryId::Change(id) => {
                let rest = format!("{}:{}", id.group_id, id.epoch);
                ([CHANGE, 0], id.entry_id, rest)
            }
        };
        let parts = [&head[..], message_id.as_uuid().as_bytes(), rest.as_bytes()];
        let mac = self.keys.current().ack_mac(&self.mac_input(&parts));
        let mut token = mac[..MAC_BYTES].to_vec();
        token.extend(parts.concat());
        BASE64.encode(token)
    }

    /// Reads a token; `None` when it was not issued to this device.
    pub fn open(&self, token: &str) -> Option<EntryId> {
        let bytes = BASE64.decode(token).ok()?;
        let (mac, entry) = bytes.split_at_checked(MAC_BYTES)?;
        let is_ours = |version: &keys::Keys| {
            keys::same(
                &version.ack_mac(&self.mac_input(&[entry]))[..MAC_BYTES],
                mac,
            )
        };
        if !self.keys.honoured().any(is_ours) {
            return None;
        }
        let (head, rest) = entry.split_at_checked(2)?;
        let (id, rest) = rest.split_at_checked(16)?;
        let message_id = MessageId::from_uuid(uuid::Uuid::from_slice(id).ok()?)?;
        let rest = std::str::from_utf8(rest).ok()?;
        let envelope = |slot| {
            Some(EntryId::Envelope(EnvelopeId {
                message_id,
                from_user_id: rest.parse().ok()?,
                slot,
            }))
        };
        let receipt = |status| {
            Some(EntryId::Receipt(ReceiptId {
                message_id,
                by_user_id: rest.parse().ok()?,
                by_device_id: DeviceId::new(head[1])?,
                status,
            }))
        };
        match head[0] {
            MESSAGE => envelope(None),
            GROUP_MESSAGE => envelope(Some(head[1])),
            DELIVERED => receipt(ReceiptStatus::Delivered),
            READ => receipt(ReceiptStatus::Read),
            RECEIPTS => Some(EntryId::Receipts(ReceiptsId {
                message_id,
                number: rest.parse().ok()?,
            })),
            CHANGE => {
                let (group_id, epoch) = rest.split_once(':')?;
                Some(EntryId::Change(ChangeId {
                    entry_id: message_id,
                    group_id: group_id.parse().ok()?,
                    epoch: epoch.parse().ok()?,
                }))
            }
            _ => None,
        }
    }

    /// The MAC's input; a recipient holds no `0`, so the two halves cannot run together.
    fn mac_input<'p>(&'p self, entry: &[&'p [u8]]) -> Vec<&'p [u8]> {
        let mut parts: Vec<&[u8]> = vec![self.recipient.as_bytes(), &[0]];
        parts.extend_from_slice(entry);
        parts
    }
}
