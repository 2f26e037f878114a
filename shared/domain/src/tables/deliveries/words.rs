//! What devices say of a message: that they have it, that it was seen; and telling its sender.

use super::{SHARD, Sent, TELLING};
use crate::Context;
use crate::store::{
    Condition, Consistency, Field, Item, Key, Store, StoreError, Update, Write, WriteOutcome,
};
use futures_util::future::try_join_all;
use heliograph_protocol::DeviceId;
use heliograph_protocol::limits::EXPIRES_IN_S_MAX;
use heliograph_protocol::request::ReceiptStatus;
use std::collections::BTreeMap;

/// A member's device, as a status row names it: the member's place in the roster, the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The member's place in the roster of the message.
    pub slot: u8,
    /// The device.
    pub device_id: DeviceId,
}

/// What a device has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// When, in milliseconds since the Unix epoch.
    pub at: u64,
    /// Whether that has been seen to, and the sender told if they are to know.
    pub is_told: bool,
    /// Whether the sender is to know; that somebody has a message, if no block lies between, which is
    /// asked when it is told.
    pub is_shown: bool,
}

impl Place {
    /// Which of a message's rows keeps what the device says.
    pub fn row(self) -> u8 {
        self.slot / SHARD
    }
}

impl Said {
    /// Twice the time, and one if it is shown; what was told is negative.
    fn to_field(self) -> Field {
        let value = self
            .at
            .saturating_mul(2)
            .saturating_add(self.is_shown.into());
        let value = i64::try_from(value).unwrap_or(i64::MAX);
        Field::Int(if self.is_told { -value } else { value })
    }

    fn of(value: i64) -> Self {
        Self {
            at: value.unsigned_abs() / 2,
            is_told: value < 0,
            is_shown: value.unsigned_abs() % 2 == 1,
        }
    }
}

/// What devices have said of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(BTreeMap<(Place, Word), Said>);

/// How far a message got with a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// The device has it.
    Delivered,
    /// Its user has seen it.
    Read,
}

impl From<ReceiptStatus> for Word {
    fn from(status: ReceiptStatus) -> Self {
        match status {
            ReceiptStatus::Delivered => Word::Delivered,
            ReceiptStatus::Read => Word::Read,
        }
    }
}

impl From<Word> for ReceiptStatus {
    fn from(word: Word) -> Self {
        match word {
            Word::Delivered => ReceiptStatus::Delivered,
            Word::Read => ReceiptStatus::Read,
        }
    }
}

fn field(place: Place, word: Word) -> String {
    let word = match word {
        Word::Delivered => 'd',
        Word::Read => 'r',
    };
    format!("{word}{}.{}", place.slot, place.device_id)
}

fn parse_field(name: &str) -> Option<(Place, Word)> {
    let (slot, device_id) = name.get(1..)?.split_once('.')?;
    let word = match name.as_bytes().first()? {
        b'd' => Word::Delivered,
        b'r' => Word::Read,
        _ => return None,
    };
    let place = Place {
        slot: slot.parse().ok()?,
        device_id: DeviceId::new(device_id.parse().ok()?)?,
    };
    Some((place, word))
}

impl Words {
    /// Reads rows; nothing is said where there is none.
    pub fn from_items<'a>(items: impl IntoIterator<Item = &'a Item>) -> Self {
        let fields = items.into_iter().flat_map(|item| &item.fields);
        let said = fields.filter_map(|(name, value)| match value {
            Field::Int(value) => Some((parse_field(name)?, Said::of(*value))),
            _ => None,
        });
        Self(said.collect())
    }

    /// What a device has said.
    pub fn get(&self, place: Place, word: Word) -> Option<Said> {
        self.0.get(&(place, word)).copied()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (Place, Word, Said)> {
        let said = self.0.iter();
        said.map(|((place, word), said)| (*place, *word, *said))
    }

    /// How many devices have the message.
    pub fn delivered(&self) -> u64 {
        let delivered = self.iter().filter(|(_, word, _)| *word == Word::Delivered);
        delivered.count() as u64
    }

    /// Hides of what has not been seen to all that the sender may not know.
    pub fn hide_untold_unless(&mut self, may_know: impl Fn(Place, Word) -> bool) {
        for ((place, word), said) in &mut self.0 {
            said.is_shown &= said.is_told || may_know(*place, *word);
        }
    }

    /// What has not been seen to.
    pub fn untold(&self) -> impl Iterator<Item = (Place, Word, Said)> {
        self.iter().filter(|(_, _, said)| !said.is_told)
    }
}

impl FromIterator<(Place, Word, Said)> for Words {
    fn from_iter<I: IntoIterator<Item = (Place, Word, Said)>>(said: I) -> Self {
        let said = said.into_iter();
        Self(
            said.map(|(place, word, said)| ((place, word), said))
                .collect(),
        )
    }
}

/// Notes what devices who share a row say of a message; returns what was in the row before.
///
/// # Errors
/// The store's.
pub async fn say(
    store: &dyn Store,
    cx: &Context,
    (sent, row): (&Sent, u8),
    words: &Words,
) -> Result<Words, StoreError> {
    let mut update = Update::default().expiring(end_s(cx));
    for (place, word, said) in words.iter() {
        update = update.set(field(place, word), said.to_field());
    }
    let write = Write::update(sent.said_key(row), update);
    Ok(Words::from_items(&old(store.write(cx, write).await?)))
}

/// Until when what is said is kept, in seconds since the Unix epoch: a message and a day, as what is
/// said within a day ends together, and an embedded store need not sort it anew with each word.
fn end_s(cx: &Context) -> u64 {
    (cx.now_s() + u64::from(EXPIRES_IN_S_MAX)).next_multiple_of(86_400)
}

fn old(outcome: WriteOutcome) -> Option<Item> {
    match outcome {
        WriteOutcome::Applied { old } | WriteOutcome::Refused { old } => old,
    }
}

/// Takes it upon the caller to tell the sender what has been said, unless somebody else has; who has
/// not told for so long, in milliseconds, has died.
///
/// # Errors
/// The store's.
pub async fn begin_telling(
    store: &dyn Store,
    cx: &Context,
    sent: &Sent,
    overdue_ms: u64,
) -> Result<bool, StoreError> {
    let number = |at: u64| Field::Int(i64::try_from(at).unwrap_or(i64::MAX));
    let mut condition = Condition::Lacks(TELLING.into());
    loop {
        let update = Update::default()
            .set(TELLING, number(cx.now_ms()))
            .expiring(end_s(cx));
        let write = Write::update(sent.status_key(), update).when(condition);
        let WriteOutcome::Refused { old } = store.write(cx, write).await? else {
            return Ok(true);
        };
        let since = old.as_ref().and_then(|item| item.int(TELLING));
        match since.and_then(|since| u64::try_from(since).ok()) {
            Some(since) if since + overdue_ms <= cx.now_ms() => {
                condition = Condition::equals(TELLING, number(since));
            }
            _ => return Ok(false),
        }
    }
}

/// Ends a telling: what is said from now on begins another one.
///
/// # Errors
/// The store's.
pub async fn end_telling(store: &dyn Store, cx: &Context, sent: &Sent) -> Result<(), StoreError> {
    let update = Update::default().remove(TELLING);
    let write = Write::update(sent.status_key(), update).when(Condition::Present);
    store.write(cx, write).await.map(drop)
}

/// Notes that words have been seen to; tells whether others have come meanwhile, whose devices took
/// them for seen to with these.
///
/// # Errors
/// The store's.
pub async fn told(
    store: &dyn Store,
    cx: &Context,
    sent: &Sent,
    told: &[(Place, Word, Said)],
) -> Result<bool, StoreError> {
    let mut shards: BTreeMap<u8, Update> = BTreeMap::new();
    for (place, word, said) in told {
        let said = Said {
            is_told: true,
            ..*said
        };
        let update = shards.entry(place.row()).or_default();
        *update = std::mem::take(update).set(field(*place, *word), said.to_field());
    }
    let writes = shards.into_iter().map(|(shard, update)| {
        let write = Write::update(sent.said_key(shard), update).when(Condition::Present);
        store.write(cx, write)
    });
    let old = try_join_all(writes).await?.into_iter().filter_map(old);
    let words = Words::from_items(&old.collect::<Vec<_>>());
    let is_told = |(place, word, said): (Place, Word, Said)| {
        told.iter()
            .any(|it| (it.0, it.1, it.2.at) == (place, word, said.at))
    };
    let has_more = words.untold().any(|word| !is_told(word));
    Ok(has_more)
}

/// Reads what is said in some rows of a message.
///
/// # Errors
/// The store's.
pub async fn said(store: &dyn Store, cx: &Context, rows: &[Key]) -> Result<Words, StoreError> {
    let items = store.batch_get(cx, rows, Consistency::Strong).await?;
    Ok(Words::from_items(items.iter().flatten()))
}
