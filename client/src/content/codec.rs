//! Contents as bytes and back.

use super::bounds::check_timer;
use super::kinds::Kind;
use super::{Body, Content, InvalidContent, VERSION};
use crate::history::Clock;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Bounds how deep maps and lists are in each other: ours are 5 deep.
const DEPTH_MAX: usize = 16;

/// Reports bytes that are no content. It does not say where: that would tell of what they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Is a content as it is written.
#[derive(Serialize)]
struct Whole<'a, B> {
    version: u64,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<&'a Clock>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timer_s: Option<u32>,
    body: &'a B,
}

/// Is what of a content is read first, and of every version.
#[derive(Deserialize)]
pub(super) struct Head {
    pub(super) version: u64,
    pub(super) kind: String,
}

/// Is the other part, where the kind is known.
#[derive(Deserialize)]
pub(super) struct Rest<B> {
    #[serde(default)]
    clock: Option<Clock>,
    #[serde(default)]
    timer_s: Option<u32>,
    body: B,
}

pub(super) fn write<B: Kind>(content: &Content, body: &B) -> Result<Vec<u8>, InvalidContent> {
    let whole = Whole {
        version: VERSION,
        kind: B::NAME,
        clock: content.placed(),
        timer_s: content.timer_s,
        body,
    };
    rmp_serde::to_vec_named(&whole).map_err(|_| InvalidContent::NotWritten)
}

/// Reads one map, and nothing behind it.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Malformed> {
    let mut from = rmp_serde::Deserializer::new(bytes);
    from.set_max_depth(DEPTH_MAX);
    let value = T::deserialize(&mut from).map_err(|_| Malformed)?;
    from.get_ref().is_empty().then_some(value).ok_or(Malformed)
}

impl Head {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let is_map = matches!(bytes.first(), Some(0x80..=0x8f | 0xde | 0xdf));
        match read(bytes) {
            Ok(Self { version: 0, .. }) => Err(Malformed),
            head if is_map => head,
            _ => Err(Malformed),
        }
    }
}

impl<B: DeserializeOwned + Into<Body>> Rest<B> {
    pub(super) fn read(bytes: &[u8]) -> Result<Content, Malformed> {
        read(bytes).map(|rest: Self| Content {
            clock: rest.clock,
            timer_s: rest.timer_s,
            body: rest.body.into(),
        })
    }
}

/// Reads the clock of something unknown, if it has one that is known.
pub(super) fn clock_of(bytes: &[u8]) -> Option<Clock> {
    #[derive(Deserialize)]
    struct Placed {
        clock: Clock,
    }
    let Placed { clock } = read(bytes).ok()?;
    clock.check().is_ok().then_some(clock)
}

/// Reads after how many seconds something unknown disappears, if that is known.
pub(super) fn timer_of(bytes: &[u8]) -> Option<u32> {
    #[derive(Deserialize)]
    struct Timed {
        timer_s: u32,
    }
    let Timed { timer_s } = read(bytes).ok()?;
    check_timer(Some(timer_s)).is_ok().then_some(timer_s)
}
