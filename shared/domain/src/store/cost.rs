//! What DynamoDB bills, computed from items, so that every adapter reports the same.
//!
//! Source: [capacity unit consumption] and [item sizes] in the DynamoDB developer guide.
//!
//! [capacity unit consumption]: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
//! [item sizes]: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html

use super::{Consistency, Field, Item};

const WRITE_UNIT_BYTES: u64 = 1024;
const READ_UNIT_BYTES: u64 = 4096;
const PARTITION_NAME_BYTES: usize = "pk".len();
const SORT_NAME_BYTES: usize = "sk".len();
const EXPIRY_NAME_BYTES: usize = "expires_at".len();

/// An item's size in bytes as DynamoDB counts it: names and values.
pub fn item_bytes(item: &Item) -> u64 {
    let mut bytes = PARTITION_NAME_BYTES + item.key.partition.len();
    if item.key.table.is_sorted() {
        bytes += SORT_NAME_BYTES + item.key.sort.len();
    }
    if let Some(at) = item.expires_at_s {
        bytes += EXPIRY_NAME_BYTES + number_bytes(i64::try_from(at).unwrap_or(i64::MAX));
    }
    for (name, value) in &item.fields {
        bytes += name.len()
            + match value {
                Field::Int(value) => number_bytes(*value),
                Field::Text(value) => value.len(),
                Field::Bytes(value) => value.len(),
            };
    }
    bytes as u64
}

/// One byte per two significant digits, and one more; one more again for a sign.
fn number_bytes(value: i64) -> usize {
    let digits = value
        .unsigned_abs()
        .checked_ilog10()
        .map_or(1, |log| log as usize + 1);
    digits.div_ceil(2) + 1 + usize::from(value < 0)
}

/// Write units of one write, from the items before and after it (the larger one counts).
pub fn write_units(old: Option<&Item>, new: Option<&Item>) -> u64 {
    let bytes = old.map_or(0, item_bytes).max(new.map_or(0, item_bytes));
    bytes.div_ceil(WRITE_UNIT_BYTES).max(1)
}

/// Halves of read units of one read of `bytes` (0 when there was nothing: it is billed all the same).
pub fn read_half_units(bytes: u64, consistency: Consistency) -> u64 {
    let units = bytes.div_ceil(READ_UNIT_BYTES).max(1);
    match consistency {
        Consistency::Strong => 2 * units,
        Consistency::Eventual => units,
    }
}
