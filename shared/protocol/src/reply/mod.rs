//! What the server answers to a request: `{"event":"reply","id":"…","ok"|"error":{…}}`
//! (protocol §2).

mod groups;
mod keys;
mod media;
mod people;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::{
    bounded::unexpected,
    error::ErrorBody,
    event::{Envelope, Receipt},
    groups::GroupEvent,
    ids::{MessageId, UserId},
};

pub use groups::{GroupsAddOk, GroupsCreateOk, GroupsInviteOk, GroupsListOk, GroupsOk};
pub use keys::{DeviceSummary, DevicesLinkOk, DevicesListOk, KeysFetchOk, KeysUploadOk};
pub use media::{MediaCompleteOk, MediaDownloadOk, MediaUploadOk};
pub use people::{
    BlocksListOk, ContactsListOk, ContactsPutOk, PresenceSubscribeOk, ProfileGetOk, PushKeyOk,
};

/// Writes the reply to a request that went well.
pub fn ok<T: Serialize>(id: &str, ok: &T) -> String {
    #[derive(Serialize)]
    struct Ok<'a, T> {
        event: &'static str,
        id: &'a str,
        ok: &'a T,
    }
    serde_json::to_string(&Ok {
        event: "reply",
        id,
        ok,
    })
    .unwrap_or_else(|_| error(Some(id), &ErrorBody::internal()))
}

/// Writes the reply to a request that failed, or whose id could not even be read.
pub fn error(id: Option<&str>, error: &ErrorBody) -> String {
    #[derive(Serialize)]
    struct Failed<'a> {
        event: &'static str,
        id: Option<&'a str>,
        error: &'a ErrorBody,
    }
    // Text and numbers only: there is nothing here that JSON could not hold.
    serde_json::to_string(&Failed {
        event: "reply",
        id,
        error,
    })
    .unwrap_or_default()
}

/// Answers `ping` and whatever else has nothing to say: `{}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Empty {}

/// Answers `send` (protocol §4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SendOk {
    /// What became of each message, in the order of the request.
    pub results: Vec<SendResult>,
}

/// Says what became of a message that was sent.
///
/// `{"message_id","status":"accepted","timestamp","seq"?}` or
/// `{"message_id","status":"refused","error":{…}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SendResult {
    /// The message.
    pub message_id: MessageId,
    /// What became of it.
    #[cfg_attr(feature = "schema", schemars(flatten))]
    pub outcome: SendOutcome,
}

/// Says whether a message was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(tag = "status", rename_all = "snake_case")
)]
pub enum SendOutcome {
    /// It is stored durably for every recipient device, or queued durably for a group.
    Accepted {
        /// The server's time for the message, ms since the epoch.
        timestamp: u64,
        /// In a group: its place among the group's messages, from 1 without gaps.
        #[cfg_attr(
            feature = "schema",
            schemars(skip_serializing_if = "Option::is_none", with = "u64")
        )]
        seq: Option<u64>,
    },
    /// Nothing was stored.
    Refused {
        /// Why.
        error: ErrorBody,
    },
}

impl SendResult {
    /// Makes the result of a message that was taken at `timestamp`.
    pub fn accepted(message_id: MessageId, timestamp: u64) -> Self {
        Self {
            message_id,
            outcome: SendOutcome::Accepted {
                timestamp,
                seq: None,
            },
        }
    }

    /// Makes the result of a message that was taken for a group.
    pub fn accepted_in_group(message_id: MessageId, timestamp: u64, seq: u64) -> Self {
        Self {
            message_id,
            outcome: SendOutcome::Accepted {
                timestamp,
                seq: Some(seq),
            },
        }
    }

    /// Makes the result of a message that was not taken.
    pub fn refused(message_id: MessageId, error: ErrorBody) -> Self {
        Self {
            message_id,
            outcome: SendOutcome::Refused { error },
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SendStatus {
    Accepted,
    Refused,
}

/// A [`SendResult`] as it is on the wire.
#[derive(Serialize, Deserialize)]
struct SendResultWire<E> {
    message_id: MessageId,
    status: SendStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<E>,
}

impl Serialize for SendResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (status, timestamp, seq, error) = match &self.outcome {
            SendOutcome::Accepted { timestamp, seq } => {
                (SendStatus::Accepted, Some(*timestamp), *seq, None)
            }
            SendOutcome::Refused { error } => (SendStatus::Refused, None, None, Some(error)),
        };
        SendResultWire {
            message_id: self.message_id,
            status,
            timestamp,
            seq,
            error,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SendResult {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = SendResultWire::<ErrorBody>::deserialize(deserializer)?;
        let outcome = match (wire.status, wire.timestamp, wire.error) {
            (SendStatus::Accepted, Some(timestamp), _) => SendOutcome::Accepted {
                timestamp,
                seq: wire.seq,
            },
            (SendStatus::Accepted, None, _) => return Err(D::Error::missing_field("timestamp")),
            (SendStatus::Refused, _, Some(error)) => SendOutcome::Refused { error },
            (SendStatus::Refused, _, None) => return Err(unexpected(&"an error when refused")),
        };
        Ok(Self {
            message_id: wire.message_id,
            outcome,
        })
    }
}

/// Answers `ack` (protocol §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AckOk {
    /// How many tokens were taken.
    pub acked: u32,
}

/// Answers `sync`: what waits for this device, oldest first (protocol §5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SyncOk {
    /// Envelopes, oldest first.
    pub messages: Vec<Envelope>,
    /// Receipts, oldest first.
    pub receipts: Vec<Receipt>,
    /// Changes of groups, oldest first.
    #[serde(default)]
    pub group_events: Vec<GroupEvent>,
    /// Whether there is more to ask for, after `next`.
    pub more: bool,
    /// Where to go on, or null when nothing was found.
    pub next: Option<String>,
}

/// Answers `status` (protocol §5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatusOk {
    /// How far each message got, in the order of the request.
    pub statuses: Vec<MessageStatus>,
}

/// Says how far a message got, by recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MessageStatus {
    /// The message.
    pub message_id: MessageId,
    /// How far it got with all of them together.
    pub status: DeliveryStatus,
    /// Who has it on a device.
    pub delivered: Vec<UserId>,
    /// Who has seen it, where both sides' privacy settings allow to know.
    pub read: Vec<UserId>,
    /// Who has it on no device yet.
    pub waiting: Vec<UserId>,
}

/// Says how far a message got with all its recipients together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum DeliveryStatus {
    /// It waits for some recipient.
    Waiting,
    /// Every recipient has it.
    Delivered,
    /// There is no trace of it: never sent, not by the caller, or over long ago.
    Unknown,
}
