//! Sessions: what two devices say to each other.
//!
//! A [Double Ratchet] (vodozemac's Olm) that [PQXDH](super::pqxdh) begins. Nothing here changes a
//! session in place: whatever steps it gives the stepped one beside what was encrypted or decrypted,
//! to be stored in one transaction; of a failure nothing is left. Encrypting and decrypting with a
//! session that has been stepped would send two messages under one key, or refuse what is new: the
//! stored one is always the newest.
//!
//! # What gets lost, and what comes twice
//! A session keeps the keys of messages that were passed over: the 40 nearest of a chain, of the 5
//! newest chains; a gap of more than 2,000 messages in a chain is refused (vodozemac 0.11,
//! `MAX_MESSAGE_KEYS`, `MAX_RECEIVING_CHAINS`, `MAX_MESSAGE_GAP`). A key that was used is gone, so a
//! message is decrypted once.
//!
//! A first message that comes again names its session ([`SessionId`]) and is refused there. Only one
//! that used no one-time key would begin its session anew, once that has been forgotten: what it says
//! is known by its message's id.
//!
//! # Two first messages at once
//! When both sides begin, there are two sessions, and each works in both directions: both are kept,
//! and the one that has received last is used to send.
//!
//! ```
//! use heliograph_client::e2ee::pqxdh::PrekeySecrets;
//! use heliograph_client::e2ee::prekeys::{KemPrekeySecret, KemUse, KeyIds, SignedPrekeySecret};
//! use heliograph_client::DeviceAddress;
//! use heliograph_client::e2ee::{Ciphertext, Context, Identity, Recipient, Session};
//! use heliograph_protocol::{DeviceId, MessageId, keys::PrekeyBundle};
//!
//! // Bob's device, and what the server hands out of it.
//! let (bob, mut ids, now_ms) = (Identity::draw()?, KeyIds::default(), 1_800_000_000_000);
//! let signed = SignedPrekeySecret::draw(&mut ids)?;
//! let kem = KemPrekeySecret::draw(&mut ids, KemUse::LastResort)?;
//! let bundle = PrekeyBundle {
//!     device_id: DeviceId::PRIMARY,
//!     registration_id: 1,
//!     identity_key: bob.public().clone(),
//!     signed_prekey: signed.public(&bob),
//!     one_time_prekey: None,
//!     kem_prekey: kem.public(&bob),
//! };
//!
//! // Alice begins.
//! let alice = Identity::draw()?;
//! let device = |user: &str| user.parse().map(|user_id| DeviceAddress {
//!     user_id,
//!     device_id: DeviceId::PRIMARY,
//! });
//! let context = Context {
//!     from: device("alice")?,
//!     to: Recipient::Device(device("bob")?),
//!     message_id: MessageId::new(now_ms, &[7; 10]),
//! };
//! let begun = Session::initiate(&alice, &bundle)?.encrypt(b"hello", &context)?;
//! let sent = begun.ciphertext.to_string();
//!
//! // Bob joins, and stores session, content and the end of one-time keys together.
//! let Ciphertext::First(first) = sent.parse()? else { panic!("no first message") };
//! let secrets = PrekeySecrets { signed: &signed, one_time: None, kem: &kem };
//! let joined = Session::respond(&bob, secrets, &first, &context)?;
//! assert_eq!(joined.content, b"hello");
//! assert_eq!(joined.session.peer(), alice.public());
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! [Double Ratchet]: https://signal.org/docs/specifications/doubleratchet/

mod error;
mod id;
mod live;
mod pickle;
#[cfg(test)]
mod tests;

pub use error::{DecryptError, EncryptError, RespondError};
pub use id::SessionId;
pub use live::{Decrypted, Encrypted, Responded, Session, UsedPrekeys};
pub use pickle::SessionPickle;
