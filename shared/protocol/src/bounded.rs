//! Deserializers that hold their input to a limit while they read it.
//!
//! All of them report what they expected through serde's `invalid_value` and `invalid_length`, the
//! one form from which [`codec`](crate::codec) can drop the input again.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{
        Error, Expected, MapAccess, SeqAccess, Unexpected, Visitor, value::MapAccessDeserializer,
    },
};

/// Reports that a value is not `expected`, without a word of the value.
pub(crate) fn unexpected<E: Error>(expected: &dyn Expected) -> E {
    E::invalid_value(Unexpected::Other("value"), expected)
}

/// Reads text that passes `check`.
pub(crate) fn text<'de, D: Deserializer<'de>>(
    deserializer: D,
    expected: &'static str,
    check: fn(&str) -> bool,
) -> Result<String, D::Error> {
    deserializer.deserialize_str(Text { expected, check })
}

/// Reads text that passes `check`, or null.
pub(crate) fn optional_text<'de, D: Deserializer<'de>>(
    deserializer: D,
    expected: &'static str,
    check: fn(&str) -> bool,
) -> Result<Option<String>, D::Error> {
    deserializer.deserialize_option(OptionalText(Text { expected, check }))
}

struct OptionalText(Text);

impl<'de> Visitor<'de> for OptionalText {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_str(self.0).map(Some)
    }
}

struct Text {
    expected: &'static str,
    check: fn(&str) -> bool,
}

impl Visitor<'_> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        if (self.check)(text) {
            Ok(text.to_owned())
        } else {
            Err(unexpected(&self.expected))
        }
    }
}

/// Reads a truth value, or null for false.
pub(crate) fn or_false<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads a list of `MIN` to `MAX` items, and stops reading at the first too many.
pub(crate) fn list<'de, D, T, const MIN: usize, const MAX: usize>(
    deserializer: D,
) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_seq(List::<T, MIN, MAX>(PhantomData))
}

struct List<T, const MIN: usize, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MIN: usize, const MAX: usize> Visitor<'de>
    for List<T, MIN, MAX>
{
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match MIN {
            0 => write!(f, "a list of at most {MAX} items"),
            _ => write!(f, "a list of {MIN} to {MAX} items"),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            if items.len() == MAX {
                return Err(A::Error::invalid_length(MAX + 1, &self));
            }
            items.push(item);
        }
        if items.len() < MIN {
            return Err(A::Error::invalid_length(items.len(), &self));
        }
        Ok(items)
    }
}

/// An integer of `MIN` to `MAX`.
pub(crate) struct Within<T, const MIN: u64, const MAX: u64>(pub(crate) T);

impl<'de, T: TryFrom<u64>, const MIN: u64, const MAX: u64> Deserialize<'de>
    for Within<T, MIN, MAX>
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_u64(Range::<T, MIN, MAX>(PhantomData))
            .map(Self)
    }
}

struct Range<T, const MIN: u64, const MAX: u64>(PhantomData<T>);

impl<T: TryFrom<u64>, const MIN: u64, const MAX: u64> Visitor<'_> for Range<T, MIN, MAX> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an integer of {MIN} to {MAX}")
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<T, E> {
        let within = (MIN..=MAX).contains(&value);
        let value = if within {
            T::try_from(value).ok()
        } else {
            None
        };
        value.ok_or_else(|| unexpected(&self))
    }
}

/// Reads itself from an object's fields; see [`read_as_object`].
pub(crate) trait FromFields<'de>: Sized {
    /// Reads the fields, each by its name.
    fn from_fields<D: Deserializer<'de>>(fields: D) -> Result<Self, D::Error>;
}

/// Reads an object, and nothing else.
///
/// What serde derives for a struct also takes an array, field by field: no part of the protocol.
pub(crate) fn object<'de, D: Deserializer<'de>, T: FromFields<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_map(Object(PhantomData))
}

struct Object<T>(PhantomData<T>);

impl<'de, T: FromFields<'de>> Visitor<'de> for Object<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::from_fields(MapAccessDeserializer::new(map))
    }
}

/// Implements `Deserialize` by [`object`] for structs that derive it with `remote = "Self"`.
macro_rules! read_as_object {
    ($($name:ident $(<const $n:ident>)?),+ $(,)?) => { $(
        impl<'de $(, const $n: usize)?> $crate::bounded::FromFields<'de> for $name$(<$n>)? {
            fn from_fields<D: serde::Deserializer<'de>>(fields: D) -> Result<Self, D::Error> {
                Self::deserialize(fields)
            }
        }

        impl<'de $(, const $n: usize)?> serde::Deserialize<'de> for $name$(<$n>)? {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::bounded::object(from)
            }
        }
    )+ };
}
pub(crate) use read_as_object;

/// Implements `Serialize` for structs that derive it with `remote = "Self"`.
macro_rules! written_as_derived {
    ($($name:ident $(<const $n:ident>)?),+ $(,)?) => { $(
        impl$(<const $n: usize>)? serde::Serialize for $name$(<$n>)? {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                Self::serialize(self, to)
            }
        }
    )+ };
}
pub(crate) use written_as_derived;

/// Implements `Deserialize` for enums of plain words that derive it with `remote = "Self"`.
///
/// What serde derives also takes `{"word":null}`, and calls a number or a list invalid JSON.
macro_rules! read_as_word {
    ($name:ident, $expected:literal) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                use serde::de::{IntoDeserializer, value::Error};
                let word = $crate::bounded::text(from, $expected, |_| true)?;
                Self::deserialize(IntoDeserializer::<Error>::into_deserializer(word))
                    .map_err(|_| $crate::bounded::unexpected(&$expected))
            }
        }
    };
}
pub(crate) use read_as_word;
