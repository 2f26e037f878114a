//! Sending a message.

use crate::client::Client;
use crate::encryption::{Fresh, MAX_PAYLOAD_BYTES, encrypt};
use crate::endpoint::Endpoint;
use crate::error::{SendError, SendErrorKind};
use crate::hosts::Hosts;
use crate::subscription::Subscription;
use crate::vapid::Vapid;
use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use std::error::Error;

/// The longest topic, in characters
/// ([RFC 8030, section 5.4](https://www.rfc-editor.org/rfc/rfc8030#section-5.4)).
const MAX_TOPIC_CHARS: usize = 32;

/// What a push service is told about a message besides whom it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options<'a> {
    /// For how long it is kept while the browser is away, in seconds; at 0 it comes now or never.
    pub ttl_s: u32,
    /// What it may cost the device.
    pub urgency: Urgency,
    /// Replaces the message of the same topic that the browser has not got yet; 1 to 32 characters
    /// of base64url. The push service can read it.
    pub topic: Option<&'a str>,
}

/// What a message may cost the device
/// ([RFC 8030, section 5.3](https://www.rfc-editor.org/rfc/rfc8030#section-5.3)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Wakes a device whose battery is low: a call, a message.
    High,
    /// Waits until a device has power or network.
    Normal,
}

/// Sends to the subscriptions of browsers.
#[derive(Debug)]
pub struct WebPush {
    hosts: Hosts,
    client: Client,
}

impl WebPush {
    /// Makes a sender to some push services; it costs nothing before it sends.
    pub fn new(hosts: Hosts) -> Self {
        Self {
            hosts,
            client: Client::default(),
        }
    }

    /// The push services that are sent to.
    pub fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// Encrypts a payload of up to [`MAX_PAYLOAD_BYTES`] and posts it once, within 5 seconds.
    ///
    /// An `Ok` means that the push service took it, not that the browser has it. The payload's
    /// length is not hidden from the push service. `now_ms` is the time since the epoch.
    ///
    /// # Errors
    /// `Gone` when there is no such subscription any more; `Refused` when the push service does not
    /// take the message or the key, or, without asking it, when it is not among the hosts, the
    /// payload too long or the topic not a topic; `Throttled` when it takes no more for now;
    /// `Unavailable` when there was no answer or one of a fault: it may have been sent.
    pub async fn send(
        &self,
        vapid: &Vapid,
        to: &Subscription,
        payload: &[u8],
        options: Options<'_>,
        now_ms: u64,
    ) -> Result<(), SendError> {
        let endpoint = self.hosts.admit(to.endpoint());
        let endpoint = endpoint.ok_or_else(|| refused("host is not permitted"))?;
        if payload.len() > MAX_PAYLOAD_BYTES {
            return Err(refused("payload is too long"));
        }
        if !options.topic.is_none_or(is_topic) {
            return Err(refused("topic is not 1 to 32 characters of base64url"));
        }
        let fresh =
            Fresh::draw().map_err(|error| SendError::because(SendErrorKind::Unavailable, error))?;
        let body = encrypt(to, payload, fresh).map_err(refused)?;
        let token = vapid.authorization(&endpoint, now_ms).map_err(refused)?;
        let request = request(&endpoint, &token, body, options).map_err(refused)?;
        self.client.post(request).await
    }
}

fn request(
    endpoint: &Endpoint,
    authorization: &str,
    body: Vec<u8>,
    options: Options<'_>,
) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
    let urgency = match options.urgency {
        Urgency::High => "high",
        Urgency::Normal => "normal",
    };
    let mut request = Request::post(endpoint.uri.clone())
        .header(AUTHORIZATION, authorization)
        .header(CONTENT_ENCODING, "aes128gcm")
        .header(CONTENT_TYPE, "application/octet-stream")
        .header("ttl", options.ttl_s)
        .header("urgency", urgency);
    if let Some(topic) = options.topic {
        request = request.header("topic", topic);
    }
    request.body(Full::from(body))
}

fn is_topic(topic: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=MAX_TOPIC_CHARS).contains(&topic.len()) && topic.bytes().all(inside)
}

fn refused(why: impl Into<Box<dyn Error + Send + Sync>>) -> SendError {
    SendError::because(SendErrorKind::Refused, why)
}
