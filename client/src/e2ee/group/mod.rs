//! Sender keys: one ciphertext for all of a group.
//!
//! A [`SenderKey`] is a Megolm session of the sending device, for one group. Its [distribution] goes
//! through the sessions with each device of each member, so whoever reads one knows which device it is
//! from; each message is signed with an Ed25519 key that belongs to the sender key alone, so a member
//! who has the key cannot write in the sender's name.
//!
//! What is encrypted after somebody has left needs a new sender key, and after 100 messages or a week
//! there is one anyway ([`needs_rotation`](SenderKey::needs_rotation)): Megolm's ratchet goes forward
//! only, so who gets hold of a key reads what follows under it.
//!
//! MACs are truncated to 8 bytes, as in Matrix: the signature covers the whole message, and libolm can
//! check what is made here.
//!
//! # What comes twice
//! Megolm decrypts a message as often as it comes. [`GroupDecrypted::seen`] names the message; it is to
//! be stored with the content, and a second of that name is a repetition.
//!
//! [distribution]: SenderKey::distribution

mod error;
mod receiver;
mod sender;
#[cfg(test)]
mod tests;

pub use error::{DistributionError, GroupDecryptError, GroupEncryptError};
pub use receiver::{GroupDecrypted, Seen, SenderKeyReceiver, SenderKeyReceiverPickle};
pub use sender::{
    GroupEncrypted, ROTATED_AFTER_MESSAGES, ROTATED_AFTER_MS, SenderKey, SenderKeyPickle,
};

/// Is the version of a distribution.
const DISTRIBUTION: u8 = 1;
