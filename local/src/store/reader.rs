//! Reads, done on the caller's thread: they take microseconds and wait for no commit.
//!
//! Each connection reads the newest committed state when a read starts, so one that starts after a
//! write was answered sees it.

use super::error::{corrupt, from_sql};
use super::{connection, row};
use heliograph_domain::store::adapter::PageBuilder;
use heliograph_domain::store::{Item, Key, Page, Query, StoreError, Table};
use rusqlite::{CachedStatement, Connection, Row, params};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Connections that nobody uses just now; there are never more than threads that read at once.
#[derive(Debug)]
pub(super) struct Readers {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(file: PathBuf) -> Self {
        Self {
            file,
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Reads one item, expired or not.
    pub(super) fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        self.with(|connection| find(&mut select(connection, key.table)?, key))
    }

    /// Reads items, expired or not; the answer has the order of the keys.
    pub(super) fn get_all(&self, keys: &[&Key]) -> Result<Vec<Option<Item>>, StoreError> {
        self.with(|connection| {
            // Without a transaction, each item would lock the file and unlock it.
            let transaction = connection.unchecked_transaction().map_err(from_sql)?;
            let mut items = Vec::with_capacity(keys.len());
            for keys in keys.chunk_by(|one, next| one.table == next.table) {
                let mut statement = select(connection, keys[0].table)?;
                for key in keys {
                    items.push(find(&mut statement, key)?);
                }
            }
            transaction.commit().map_err(from_sql)?;
            Ok(items)
        })
    }

    /// Reads a page; the number is what it costs in halves of read units.
    pub(super) fn query(&self, query: &Query, now_s: u64) -> Result<(Page, u64), StoreError> {
        self.with(|connection| page(connection, query, now_s))
    }

    /// Reads which items follow one, in the order of the table, and when each expires, in seconds since
    /// the Unix epoch.
    pub(super) fn ends(
        &self,
        table: Table,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<(Key, Option<u64>)>, StoreError> {
        self.with(|connection| ends(connection, table, after, limit).map_err(from_sql))
    }

    fn with<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connection::reader(&self.file).map_err(from_sql)?,
        };
        let answer = read(&connection)?; // one that failed is not used again
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
        Ok(answer)
    }
}

/// The statement that finds a table's item by its key.
fn select(connection: &Connection, table: Table) -> Result<CachedStatement<'_>, StoreError> {
    let table = table.name();
    let sql = format!("SELECT sk, expires_at, fields FROM {table} WHERE pk = ?1 AND sk = ?2");
    connection.prepare_cached(&sql).map_err(from_sql)
}

fn find(statement: &mut CachedStatement<'_>, key: &Key) -> Result<Option<Item>, StoreError> {
    let mut rows = statement
        .query(params![key.partition, key.sort])
        .map_err(from_sql)?;
    let row = rows.next().map_err(from_sql)?;
    row.map(|row| to_item(key.clone(), row)).transpose()
}

fn ends(
    connection: &Connection,
    table: Table,
    after: Option<&Key>,
    limit: usize,
) -> Result<Vec<(Key, Option<u64>)>, rusqlite::Error> {
    let sql = format!(
        "SELECT pk, sk, expires_at FROM {} WHERE (pk, sk) > (?1, ?2) ORDER BY pk, sk LIMIT ?3",
        table.name()
    );
    // No partition has an empty name.
    let (partition, sort) = after.map_or(("", ""), |key| (&key.partition, &key.sort));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![partition, sort, limit], |row| {
        let key = Key {
            table,
            partition: row.get(0)?,
            sort: row.get(1)?,
        };
        let end: Option<i64> = row.get(2)?;
        Ok((key, end.and_then(|end| u64::try_from(end).ok())))
    })?;
    rows.collect()
}

fn page(connection: &Connection, query: &Query, now_s: u64) -> Result<(Page, u64), StoreError> {
    let mut page = PageBuilder::new(query, now_s);
    let range = Range::of(query);
    let mut statement = connection.prepare_cached(&range.sql).map_err(from_sql)?;
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let mut rows = statement
        .query(params![query.partition, range.least, range.greatest, limit])
        .map_err(from_sql)?;
    while let Some(row) = rows.next().map_err(from_sql)? {
        let sort: String = row.get(0).map_err(from_sql)?;
        let key = Key {
            table: query.table,
            partition: query.partition.clone(),
            sort,
        };
        if page.offer(to_item(key, row)?).is_break() {
            break;
        }
    }
    Ok(page.finish())
}

fn to_item(key: Key, row: &Row<'_>) -> Result<Item, StoreError> {
    let expires_at = row.get(1).map_err(from_sql)?;
    let fields = row.get_ref(2).map_err(from_sql)?;
    let fields = fields.as_blob().map_err(corrupt)?;
    row::item(key, fields, expires_at).map_err(corrupt)
}

/// The sort keys that a page may hold.
struct Range<'q> {
    sql: String,
    least: &'q str,
    greatest: Option<&'q str>,
}

impl<'q> Range<'q> {
    fn of(query: &'q Query) -> Self {
        let (mut least, mut above) = (query.from.as_str(), "sk >= ?2");
        let (mut greatest, mut below) = match query.to.as_deref() {
            Some(to) => (Some(to), "sk <= ?3"),
            None => (None, "?3 IS NULL"),
        };
        if let Some(after) = query.after.as_deref() {
            if query.descending && greatest.is_none_or(|to| after <= to) {
                (greatest, below) = (Some(after), "sk < ?3");
            } else if !query.descending && after >= least {
                (least, above) = (after, "sk > ?2");
            }
        }
        let table = query.table.name();
        let order = if query.descending { "DESC" } else { "ASC" };
        let sql = format!(
            "SELECT sk, expires_at, fields FROM {table} \
             WHERE pk = ?1 AND {above} AND {below} ORDER BY sk {order} LIMIT ?4"
        );
        Self {
            sql,
            least,
            greatest,
        }
    }
}
