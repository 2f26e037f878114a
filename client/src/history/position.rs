//! Where a message stands.

use heliograph_protocol::MessageId;
use serde::{Deserialize, Serialize};

/// Is a message's place in its chat: what is sorted by it is in the order that every device shows.
///
/// It is made of nothing but the message, so it never changes, and what comes late goes where it belongs
/// without another one's moving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// When the message was written (ms since the epoch) or, where that is later, 1 more than the height
    /// of whatever its writer had seen.
    pub height: u64,
    /// The message, which orders those of one height: first by when they were written, then by chance.
    #[serde(with = "super::message_id")]
    pub message_id: MessageId,
}

impl Position {
    /// Gives bytes that sort as positions do, for the index of a store: the height, big-endian, and the id.
    pub fn to_bytes(&self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&self.height.to_be_bytes());
        bytes[8..].copy_from_slice(self.message_id.as_uuid().as_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    prop_compose! {
        fn position()(height in 0..4u64, ms in 0..4u64, random in any::<[u8; 10]>()) -> Position {
            Position { height, message_id: MessageId::new(ms, &random) }
        }
    }

    proptest! {
        #[test]
        fn bytes_sort_as_positions_do(one in position(), other in position()) {
            prop_assert_eq!(one.cmp(&other), one.to_bytes().cmp(&other.to_bytes()));
        }

        #[test]
        fn of_one_height_the_earlier_is_first(height: u64, ms in 0..1u64 << 40, one: [u8; 10], other: [u8; 10]) {
            let at = |ms, random| Position { height, message_id: MessageId::new(ms, random) };
            prop_assert!(at(ms, &one) < at(ms + 1, &other));
        }
    }
}
