//! Web Push: wakes a browser whose pages are closed.
//!
//! A browser subscribes with the push service of its vendor and hands out the service's URL with two
//! keys ([`Subscription`]). A message is posted to that URL ([RFC 8030]), encrypted so that only the
//! browser reads it ([RFC 8291], on [RFC 8188]) and signed with the key that the browser subscribed
//! for ([`Vapid`], [RFC 8292]). [`Hosts`] says whose URLs are posted to: they come from outside.
//!
//! Nothing here reads the clock or a configuration, or keeps what it sent.
//!
//! [RFC 8030]: https://www.rfc-editor.org/rfc/rfc8030
//! [RFC 8188]: https://www.rfc-editor.org/rfc/rfc8188
//! [RFC 8291]: https://www.rfc-editor.org/rfc/rfc8291
//! [RFC 8292]: https://www.rfc-editor.org/rfc/rfc8292
#![deny(missing_docs)]

mod base64url;
mod client;
mod encryption;
mod endpoint;
mod error;
mod hosts;
mod notifier;
mod push;
mod subscription;
#[cfg(feature = "testing")]
pub mod testing;
mod vapid;

pub use encryption::MAX_PAYLOAD_BYTES;
pub use error::{SendError, SendErrorKind};
pub use hosts::{HostError, Hosts};
pub use notifier::WebPushNotifier;
pub use push::{Options, Urgency, WebPush};
pub use subscription::{Subscription, SubscriptionError};
pub use vapid::{Vapid, VapidError};
