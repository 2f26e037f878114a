//! How fields are kept in a row: a MessagePack map from name to int, str or bin.

use heliograph_domain::store::{Field, Fields};
use rmp::Marker;
use rmp::decode::{read_bin_len, read_int, read_map_len, read_str_from_slice};
use rmp::encode::{write_bin, write_map_len, write_sint, write_str};
use std::borrow::Cow;

/// Bytes that are not a map of fields.
#[derive(Debug, thiserror::Error)]
#[error("malformed fields in a row")]
pub(super) struct Malformed;

/// Writes fields as bytes.
///
/// # Errors
/// `Malformed` for lengths that MessagePack cannot express; items are far smaller.
pub(super) fn encode(fields: &Fields) -> Result<Vec<u8>, Malformed> {
    let mut bytes = Vec::with_capacity(size_hint(fields));
    let count = u32::try_from(fields.len()).map_err(|_| Malformed)?;
    write_map_len(&mut bytes, count).map_err(|_| Malformed)?;
    for (name, value) in fields {
        write_str(&mut bytes, name).map_err(|_| Malformed)?;
        match value {
            Field::Int(value) => {
                write_sint(&mut bytes, *value).map_err(|_| Malformed)?;
            }
            Field::Text(value) => write_str(&mut bytes, value).map_err(|_| Malformed)?,
            Field::Bytes(value) => write_bin(&mut bytes, value).map_err(|_| Malformed)?,
        }
    }
    Ok(bytes)
}

/// Reads fields from bytes.
///
/// # Errors
/// `Malformed` for anything but exactly one map of fields.
pub(super) fn decode(mut bytes: &[u8]) -> Result<Fields, Malformed> {
    let count = read_map_len(&mut bytes).map_err(|_| Malformed)?;
    let mut fields = Fields::new();
    for _ in 0..count {
        let (name, rest) = read_str_from_slice(bytes).map_err(|_| Malformed)?;
        let (value, rest) = decode_value(rest)?;
        fields.insert(Cow::Owned(name.to_owned()), value);
        bytes = rest;
    }
    if bytes.is_empty() {
        Ok(fields)
    } else {
        Err(Malformed)
    }
}

fn decode_value(mut bytes: &[u8]) -> Result<(Field, &[u8]), Malformed> {
    let marker = bytes.first().copied().ok_or(Malformed)?;
    match Marker::from_u8(marker) {
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => {
            let (text, rest) = read_str_from_slice(bytes).map_err(|_| Malformed)?;
            Ok((Field::Text(text.to_owned()), rest))
        }
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => {
            let length = read_bin_len(&mut bytes).map_err(|_| Malformed)?;
            let length = usize::try_from(length).map_err(|_| Malformed)?;
            let (value, rest) = bytes.split_at_checked(length).ok_or(Malformed)?;
            Ok((Field::Bytes(value.to_vec()), rest))
        }
        _ => {
            let value = read_int(&mut bytes).map_err(|_| Malformed)?;
            Ok((Field::Int(value), bytes))
        }
    }
}

/// Enough room in most cases: 5 bytes of length for each name and value, 5 for the map.
fn size_hint(fields: &Fields) -> usize {
    let value = |value: &Field| match value {
        Field::Int(_) => 9,
        Field::Text(value) => 5 + value.len(),
        Field::Bytes(value) => 5 + value.len(),
    };
    5 + fields
        .iter()
        .map(|(name, field)| 5 + name.len() + value(field))
        .sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn field() -> impl Strategy<Value = Field> {
        prop_oneof![
            any::<i64>().prop_map(Field::Int),
            any::<String>().prop_map(Field::Text),
            prop::collection::vec(any::<u8>(), 0..700).prop_map(Field::Bytes),
        ]
    }

    fn fields() -> impl Strategy<Value = Fields> {
        let name = any::<String>().prop_map(Cow::Owned);
        prop::collection::vec((name, field()), 0..40).prop_map(Fields::from_iter)
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(fields in fields()) {
            let bytes = encode(&fields).unwrap();
            prop_assert_eq!(decode(&bytes).unwrap(), fields);
        }

        #[test]
        fn a_cut_or_longer_row_is_malformed(fields in fields(), cut in any::<prop::sample::Index>()) {
            let mut bytes = encode(&fields).unwrap();
            prop_assert!(decode(&bytes[..cut.index(bytes.len())]).is_err());
            bytes.push(0);
            prop_assert!(decode(&bytes).is_err());
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(fields) = decode(&bytes) {
                prop_assert_eq!(decode(&encode(&fields).unwrap()).unwrap(), fields);
            }
        }
    }
}
