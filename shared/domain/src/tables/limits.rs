//! Leaky buckets that every process shares.

use crate::Context;
use crate::bucket::{Bucket, Rate};
use crate::store::{
    Condition, Consistency, Field, Item, Key, Store, StoreError, StoreErrorKind, Table, Write,
    WriteOutcome,
};

const LEVEL: &str = "level";
const AT: &str = "at";
const VERSION: &str = "version";
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
        let mut bucket = item.as_ref().map_or(Bucket::default(), read);
        if let Err(retry_after_ms) = bucket.take(rate, cx.now_ms()) {
            return Ok(Err(retry_after_ms));
        }
        let version = item.as_ref().and_then(|item| item.int(VERSION));
        let condition = match version {
            None => Condition::Absent,
            Some(version) => Condition::equals(VERSION, Field::Int(version)),
        };
        let full_again_ms = cx.now_ms() + bucket.full_again_in_ms(rate);
        let item = Item::new(key.clone())
            .with(LEVEL, Field::Int(bucket.level_milli))
            .with(
                AT,
                Field::Int(i64::try_from(bucket.at_ms).unwrap_or(i64::MAX)),
            )
            .with(VERSION, Field::Int(version.unwrap_or(0) + 1))
            .expiring(full_again_ms / 1000 + 1);
        let outcome = store.write(cx, Write::put(item).when(condition)).await?;
        if matches!(outcome, WriteOutcome::Applied { .. }) {
            return Ok(Ok(()));
        }
    }
    Err(StoreError::new(StoreErrorKind::Conflict))
}

fn read(item: &Item) -> Bucket {
    Bucket {
        level_milli: item.int(LEVEL).unwrap_or(0),
        at_ms: item
            .int(AT)
            .and_then(|at| u64::try_from(at).ok())
            .unwrap_or(0),
    }
}
