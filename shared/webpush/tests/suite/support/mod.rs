//! What the tests share.

mod socket;

pub(crate) use heliograph_webpush::testing::{Browser, Push, Service};
pub(crate) use socket::Socket;

use heliograph_webpush::{Hosts, Options, SendError, Subscription, Urgency, Vapid, WebPush};
use std::error::Error;
use std::net::SocketAddr;

/// When everything here is sent: the last millisecond of a second.
pub(crate) const NOW_MS: u64 = 1_800_000_000_999;

/// The part of every endpoint here that nobody else may learn.
pub(crate) const PATH: &str = "/wpush/v2/gAAAAABsecretpath";

/// Whom push services may write to.
pub(crate) const SUBJECT: &str = "mailto:push@heliograph.example";

/// What is sent where it does not matter what.
pub(crate) const PAYLOAD: &[u8] = b"a payload of alice";

/// What is sent with where it does not matter with what.
pub(crate) const OPTIONS: Options<'_> = Options {
    ttl_s: 60,
    urgency: Urgency::High,
    topic: None,
};

/// The sender's key.
pub(crate) fn vapid() -> Vapid {
    Vapid::from_seed(&[7; 32], SUBJECT).unwrap()
}

/// A sender that may also send to an address of this machine.
pub(crate) fn sender(scheme: &str, address: SocketAddr) -> WebPush {
    WebPush::new(Hosts::known().and(&format!("{scheme}{address}")).unwrap())
}

/// Sends a payload to a service on this machine over http.
pub(crate) async fn send_to(address: SocketAddr) -> Result<(), SendError> {
    let to = Browser::new().subscription(&format!("http://{address}{PATH}"));
    send(&sender("http://", address), &to).await
}

/// Sends a payload to a subscription.
pub(crate) async fn send(sender: &WebPush, to: &Subscription) -> Result<(), SendError> {
    sender.send(&vapid(), to, PAYLOAD, OPTIONS, NOW_MS).await
}

/// All that an error says, after it was checked not to tell what it must not.
pub(crate) fn text(error: &SendError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    for said in [&text, &format!("{error:?}")] {
        for secret in ["secretpath", "127.0.0.1", "alice"] {
            assert!(!said.contains(secret), "{said}");
        }
    }
    text
}
