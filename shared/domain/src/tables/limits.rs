//! Leaky buckets that every process shares.

use crate::Context;
use crate::bucket::{Bucket, Rate};
use crate::store::{
    Condition, Consistency, Field, Item, Key, Store, StoreError, StoreErrorKind, Table, Write,
    WriteOutcome,
};

const EMPTY_AT: &str = "empty_at";
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
