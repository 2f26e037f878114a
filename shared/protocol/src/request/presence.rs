//! Presence and notifications (protocol §7).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use super::Request;
use crate::{
    bounded::{list, object, read_as_object, read_as_word, text, unexpected, written_as_derived},
    ids::{RequestId, UserId},
    limits::{PRESENCE_MAX, PUSH_ENDPOINT_CHARS_MAX, PUSH_TOKEN_CHARS_MAX},
};

/// Asks how people are, and to be told of each change while this connection lasts. Answered with
/// [`PresenceSubscribeOk`](crate::reply::PresenceSubscribeOk).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PresenceSubscribe {
    /// The request's id.
    pub id: RequestId,
    /// The people, 1 to 256.
    #[serde(deserialize_with = "list::<_, _, 1, PRESENCE_MAX>")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = PRESENCE_MAX)))]
    pub user_ids: Vec<UserId>,
}
request!(PresenceSubscribe, "presence.subscribe");

/// Asks not to be told of people's presence any more. Answered with
/// [`Empty`](crate::reply::Empty).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PresenceUnsubscribe {
    /// The request's id.
    pub id: RequestId,
    /// The people, 1 to 256.
    #[serde(deserialize_with = "list::<_, _, 1, PRESENCE_MAX>")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = PRESENCE_MAX)))]
    pub user_ids: Vec<UserId>,
}
request!(PresenceUnsubscribe, "presence.unsubscribe");

/// Asks to wake this device by notification when something urgent waits. Answered with
/// [`Empty`](crate::reply::Empty).
///
/// `{"kind":"web","endpoint","keys":{"p256dh","auth"}}`, as a browser's `PushSubscription` has them,
/// or `{"kind":"apns"|"fcm","token"}`. A device has one: a new one replaces the old.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PushRegister {
    /// The request's id.
    pub id: RequestId,
    /// How the device is reached.
    #[serde(flatten)]
    pub target: PushTarget,
}
request!(PushRegister, "push.register");

/// Says how a device is woken.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum PushTarget {
    /// By Web Push ([RFC 8030](https://www.rfc-editor.org/rfc/rfc8030)).
    Web {
        /// Where to post; the address is a capability, at most 1024 characters.
        #[cfg_attr(feature = "schema", schemars(length(min = 1, max = PUSH_ENDPOINT_CHARS_MAX)))]
        endpoint: String,
        /// What to encrypt with.
        keys: WebPushKeys,
    },
    /// By Apple's service.
    Apns {
        /// The device's token.
        #[cfg_attr(feature = "schema", schemars(length(min = 1, max = PUSH_TOKEN_CHARS_MAX)))]
        token: String,
    },
    /// By Google's service.
    Fcm {
        /// The installation's token.
        #[cfg_attr(feature = "schema", schemars(length(min = 1, max = PUSH_TOKEN_CHARS_MAX)))]
        token: String,
    },
}

/// Holds what a Web Push message is encrypted with, base64url
/// ([RFC 8291](https://www.rfc-editor.org/rfc/rfc8291)).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WebPushKeys {
    /// The client's P-256 public key: 65 bytes.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = PUSH_TOKEN_CHARS_MAX)))]
    pub p256dh: String,
    /// The client's secret: 16 bytes.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = PUSH_TOKEN_CHARS_MAX)))]
    pub auth: String,
}

impl fmt::Debug for PushTarget {
    /// Says the kind only: whoever knows the rest can wake the device.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Web { .. } => "Web(…)",
            Self::Apns { .. } => "Apns(…)",
            Self::Fcm { .. } => "Fcm(…)",
        })
    }
}

impl fmt::Debug for WebPushKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebPushKeys(…)")
    }
}

/// A [`PushRegister`] as it is read.
#[derive(Deserialize)]
#[serde(remote = "Self")]
struct PushRegisterIn {
    id: RequestId,
    kind: Kind,
    endpoint: Option<Endpoint>,
    keys: Option<KeysIn>,
    token: Option<Token>,
}

/// The [`WebPushKeys`] as they are read.
#[derive(Deserialize)]
#[serde(remote = "Self")]
struct KeysIn {
    p256dh: Token,
    auth: Token,
}

read_as_object!(PushRegisterIn, KeysIn);

#[derive(Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
enum Kind {
    Web,
    Apns,
    Fcm,
}
read_as_word!(Kind, "one of `web`, `apns`, `fcm`");

impl<'de> Deserialize<'de> for PushRegister {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire: PushRegisterIn = object(deserializer)?;
        let target = match (wire.kind, wire.endpoint, wire.keys, wire.token) {
            (Kind::Web, Some(Endpoint(endpoint)), Some(keys), None) => PushTarget::Web {
                endpoint,
                keys: WebPushKeys {
                    p256dh: keys.p256dh.0,
                    auth: keys.auth.0,
                },
            },
            (Kind::Apns, None, None, Some(Token(token))) => PushTarget::Apns { token },
            (Kind::Fcm, None, None, Some(Token(token))) => PushTarget::Fcm { token },
            _ => {
                return Err(unexpected(
                    &"endpoint and keys for kind web, token for apns and fcm",
                ));
            }
        };
        Ok(Self {
            id: wire.id,
            target,
        })
    }
}

struct Endpoint(String);

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "an address of 1 to 1024 characters of printable ASCII";
        text(deserializer, expected, |text| {
            (1..=PUSH_ENDPOINT_CHARS_MAX).contains(&text.len()) && is_printable(text)
        })
        .map(Self)
    }
}

struct Token(String);

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "1 to 512 characters of printable ASCII";
        text(deserializer, expected, |text| {
            (1..=PUSH_TOKEN_CHARS_MAX).contains(&text.len()) && is_printable(text)
        })
        .map(Self)
    }
}

fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Asks not to be woken any more. Answered with [`Empty`](crate::reply::Empty).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PushUnregister {
    /// The request's id.
    pub id: RequestId,
}
request!(PushUnregister, "push.unregister");

/// Asks for the key that a browser's `pushManager.subscribe` wants as `applicationServerKey`.
/// Answered with [`PushKeyOk`](crate::reply::PushKeyOk).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PushKey {
    /// The request's id.
    pub id: RequestId,
}
request!(PushKey, "push.key");

read_as_object!(
    PresenceSubscribe,
    PresenceUnsubscribe,
    PushUnregister,
    PushKey
);
written_as_derived!(
    PresenceSubscribe,
    PresenceUnsubscribe,
    PushRegister,
    PushUnregister,
    PushKey
);
