//! End-to-end encryption: values in, values out; no sockets, no store, no clock.
//!
//! * [`Identity`]: who a device is; [`SafetyNumber`], [`IdentityState`]: whether somebody is who they
//!   were
//! * [`prekeys`]: what others begin sessions with while a device is away
//! * [`pqxdh`], [`session`]: what two devices say to each other
//! * [`group`]: one ciphertext for all of a group
//! * [`Ciphertext`]: how any of it looks on the wire
//!
//! Each live thing has a `…Pickle` that is stored in its place; whatever steps gives the stepped thing
//! beside its result, so that both are stored in one transaction (`docs/adr/0013-the-client.md`).
//! Whatever is encrypted is bound to its [`Context`] and padded to classes of lengths.

mod agreement;
mod context;
mod identity;
mod kdf;
mod kem;
mod link;
mod padding;
mod plaintext;
mod safety;
mod secret;
#[cfg(test)]
mod tests;
mod trust;
mod wire;

pub mod group;
pub mod pqxdh;
pub mod prekeys;
pub mod session;

pub use crate::random::NoRandomness;
pub use agreement::LowOrder;
pub use context::{Context, Recipient};
pub use identity::{Identity, IdentityPickle, registration_id};
pub use kdf::KeyNotDerived;
pub use kem::InvalidKemKey;
pub use link::{InvalidLinkSecret, LinkSecret};
pub use padding::PLAIN_BYTES_MAX;
pub use plaintext::{ContentTooLong, RefusedPlaintext};
pub use safety::{NoDevice, QR_BYTES, SafetyNumber, ScanError};
pub use session::{Session, SessionId};
pub use trust::{IdentityState, KeyChange, Trust};
pub use wire::{
    Ciphertext, FirstHeader, FirstMessage, GroupMessage, InvalidCiphertext, InvalidHeader,
    SenderKeyId, SessionMessage,
};

/// Tells how long content may be whose ciphertext is to have so many bytes at most, be it the first of a session.
pub(crate) const fn plain_bytes_within(ciphertext_bytes: usize) -> usize {
    let around = wire::FIRST_AROUND_BYTES_MAX + plaintext::HEAD_BYTES;
    padding::class_within(ciphertext_bytes - around) - 1
}
