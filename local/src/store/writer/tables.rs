//! The writer's statements.

use crate::store::error::Failure;
use crate::store::row::{self, Row};
use heliograph_domain::store::{Item, Key, Table};
use rusqlite::{Connection, params};

/// The tables within the writer's transaction.
pub(in crate::store) struct Tables<'c> {
    connection: &'c Connection,
}

impl<'c> Tables<'c> {
    pub(super) fn within(connection: &'c Connection) -> Self {
        Self { connection }
    }

    /// Reads an item, expired or not.
    pub(super) fn find(&self, key: &Key) -> Result<Option<Item>, Failure> {
        let table = key.table.name();
        let sql = format!("SELECT expires_at, fields FROM {table} WHERE pk = ?1 AND sk = ?2");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![key.partition, key.sort])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let fields = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        Ok(Some(row::item(key.clone(), fields, row.get(0)?)?))
    }

    /// Inserts an item where nothing is, expired or not; says whether it did.
    pub(super) fn insert(&self, key: &Key, row: &Row) -> Result<bool, rusqlite::Error> {
        let table = key.table.name();
        let sql = format!(
            "INSERT INTO {table} (pk, sk, expires_at, fields) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT DO NOTHING"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let inserted =
            statement.execute(params![key.partition, key.sort, row.expires_at, row.fields])?;
        Ok(inserted == 1)
    }

    /// Puts an item in place of whatever is there.
    pub(super) fn put(&self, key: &Key, row: &Row) -> Result<(), rusqlite::Error> {
        let table = key.table.name();
        let sql = format!(
            "INSERT OR REPLACE INTO {table} (pk, sk, expires_at, fields) VALUES (?1, ?2, ?3, ?4)"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        statement.execute(params![key.partition, key.sort, row.expires_at, row.fields])?;
        Ok(())
    }

    /// Puts fields in place of an item's that ends when it did: the index of ends is left alone.
    pub(super) fn put_fields(&self, key: &Key, row: &Row) -> Result<(), rusqlite::Error> {
        let table = key.table.name();
        let sql = format!("UPDATE {table} SET fields = ?3 WHERE pk = ?1 AND sk = ?2");
        let mut statement = self.connection.prepare_cached(&sql)?;
        statement.execute(params![key.partition, key.sort, row.fields])?;
        Ok(())
    }

    /// Deletes an item.
    pub(super) fn delete(&self, key: &Key) -> Result<(), rusqlite::Error> {
        let sql = format!("DELETE FROM {} WHERE pk = ?1 AND sk = ?2", key.table.name());
        self.connection
            .prepare_cached(&sql)?
            .execute(params![key.partition, key.sort])?;
        Ok(())
    }

    /// Deletes an item if it has expired; returns how many it were.
    pub(super) fn delete_expired(&self, key: &Key, now_s: i64) -> Result<usize, rusqlite::Error> {
        let table = key.table.name();
        let sql = format!("DELETE FROM {table} WHERE pk = ?1 AND sk = ?2 AND expires_at <= ?3");
        self.connection
            .prepare_cached(&sql)?
            .execute(params![key.partition, key.sort, now_s])
    }

    /// Deletes at most `limit` items of a table that have expired; returns how many it were.
    pub(super) fn purge(
        &self,
        table: Table,
        now_s: i64,
        limit: i64,
    ) -> Result<usize, rusqlite::Error> {
        let table = table.name();
        let sql = format!(
            "DELETE FROM {table} WHERE (pk, sk) IN \
             (SELECT pk, sk FROM {table} WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)"
        );
        self.connection
            .prepare_cached(&sql)?
            .execute(params![now_s, limit])
    }
}
