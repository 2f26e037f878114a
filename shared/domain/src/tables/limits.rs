//! Limits that every process shares: leaky buckets, and counters of a window.

use crate::Context;
use crate::bucket::{Bucket, Rate};
use crate::store::{
    Condition, Consistency, Field, Item, Key, Store, StoreError, StoreErrorKind, Table, Update,
    Write, WriteOutcome,
};

const EMPTY_AT: &str = "empty_at";
const COUNT: &str = "count";
const TRIES: usize = 5;

/// Takes one token from the bucket of `rule` and `subject`; `Err(retry_after_ms)` when there is none.
///
/// # Errors
/// The store's; `Conflict` when too many asked at the same moment.
pub async fn take(
    store: &dyn Store,
    cx: &Context,
    rule: &str,
    subject: &str,
    rate: Rate,
) -> Result<Result<(), u64>, StoreError> {
    let key = Key::new(Table::Limits, format!("{rule}#{subject}"));
    for _ in 0..TRIES {
        let item = store.get(cx, &key, Consistency::Strong).await?;
        let before = item.as_ref().and_then(|item| item.int(EMPTY_AT));
        let mut bucket = Bucket {
            empty_at: before.and_then(|at| u64::try_from(at).ok()).unwrap_or(0),
        };
        if let Err(retry_after_ms) = bucket.take(rate, cx.now_ms()) {
            return Ok(Err(retry_after_ms));
        }
        // Every taking moves the moment on, so the moment tells whether another came between.
        let condition = match before {
            None => Condition::Absent,
            Some(at) => Condition::equals(EMPTY_AT, Field::Int(at)),
        };
        let empty_at = i64::try_from(bucket.empty_at).unwrap_or(i64::MAX);
        let item = Item::new(key.clone())
            .with(EMPTY_AT, Field::Int(empty_at))
            .expiring(bucket.empty_at / 1000 + 1);
        let outcome = store.write(cx, Write::put(item).when(condition)).await?;
        if matches!(outcome, WriteOutcome::Applied { .. }) {
            return Ok(Ok(()));
        }
    }
    Err(StoreError::new(StoreErrorKind::Conflict))
}

/// Counts `by` more of `rule` and `subject` in this window, in one call; `Err(retry_after_ms)` when
/// that is more than `max`. What is refused is counted, too.
///
/// # Errors
/// The store's.
pub async fn count(
    store: &dyn Store,
    cx: &Context,
    rule: &str,
    subject: &str,
    by: u32,
    max: u32,
    window_ms: u64,
) -> Result<Result<(), u64>, StoreError> {
    let window = cx.now_ms() / window_ms;
    let ends_at_ms = (window + 1) * window_ms;
    let key = Key::new(Table::Limits, format!("{rule}#{subject}#{window}"));
    let update = Update::default()
        .add(COUNT, by.into())
        .expiring(ends_at_ms / 1000 + 1);
    let (WriteOutcome::Applied { old } | WriteOutcome::Refused { old }) =
        store.write(cx, Write::update(key, update)).await?;
    let before = old.and_then(|old| old.int(COUNT)).unwrap_or(0);
    if before + i64::from(by) > i64::from(max) {
        return Ok(Err(ends_at_ms - cx.now_ms()));
    }
    Ok(Ok(()))
}

/// A part of what is asked for, counted beside others.
#[derive(Clone, Copy, Debug)]
pub struct Amount {
    /// What is counted.
    pub name: &'static str,
    /// How much more.
    pub by: u64,
    /// How much there may be in a window; `None` is no limit.
    pub max: Option<u64>,
}

/// Counts amounts of `rule` and `subject` in this window, all or none of them, in one call where they
/// fit; `Err(retry_after_ms)` when one does not. What is refused is given back.
///
/// # Errors
/// The store's; what was asked for may be counted then.
pub async fn spend(
    store: &dyn Store,
    cx: &Context,
    (rule, subject): (&str, &str),
    amounts: &[Amount],
    window_ms: u64,
) -> Result<Result<Spent, u64>, StoreError> {
    let window = cx.now_ms() / window_ms;
    let ends_at_ms = (window + 1) * window_ms;
    let spent = Spent {
        key: Key::new(Table::Limits, format!("{rule}#{subject}#{window}")),
        amounts: amounts.to_vec(),
        ends_at_s: ends_at_ms / 1000 + 1,
    };
    let (WriteOutcome::Applied { old } | WriteOutcome::Refused { old }) =
        store.write(cx, spent.write(1)).await?;
    let before = |amount: &Amount| {
        old.as_ref()
            .and_then(|old| old.int(amount.name))
            .unwrap_or(0)
    };
    let fits = |amount: &Amount| {
        let before = u64::try_from(before(amount)).unwrap_or(0);
        amount
            .max
            .is_none_or(|max| before.saturating_add(amount.by) <= max)
    };
    if amounts.iter().all(fits) {
        return Ok(Ok(spent));
    }
    spent.give_back(store, cx).await?;
    Ok(Err(ends_at_ms - cx.now_ms()))
}

/// What has been counted, and can be given back.
#[derive(Clone, Debug)]
pub struct Spent {
    key: Key,
    amounts: Vec<Amount>,
    ends_at_s: u64,
}

impl Spent {
    /// Gives it back: what it was for did not come about.
    ///
    /// # Errors
    /// The store's; it may be given back or not.
    pub async fn give_back(&self, store: &dyn Store, cx: &Context) -> Result<(), StoreError> {
        store.write(cx, self.write(-1)).await.map(drop)
    }

    fn write(&self, sign: i64) -> Write {
        let mut update = Update::default().expiring(self.ends_at_s);
        for amount in &self.amounts {
            let by = i64::try_from(amount.by).unwrap_or(i64::MAX);
            update = update.add(amount.name, sign * by);
        }
        Write::update(self.key.clone(), update)
    }
}
