//! The sending side.

use super::{DISTRIBUTION, GroupEncryptError};
use crate::e2ee::plaintext;
use crate::e2ee::wire::{Ciphertext, GroupMessage, SenderKeyId};
use crate::e2ee::{Context, Recipient};
use heliograph_protocol::GroupId;
use serde::{Deserialize, Serialize};
use std::fmt;
use vodozemac::megolm::{GroupSession, GroupSessionPickle, SessionConfig};
use zeroize::Zeroizing;

/// Is how many messages are encrypted under one key.
pub const ROTATED_AFTER_MESSAGES: u32 = 100;

/// Is how long a key is used, in ms: a week.
pub const ROTATED_AFTER_MS: u64 = 7 * 86_400_000;

/// Encrypts what this device says in a group.
pub struct SenderKey {
    group: GroupId,
    created_at_ms: u64,
    id: SenderKeyId,
    ratchet: GroupSession,
}

/// Is a [`SenderKey`] to be stored: all its secrets, so only where everything is encrypted.
#[derive(Serialize, Deserialize)]
pub struct SenderKeyPickle {
    group: GroupId,
    created_at_ms: u64,
    id: SenderKeyId,
    ratchet: GroupSessionPickle,
}

/// Is what was encrypted, and the key that has stepped by it.
#[derive(Debug)]
pub struct GroupEncrypted {
    /// To be stored in place of the one before, before a byte leaves.
    pub sender_key: SenderKey,
    /// What is sent.
    pub ciphertext: Ciphertext,
}

impl SenderKey {
    /// Draws a key for a group.
    pub fn draw(group: GroupId, now_ms: u64) -> Self {
        let ratchet = GroupSession::new(SessionConfig::version_1());
        Self {
            group,
            created_at_ms: now_ms,
            id: SenderKeyId::of(&ratchet.session_key()),
            ratchet,
        }
    }

    /// Names the key among those of this device.
    pub fn id(&self) -> SenderKeyId {
        self.id
    }

    /// Counts the messages that were encrypted under it.
    pub fn messages(&self) -> u32 {
        self.ratchet.message_index()
    }

    /// Decides whether the next message needs a new key: after [`ROTATED_AFTER_MESSAGES`] or
    /// [`ROTATED_AFTER_MS`], or where the clock was wrong by more than that when it was drawn.
    pub fn needs_rotation(&self, now_ms: u64) -> bool {
        self.messages() >= ROTATED_AFTER_MESSAGES
            || now_ms.abs_diff(self.created_at_ms) >= ROTATED_AFTER_MS
    }

    /// Makes what the devices of the members get, each through its session: a byte of version, the group
    /// and a zero byte, Megolm's session key. Who gets it reads what is encrypted from now on.
    pub fn distribution(&self) -> Zeroizing<Vec<u8>> {
        let key = Zeroizing::new(self.ratchet.session_key().to_bytes());
        let group = self.group.as_str().as_bytes();
        Zeroizing::new([&[DISTRIBUTION], group, &[0], &key].concat())
    }

    /// Encrypts content for the group.
    ///
    /// # Errors
    /// [`GroupEncryptError`].
    pub fn encrypt(
        &self,
        content: &[u8],
        context: &Context,
    ) -> Result<GroupEncrypted, GroupEncryptError> {
        if !matches!(&context.to, Recipient::Group(group) if *group == self.group) {
            return Err(GroupEncryptError::OtherGroup);
        }
        let plain = plaintext::write(content, context)?;
        let mut sender_key = Self::from_pickle(self.pickle());
        let message = sender_key.ratchet.encrypt(&*plain);
        Ok(GroupEncrypted {
            sender_key,
            ciphertext: Ciphertext::Group(GroupMessage::new(self.id, message)),
        })
    }

    /// Makes a copy to be stored.
    pub fn pickle(&self) -> SenderKeyPickle {
        SenderKeyPickle {
            group: self.group.clone(),
            created_at_ms: self.created_at_ms,
            id: self.id,
            ratchet: self.ratchet.pickle(),
        }
    }

    /// Makes the key that was stored.
    pub fn from_pickle(pickle: SenderKeyPickle) -> Self {
        Self {
            group: pickle.group,
            created_at_ms: pickle.created_at_ms,
            id: pickle.id,
            ratchet: GroupSession::from_pickle(pickle.ratchet),
        }
    }
}

impl fmt::Debug for SenderKey {
    /// Hides the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SenderKey")
            .field("id", &self.id)
            .field("created_at_ms", &self.created_at_ms)
            .field("messages", &self.messages())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SenderKeyPickle {
    /// Hides the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SenderKeyPickle")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
