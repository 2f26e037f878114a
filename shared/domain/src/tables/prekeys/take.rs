//! Taking one-time keys, each of which goes to one taker only.

use super::{BODY, CURVE, KEM, KEM_BODY, number, numbered, range};
use crate::Context;
use crate::address::Address;
use crate::ports::Ids;
use crate::store::{Condition, Consistency, Item, Query, Store, StoreError, Write, WriteOutcome};
use crate::tables::unpack;
use heliograph_protocol::keys::{KemPrekey, OneTimePrekey};

/// How many one-time keys a taker looks at: as many as are read for half a unit.
const LOOK: usize = 25;
/// How many keys a taker finds gone before it looks anew: those beside them are wanted by the same
/// others, and a look costs less than a write.
const GONE: usize = 3;
/// How often a taker looks.
const LOOKS: usize = 60;

/// A one-time key that was taken.
pub struct Taken<K> {
    /// The key; nobody else gets it, ever. `None` when there is none left.
    pub key: Option<K>,
    /// How many are left, as far as one look shows: 24 may be more.
    pub left: u32,
}

/// Takes an X25519 one-time key. Costs half a unit to read and one to write.
///
/// # Errors
/// The store's; a key may be lost then.
pub async fn take_one_time(
    store: &dyn Store,
    cx: &Context,
    of: &Address,
    ids: &dyn Ids,
) -> Result<Taken<OneTimePrekey>, StoreError> {
    let (item, left) = take(store, cx, of, CURVE, ids).await?;
    let key = item.map(|item| unpack(&item, BODY)).transpose()?;
    Ok(Taken { key, left })
}

/// Takes an ML-KEM one-time key. Costs one unit to read and one to write.
///
/// # Errors
/// The store's; a key may be lost then.
pub async fn take_one_time_kem(
    store: &dyn Store,
    cx: &Context,
    of: &Address,
    ids: &dyn Ids,
) -> Result<Taken<KemPrekey>, StoreError> {
    loop {
        let (marker, left) = take(store, cx, of, KEM, ids).await?;
        let Some(marker) = marker else {
            return Ok(Taken { key: None, left });
        };
        let body = numbered(of, KEM_BODY, number(&marker, KEM)?);
        for consistency in [Consistency::Eventual, Consistency::Strong] {
            if let Some(item) = store.get(cx, &body, consistency).await? {
                let key = Some(unpack(&item, BODY)?);
                return Ok(Taken { key, left });
            }
        }
        // Its device cleared up behind us: the key is lost, and the next one is tried.
    }
}

/// Deletes one row of a kind, which nobody else has deleted, and returns it.
///
/// Takers begin at a place of their own choosing, so that many at once do not fight for the first.
async fn take(
    store: &dyn Store,
    cx: &Context,
    of: &Address,
    kind: &str,
    ids: &dyn Ids,
) -> Result<(Option<Item>, u32), StoreError> {
    let mut consistency = Consistency::Eventual;
    for _ in 0..LOOKS {
        let query = Query {
            consistency,
            ..range(of, kind, LOOK)
        };
        let page = store.query(cx, &query).await?;
        let count = page.items.len();
        if count == 0 {
            // Perhaps some were stored this moment; the last-resort key does as well.
            return Ok((None, 0));
        }
        let first = ids.below(u32::try_from(count).unwrap_or(0)) as usize;
        let items = page.items[first..].iter().chain(&page.items[..first]);
        for (gone, item) in items.enumerate().take(GONE) {
            let delete = Write::delete(item.key.clone()).when(Condition::Present);
            if let WriteOutcome::Applied { old } = store.write(cx, delete).await? {
                return Ok((old, u32::try_from(count - gone - 1).unwrap_or(0)));
            }
        }
        consistency = Consistency::Strong;
    }
    Ok((None, 0))
}
