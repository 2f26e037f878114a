//! SQLite connections, each with the settings of its use.

use super::Options;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// Pages of the log after which a commit itself copies them into the file: 64 MB, a bound for when
/// the checkpointer cannot keep up.
const LOG_PAGES_MAX: u32 = 16_000;
const PAGE_BYTES: u64 = 4096;
/// Nobody else writes, except by hand.
const BUSY: Duration = Duration::from_secs(5);
const WRITER_CACHE_KIB: i32 = 16 * 1024;
const READER_CACHE_KIB: i32 = 4 * 1024;
/// At most this many statements are kept prepared; there are fewer.
const STATEMENTS: usize = 256;

/// Opens the connection that creates and migrates the file.
pub(super) fn plain(file: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Switches the file to a write-ahead log; it stays so.
///
/// # Errors
/// Also when SQLite answers with another mode, as it does where the file system cannot do it.
pub(super) fn use_log(connection: &Connection) -> Result<(), rusqlite::Error> {
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode == "wal" {
        Ok(())
    } else {
        Err(rusqlite::Error::InvalidQuery)
    }
}

/// Opens the connection that writes: each commit is on disk when it returns, and what is deleted is
/// overwritten.
pub(super) fn writer(file: &Path, options: &Options) -> Result<Connection, rusqlite::Error> {
    let connection = plain(file)?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES_MAX)?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    // Returns its new value, hence the query.
    connection.pragma_update_and_check(None, "secure_delete", "on", |_| Ok(()))?;
    connection.pragma_update(None, "temp_store", "memory")?;
    if let Some(bytes) = options.max_bytes {
        let pages = i64::try_from(bytes / PAGE_BYTES).unwrap_or(i64::MAX);
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    Ok(connection)
}

/// Opens a connection that copies the log into the file.
pub(super) fn checkpointer(file: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = plain(file)?;
    connection.pragma_update(None, "synchronous", "full")?;
    Ok(connection)
}

/// Opens a connection that reads.
pub(super) fn reader(file: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = plain(file)?;
    connection.pragma_update(None, "query_only", "on")?;
    // Else a statement is planned anew for every other limit that it is given.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::StatementStatus;

    #[test]
    fn the_writer_is_durable_and_erases() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file.db");
        std::fs::write(&file, "").unwrap();
        let options = Options {
            max_bytes: Some(1 << 20),
        };
        use_log(&plain(&file).unwrap()).unwrap();
        let writer = writer(&file, &options).unwrap();
        let number = |pragma| writer.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        assert_eq!(
            number("synchronous").unwrap(),
            2,
            "full: fsync at every commit"
        );
        assert_eq!(number("secure_delete").unwrap(), 1);
        assert_eq!(number("page_size").unwrap(), 4096);
        assert_eq!(number("max_page_count").unwrap(), 256);
        let mode: String = writer
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "wal");
    }

    #[test]
    fn readers_cannot_write() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file.db");
        std::fs::write(&file, "").unwrap();
        use_log(&plain(&file).unwrap()).unwrap();
        let reader = reader(&file).unwrap();
        assert!(reader.execute_batch("CREATE TABLE x (y)").is_err());
    }

    #[test]
    fn a_reader_plans_a_statement_once() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file.db");
        std::fs::write(&file, "").unwrap();
        use_log(&plain(&file).unwrap()).unwrap();
        let create = "CREATE TABLE t (k TEXT PRIMARY KEY) WITHOUT ROWID";
        plain(&file).unwrap().execute_batch(create).unwrap();
        let reader = reader(&file).unwrap();
        let sql = "SELECT k FROM t WHERE k >= ?1 ORDER BY k LIMIT ?2";
        let mut statement = reader.prepare(sql).unwrap();
        for limit in [1, 25, 100] {
            let mut rows = statement.query(("a", limit)).unwrap();
            assert!(rows.next().unwrap().is_none());
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
