//! Where a message belongs.

use crate::DeviceAddress;
use heliograph_protocol::{GroupId, MessageId};
use sha2::{Digest, Sha256};

/// Stands before what is hashed, so that the hash is of use for nothing else.
const TAG: &[u8] = b"heliograph-context-v1";

/// Is what stands before a recipient device.
const TO_DEVICE: u8 = 1;

/// Is what stands before a group.
const TO_GROUP: u8 = 2;

/// Says whom a ciphertext is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Recipient {
    /// One device: what is encrypted in a session.
    Device(DeviceAddress),
    /// The members of a group: what is encrypted under a sender key.
    Group(GroupId),
}

/// Says where a message belongs: from whom, to whom, under which id.
///
/// Who sends puts its hash inside the ciphertext; who opens makes the same hash of the envelope
/// around it. So a ciphertext that the server puts under another sender, recipient, group or id is
/// refused, though it was encrypted by the right device.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Context {
    /// The sending device.
    pub from: DeviceAddress,
    /// Whom it is for.
    pub to: Recipient,
    /// The message.
    pub message_id: MessageId,
}

impl Context {
    /// Hashes it: SHA-256 over the tag `heliograph-context-v1`, the sender, a byte and what the message
    /// is for, and the 16 bytes of the message's id.
    ///
    /// A device is its user's id, a zero byte and its number in one byte, after a byte 1; a group its id
    /// and a zero byte, after a byte 2. No id has a zero byte, so no two contexts are encoded alike.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new_with_prefix(TAG);
        add_device(&mut hash, &self.from);
        match &self.to {
            Recipient::Device(device) => {
                hash.update([TO_DEVICE]);
                add_device(&mut hash, device);
            }
            Recipient::Group(group) => {
                hash.update([TO_GROUP]);
                hash.update(group.as_str());
                hash.update([0]);
            }
        }
        hash.update(self.message_id.as_uuid().as_bytes());
        hash.finalize().into()
    }
}

fn add_device(hash: &mut Sha256, device: &DeviceAddress) {
    hash.update(device.user_id.as_str());
    hash.update([0, device.device_id.get()]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::e2ee::tests::{context, device};
    use proptest::prelude::*;

    fn contexts() -> impl Strategy<Value = Context> {
        let id = "[a-c0-1_-]{1,3}";
        (id, 1..4_u8, id, 0..4_u8, 0..3_u64).prop_map(|(from, number, to, kind, message)| Context {
            from: device(&from, number),
            to: match kind {
                0 => Recipient::Group(to.parse().unwrap()),
                number => Recipient::Device(device(&to, number)),
            },
            message_id: MessageId::new(message, &[0; 10]),
        })
    }

    proptest! {
        #[test]
        fn no_two_have_one_hash(one in contexts(), other in contexts()) {
            prop_assert_eq!(one == other, one.digest() == other.digest());
        }
    }

    #[test]
    fn each_field_counts() {
        let whole = context("alice", "bob", 7);
        let digest = whole.digest();
        let mut changed = vec![context("alicf", "bob", 7), context("alice", "boc", 7)];
        changed.push(context("alice", "bob", 8));
        changed.push(context("bob", "alice", 7));
        changed.push(Context {
            from: device("alice", 2),
            ..whole.clone()
        });
        changed.push(Context {
            to: Recipient::Device(device("bob", 2)),
            ..whole.clone()
        });
        changed.push(Context {
            to: Recipient::Group("bob".parse().unwrap()),
            ..whole
        });
        for other in changed {
            assert_ne!(other.digest(), digest, "{other:?}");
        }
    }

    /// As the encoding is documented, written by hand.
    #[test]
    fn is_what_the_encoding_says() {
        let written =
            b"heliograph-context-v1alice\0\x01\x01bob\0\x01\0\0\0\0\0\x07\x70\0\x80\0\0\0\0\0\0\0";
        let hash: [u8; 32] = Sha256::digest(written).into();
        assert_eq!(context("alice", "bob", 7).digest(), hash);
    }
}
