//! Contacts and blocks, one partition an owner (`docs/adr/0012-contacts-in-sixteen-rows.md`).
//!
//! A row names the moment of the account that wrote it: when somebody else takes the account over,
//! the rows of its former holder stop counting at once, and are deleted when there is time.

pub mod blocks;
pub mod book;

use crate::Context;
use crate::store::{Condition, Consistency, Field, Item, Query, Store, StoreError, Table, Write};
use crate::tables::users::User;
use futures_util::future::try_join_all;
use heliograph_protocol::UserId;

const ACCOUNT_AT: &str = "account_at";
/// One row for each first digit of the ids there are.
const SHELVES: &str = "0123456789abcdef";

/// Whether there is a row, and it is of its owner's account that was made at `account_at`.
pub fn counts(item: Option<&Item>, account_at: u64) -> bool {
    item.and_then(|item| item.int(ACCOUNT_AT)) == i64::try_from(account_at).ok()
}

fn moment(account_at: u64) -> i64 {
    i64::try_from(account_at).unwrap_or(i64::MAX)
}

/// Which of [`SHELVES`] somebody is on: ids are random hexadecimal digits, so all get as many. Those
/// that are not are somewhere, too, and on shelves in their order like the rest.
fn shelf(user_id: &UserId) -> char {
    let first = user_id.as_str().chars().next().unwrap_or('0');
    let is_before = |shelf: &char| *shelf <= first;
    SHELVES.chars().rev().find(is_before).unwrap_or('0')
}

/// The field of a row that is about somebody.
fn field(user_id: &UserId) -> String {
    format!("+{user_id}")
}

/// Whom a field is about.
fn user_of(field: &str) -> Option<UserId> {
    field.strip_prefix('+')?.parse().ok()
}

/// Some of an owner's contacts or blocks.
pub struct Page<T> {
    /// They, by user id.
    pub rows: Vec<T>,
    /// Where to go on; `None` when there is no more.
    pub next: Option<UserId>,
}

/// Deletes an owner's rows that are not of who has the account now, or all when nobody has; tells
/// whether none are left, or `pages` pages were not enough.
///
/// # Errors
/// The store's; some may be deleted then.
pub async fn clear(
    store: &dyn Store,
    cx: &Context,
    owner_id: &UserId,
    owner: Option<&User>,
    pages: usize,
) -> Result<bool, StoreError> {
    let (mut after, mut cleared) = (None, 0);
    // Pages of rows that stay do not count, or those behind them would never be reached.
    while cleared < pages {
        let query = Query {
            consistency: Consistency::Strong,
            ..Query::partition(Table::Contacts, owner_id.as_str(), 100).after(after)
        };
        let page = store.query(cx, &query).await?;
        let dead: Vec<&Item> = page.items.iter().filter(|it| is_dead(it, owner)).collect();
        cleared += usize::from(!dead.is_empty());
        try_join_all(dead.into_iter().map(|it| bury(store, cx, owner_id, it))).await?;
        after = page.next;
        if after.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Only what is older: who has taken the account over since it was read writes newer rows. By whom the
/// owner is blocked is for the others to say, as long as there is an owner.
fn is_dead(item: &Item, owner: Option<&User>) -> bool {
    let Some(owner) = owner else { return true };
    let account_at = item.int(ACCOUNT_AT).and_then(|at| u64::try_from(at).ok());
    account_at.is_some_and(|account_at| account_at < owner.created_at)
}

/// Deletes a row, if who has the account now has not written it this moment.
async fn bury(
    store: &dyn Store,
    cx: &Context,
    owner_id: &UserId,
    item: &Item,
) -> Result<(), StoreError> {
    let delete = Write::delete(item.key.clone());
    let Some(account_at) = item.int(ACCOUNT_AT) else {
        return store.write(cx, delete).await.map(drop);
    };
    if let (Some(other), Ok(account_at)) = (blocks::blocked_in(&item.key), account_at.try_into()) {
        return blocks::remove(store, cx, owner_id, &other, account_at).await;
    }
    let of_then = Condition::equals(ACCOUNT_AT, Field::Int(account_at));
    store.write(cx, delete.when(of_then)).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn shelves_are_in_the_order_of_ids_and_ids_spread_over_all() {
        let first = "-09AZ_abcdefgz".chars();
        let shelves: String = first
            .map(|it| shelf(&it.to_string().parse().unwrap()))
            .collect();
        assert_eq!(shelves, "0099999abcdefff".replacen("99999", "9999", 1));
        let all: BTreeSet<char> = SHELVES.chars().collect();
        let ids = (0..16).map(|digit| format!("{digit:x}f").parse().unwrap());
        assert_eq!(
            ids.map(|id: UserId| shelf(&id)).collect::<BTreeSet<_>>(),
            all
        );
    }
}
