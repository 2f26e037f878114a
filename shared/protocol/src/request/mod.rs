//! What a client asks over the socket: `{"action":"<name>","id":"…", …}` (protocol §2, §4 to §9).

/// Implements [`Request`] for a struct with an `id`.
macro_rules! request {
    ($name:ident, $action:literal) => {
        impl Request for $name {
            const ACTION: &'static str = $action;

            fn id(&self) -> &str {
                self.id.as_str()
            }
        }
    };
}

mod contacts;
mod groups;
mod keys;
mod media;
mod message;
mod people;
mod presence;
mod recipient;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};

use crate::{
    bounded::{Within, list, read_as_object, read_as_word, text, written_as_derived},
    ids::{MessageId, RequestId},
    limits::{
        ACK_TOKEN_CHARS_MAX, ACK_TOKENS_MAX, CURSOR_CHARS_MAX, MESSAGES_PER_FRAME_MAX,
        STATUS_MESSAGES_MAX, SYNC_LIMIT_MAX,
    },
};

pub use contacts::{
    BlocksList, BlocksPut, BlocksRemove, ContactsList, ContactsPut, ContactsRemove, NewContact, Who,
};
pub use groups::{
    GroupsAdd, GroupsCreate, GroupsDemote, GroupsGet, GroupsInvite, GroupsJoin, GroupsLeave,
    GroupsList, GroupsPromote, GroupsRemove, GroupsRevokeInvite, GroupsUpdate,
};
pub use keys::{DevicesLink, DevicesList, DevicesRemove, KeysFetch, KeysUpload};
pub use media::{MediaComplete, MediaDelete, MediaDownload, MediaUpload};
pub use message::{OutgoingMessage, Payload};
pub use people::{PrivacyGet, PrivacySet, ProfileGet, ProfileSet};
pub use presence::{
    PresenceSubscribe, PresenceUnsubscribe, PushKey, PushRegister, PushTarget, PushUnregister,
    WebPushKeys,
};
pub use recipient::Recipient;

/// A request of one action.
pub trait Request: DeserializeOwned + Serialize {
    /// Is the `action` that selects this request.
    const ACTION: &'static str;

    /// Gives the id that the reply echoes.
    fn id(&self) -> &str;

    /// Writes the request as a client sends it, `action` first.
    fn to_json(&self) -> String {
        // Every request is an object with an id, so there is something to put the action before.
        let fields = serde_json::to_string(self).unwrap_or_default();
        let fields = fields.strip_prefix('{').unwrap_or("}");
        format!("{{\"action\":\"{}\",{fields}", Self::ACTION)
    }
}

/// Sends 1 to 32 messages, in order (protocol §4). Answered with [`SendOk`](crate::reply::SendOk).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Send {
    /// The request's id.
    pub id: RequestId,
    /// The messages, 1 to 32.
    #[serde(deserialize_with = "list::<_, _, 1, MESSAGES_PER_FRAME_MAX>")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MESSAGES_PER_FRAME_MAX)))]
    pub messages: Vec<OutgoingMessage>,
}
request!(Send, "send");

impl Send {
    /// Makes the request; the messages must be 1 to 32 to be taken.
    pub fn new(id: RequestId, messages: Vec<OutgoingMessage>) -> Self {
        Self { id, messages }
    }
}

/// Says how far a message got with its recipient (protocol §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ReceiptStatus {
    /// A device has it on disk.
    Delivered,
    /// The person has seen it.
    Read,
}
read_as_word!(ReceiptStatus, "`delivered` or `read`");
written_as_derived!(ReceiptStatus);

/// Acknowledges envelopes and receipts (protocol §5). Answered with [`AckOk`](crate::reply::AckOk).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ack {
    /// The request's id.
    pub id: RequestId,
    /// `delivered`: on disk here, to be deleted there. `read`: seen by the person.
    pub status: ReceiptStatus,
    /// Tokens as they came with what is acknowledged, at most 100, each at most 256 characters.
    #[serde(deserialize_with = "ack_tokens")]
    #[cfg_attr(
        feature = "schema",
        schemars(length(max = ACK_TOKENS_MAX), inner(length(max = ACK_TOKEN_CHARS_MAX)))
    )]
    pub ack_tokens: Vec<String>,
}
request!(Ack, "ack");

impl fmt::Debug for Ack {
    /// Prints how many tokens there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ack")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("ack_tokens", &self.ack_tokens.len())
            .finish()
    }
}

impl Ack {
    /// Makes the request; the tokens must be at most 100 to be taken.
    pub fn new(id: RequestId, status: ReceiptStatus, ack_tokens: Vec<String>) -> Self {
        Self {
            id,
            status,
            ack_tokens,
        }
    }
}

/// Asks for what waits for this device, oldest first (protocol §5). Answered with
/// [`SyncOk`](crate::reply::SyncOk).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sync {
    /// The request's id.
    pub id: RequestId,
    /// Where to go on: a message id or the `next` of an answer, or nothing for the beginning.
    ///
    /// At most 200 characters of `A-Z a-z 0-9 _ ! . : # -`.
    #[serde(default, deserialize_with = "cursor")]
    #[cfg_attr(
        feature = "schema",
        schemars(length(min = 1, max = CURSOR_CHARS_MAX), regex(pattern = "^[A-Za-z0-9_!.:#-]+$"))
    )]
    pub after: Option<String>,
    /// How many items at most: 1 to 100, the default.
    #[serde(default = "sync_limit_default", deserialize_with = "sync_limit")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = SYNC_LIMIT_MAX)))]
    pub limit: u16,
}
request!(Sync, "sync");

impl Sync {
    /// Makes the request for as many items as may be, from `after` or the beginning on.
    pub fn new(id: RequestId, after: Option<String>) -> Self {
        Self {
            id,
            after,
            limit: SYNC_LIMIT_MAX,
        }
    }
}

/// Asks how far own messages got (protocol §5). Answered with
/// [`StatusOk`](crate::reply::StatusOk).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Status {
    /// The request's id.
    pub id: RequestId,
    /// The messages asked for, at most 100.
    #[serde(deserialize_with = "list::<_, _, 0, STATUS_MESSAGES_MAX>")]
    #[cfg_attr(feature = "schema", schemars(length(max = STATUS_MESSAGES_MAX)))]
    pub messages: Vec<StatusQuery>,
}
request!(Status, "status");

impl Status {
    /// Makes the request; the messages must be at most 100 to be taken.
    pub fn new(id: RequestId, messages: Vec<StatusQuery>) -> Self {
        Self { id, messages }
    }
}

/// Names an own message and whom it went to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatusQuery {
    /// The message.
    pub message_id: MessageId,
    /// Whom it was sent to.
    pub to: Recipient,
}

/// Asks whether anybody is there (protocol §2). Answered with [`Empty`](crate::reply::Empty).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ping {
    /// The request's id.
    pub id: RequestId,
}
request!(Ping, "ping");

impl Ping {
    /// Makes the request.
    pub fn new(id: RequestId) -> Self {
        Self { id }
    }
}

read_as_object!(Send, Ack, Sync, Status, StatusQuery, Ping);
written_as_derived!(Send, Ack, Sync, Status, StatusQuery, Ping);

fn sync_limit_default() -> u16 {
    SYNC_LIMIT_MAX
}

fn sync_limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    type Limit = Within<u16, 1, { SYNC_LIMIT_MAX as u64 }>;
    Ok(Option::<Limit>::deserialize(deserializer)?.map_or(SYNC_LIMIT_MAX, |limit| limit.0))
}

fn cursor<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<Cursor>::deserialize(deserializer)?.map(|cursor| cursor.0))
}

struct Cursor(String);

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a message id, the next of an answer (at most 200 characters) or null";
        text(deserializer, expected, is_cursor).map(Self)
    }
}

fn is_cursor(text: &str) -> bool {
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || b"_!.:#-".contains(&byte);
    (1..=CURSOR_CHARS_MAX).contains(&text.len()) && text.bytes().all(alphabet)
}

fn ack_tokens<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let tokens = list::<_, AckToken, 0, ACK_TOKENS_MAX>(deserializer)?;
    Ok(tokens.into_iter().map(|token| token.0).collect())
}

struct AckToken(String);

impl<'de> Deserialize<'de> for AckToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "an ack token of at most 256 characters";
        text(deserializer, expected, |text| {
            text.len() <= ACK_TOKEN_CHARS_MAX
        })
        .map(Self)
    }
}
