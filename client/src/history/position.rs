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
        /// As an index of a store does, by numbers and bytes.
        #[test]
        fn heights_and_bytes_of_ids_sort_as_positions_do(one in position(), other in position()) {
            let row = |it: &Position| (it.height, *it.message_id.as_uuid().as_bytes());
            prop_assert_eq!(one.cmp(&other), row(&one).cmp(&row(&other)));
        }

        #[test]
        fn of_one_height_the_earlier_is_first(height: u64, ms in 0..1u64 << 40, one: [u8; 10], other: [u8; 10]) {
            let at = |ms, random| Position { height, message_id: MessageId::new(ms, random) };
            prop_assert!(at(ms, &one) < at(ms + 1, &other));
        }
    }
}
