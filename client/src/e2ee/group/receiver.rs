//! The receiving side.

use super::{DISTRIBUTION, DistributionError, GroupDecryptError};
use crate::DeviceAddress;
use crate::e2ee::plaintext;
use crate::e2ee::wire::{GroupMessage, SenderKeyId};
use crate::e2ee::{Context, Recipient};
use heliograph_protocol::GroupId;
use heliograph_protocol::keys::IdentityKey;
use serde::{Deserialize, Serialize};
use std::fmt;
use vodozemac::megolm::{
    InboundGroupSession, InboundGroupSessionPickle, SessionConfig, SessionKey,
};
use zeroize::Zeroizing;

/// Is the length of Megolm's session key in bytes: version, index, ratchet, public key, signature.
const SESSION_KEY_BYTES: usize = 1 + 4 + 128 + 32 + 64;

/// Decrypts what another device says in a group.
pub struct SenderKeyReceiver {
    from: DeviceAddress,
    identity: IdentityKey,
    group: GroupId,
    id: SenderKeyId,
    ratchet: InboundGroupSession,
}

/// Is a [`SenderKeyReceiver`] to be stored: all its secrets, so only where everything is encrypted.
#[derive(Serialize, Deserialize)]
pub struct SenderKeyReceiverPickle {
    from: DeviceAddress,
    identity: IdentityKey,
    group: GroupId,
    id: SenderKeyId,
    ratchet: InboundGroupSessionPickle,
}

/// Is what was decrypted, and its name.
pub struct GroupDecrypted {
    /// What was sent.
    pub content: Vec<u8>,
    /// To be stored with what the content says; a message whose name is stored is a repetition.
    pub seen: Seen,
}

/// Names a message under a sender key, for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Seen {
    /// The sender key.
    pub sender_key: SenderKeyId,
    /// The number of the message under it, from 0.
    pub index: u32,
}

impl SenderKeyReceiver {
    /// Takes a distribution that has come from a device, through a session whose peer has that identity
    /// ([`Session::peer`](crate::e2ee::Session::peer)).
    ///
    /// # Errors
    /// [`DistributionError`].
    pub fn accept(
        distribution: &[u8],
        from: DeviceAddress,
        identity: IdentityKey,
    ) -> Result<Self, DistributionError> {
        let malformed = DistributionError::Malformed;
        let (version, rest) = distribution.split_first().ok_or(malformed)?;
        if *version != DISTRIBUTION {
            return Err(DistributionError::Version(*version));
        }
        let (group, key) = rest
            .split_last_chunk::<SESSION_KEY_BYTES>()
            .ok_or(malformed)?;
        let key = SessionKey::from_bytes(key).map_err(|_| malformed)?;
        Ok(Self {
            from,
            identity,
            group: group_id(group).ok_or(malformed)?,
            id: SenderKeyId::of(&key),
            ratchet: InboundGroupSession::new(&key, SessionConfig::version_1()),
        })
    }

    /// Names the key among those of its device.
    pub fn id(&self) -> SenderKeyId {
        self.id
    }

    /// Tells whose key it is.
    pub fn from(&self) -> &DeviceAddress {
        &self.from
    }

    /// Tells the identity that the key came from. Once the device has another, the key is not its any
    /// more.
    pub fn identity(&self) -> &IdentityKey {
        &self.identity
    }

    /// Tells which group it is of.
    pub fn group(&self) -> &GroupId {
        &self.group
    }

    /// Decrypts a message, also one that was decrypted before.
    ///
    /// Nothing that would have to be stored changes: the key only remembers how far it has come, lest it
    /// go all the way again.
    ///
    /// # Errors
    /// [`GroupDecryptError`].
    pub fn decrypt(
        &mut self,
        message: &GroupMessage,
        context: &Context,
    ) -> Result<GroupDecrypted, GroupDecryptError> {
        if message.sender_key_id() != self.id {
            return Err(GroupDecryptError::OtherKey);
        }
        if !self.is_of(context) {
            return Err(GroupDecryptError::OtherPlace);
        }
        let decrypted = self.ratchet.decrypt(message.megolm())?;
        let plain = Zeroizing::new(decrypted.plaintext);
        Ok(GroupDecrypted {
            content: plaintext::read(&plain, context)?,
            seen: Seen {
                sender_key: self.id,
                index: decrypted.message_index,
            },
        })
    }

    /// Makes a copy to be stored.
    pub fn pickle(&self) -> SenderKeyReceiverPickle {
        SenderKeyReceiverPickle {
            from: self.from.clone(),
            identity: self.identity.clone(),
            group: self.group.clone(),
            id: self.id,
            ratchet: self.ratchet.pickle(),
        }
    }

    /// Makes the key that was stored.
    pub fn from_pickle(pickle: SenderKeyReceiverPickle) -> Self {
        Self {
            from: pickle.from,
            identity: pickle.identity,
            group: pickle.group,
            id: pickle.id,
            ratchet: InboundGroupSession::from_pickle(pickle.ratchet),
        }
    }

    fn is_of(&self, context: &Context) -> bool {
        let is_of_group = matches!(&context.to, Recipient::Group(group) if *group == self.group);
        is_of_group && context.from == self.from
    }
}

/// Reads the group of a distribution, up to its zero byte.
fn group_id(bytes: &[u8]) -> Option<GroupId> {
    let id = bytes.strip_suffix(&[0])?;
    std::str::from_utf8(id).ok()?.parse().ok()
}

impl fmt::Debug for SenderKeyReceiver {
    /// Hides the key, and whose it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SenderKeyReceiver")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SenderKeyReceiverPickle {
    /// Hides the key, and whose it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SenderKeyReceiverPickle")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for GroupDecrypted {
    /// Leaves out the content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupDecrypted")
            .field("seen", &self.seen)
            .finish_non_exhaustive()
    }
}
