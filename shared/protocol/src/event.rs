//! What the server says unasked: `{"event":"messages"|"receipts"|…}` (protocol §2, §5 to §8).

use std::fmt;

use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct};

use crate::{
    groups::GroupEvent,
    ids::{DeviceId, GroupId, MessageId, UserId},
    people::Presence,
    reply::{DeviceSummary, KeysUploadOk},
    request::ReceiptStatus,
};

/// Is something the server says unasked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Messages for this device.
    Messages(Vec<Envelope>),
    /// Receipts for this user's messages.
    Receipts(Vec<Receipt>),
    /// Somebody whose presence was subscribed to has come or gone.
    Presence(Presence),
    /// A group that this user is in, or was in until now, has changed.
    Group(GroupEvent),
    /// This device has few one-time keys left.
    KeysLow(KeysUploadOk),
    /// The devices of this user have changed: these are all of them now.
    Devices(Vec<DeviceSummary>),
    /// Another connection of this device has taken this one's place.
    Displaced,
}

impl Event {
    /// Gives the event's name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Messages(_) => "messages",
            Self::Receipts(_) => "receipts",
            Self::Presence(_) => "presence",
            Self::Group(_) => "group",
            Self::KeysLow(_) => "keys_low",
            Self::Devices(_) => "devices",
            Self::Displaced => "displaced",
        }
    }

    /// Writes the event as the server sends it.
    pub fn to_json(&self) -> String {
        // Text, numbers and lists of them: there is nothing here that JSON could not hold.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut event = serializer.serialize_struct("Event", 6)?;
        event.serialize_field("event", self.name())?;
        match self {
            Self::Messages(messages) => event.serialize_field("messages", messages)?,
            Self::Receipts(receipts) => event.serialize_field("receipts", receipts)?,
            Self::Presence(presence) => {
                event.serialize_field("user_id", &presence.user_id)?;
                event.serialize_field("online", &presence.online)?;
                event.serialize_field("last_seen", &presence.last_seen)?;
            }
            Self::Group(group) => {
                event.serialize_field("group_id", &group.group_id)?;
                event.serialize_field("epoch", &group.epoch)?;
                event.serialize_field("change", &group.change)?;
                event.serialize_field("timestamp", &group.timestamp)?;
                event.serialize_field("ack_token", &group.ack_token)?;
            }
            Self::KeysLow(left) => {
                event.serialize_field("one_time_prekeys", &left.one_time_prekeys)?;
                event.serialize_field("one_time_kem_prekeys", &left.one_time_kem_prekeys)?;
            }
            Self::Devices(devices) => event.serialize_field("devices", devices)?,
            Self::Displaced => {}
        }
        event.end()
    }
}

/// Is a message as it reaches a device: content, routing and ids (protocol §5).
///
/// `group_id` and `seq` are null for a message from one user to another.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Envelope {
    /// Names the message; the recipient knows a repeated one by it.
    pub message_id: MessageId,
    /// Who sent it.
    pub from_user_id: UserId,
    /// The device it was sent from.
    pub from_device_id: DeviceId,
    /// Whom it is for: this device's user.
    pub to_user_id: UserId,
    /// The group it was sent to, if any.
    pub group_id: Option<GroupId>,
    /// Its place among the group's messages, from 1 without gaps, in acceptance order.
    pub seq: Option<u64>,
    /// The opaque content, as the sender made it.
    pub content: String,
    /// When the server took it, ms since the epoch.
    pub timestamp: u64,
    /// Whether it may wake a device by notification.
    pub urgent: bool,
    /// Opaque; hand it back in an `ack`.
    pub ack_token: String,
}

impl fmt::Debug for Envelope {
    /// Prints the routing, and only the size of the content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("message_id", &self.message_id)
            .field("from_user_id", &self.from_user_id)
            .field("from_device_id", &self.from_device_id)
            .field("to_user_id", &self.to_user_id)
            .field("group_id", &self.group_id)
            .field("seq", &self.seq)
            .field("content", &format_args!("{} bytes", self.content.len()))
            .field("timestamp", &self.timestamp)
            .field("urgent", &self.urgent)
            .finish_non_exhaustive()
    }
}

/// Tells the sender how far a message got with a recipient (protocol §5).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Receipt {
    /// The message.
    pub message_id: MessageId,
    /// Who has it, or has seen it.
    pub by_user_id: UserId,
    /// The device that said so.
    pub by_device_id: DeviceId,
    /// The group it was sent to, if any.
    pub group_id: Option<GroupId>,
    /// How far it got.
    pub status: ReceiptStatus,
    /// When the server learnt of it, ms since the epoch.
    pub timestamp: u64,
    /// Present when the receipt was kept in the inbox: hand it back in an `ack`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub ack_token: Option<String>,
}

impl fmt::Debug for Receipt {
    /// Leaves out the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("message_id", &self.message_id)
            .field("by_user_id", &self.by_user_id)
            .field("by_device_id", &self.by_device_id)
            .field("group_id", &self.group_id)
            .field("status", &self.status)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}
