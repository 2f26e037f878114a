//! The file's identity, its version, and the way from older versions to this one.

use heliograph_domain::store::Table;
use rusqlite::{Connection, TransactionBehavior};

/// "HeLi": says whose file it is.
const APPLICATION_ID: i32 = 0x4865_4C69;

/// What leads from each version to the next; a file's version is how many of these it has seen.
///
/// Texts that have been released never change: a new table or column is a new text at the end.
const MIGRATIONS: [&str; 5] = [
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
];

/// Why a file is not one of ours.
#[derive(Debug)]
pub(super) enum Unsuitable {
    /// Something else than a store.
    Foreign,
    /// Written by a newer version of this program.
    Newer {
        /// The file's version.
        found: usize,
    },
    /// SQLite could not tell.
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for Unsuitable {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => Unsuitable::Foreign,
            _ => Unsuitable::Sql(error),
        }
    }
}

/// The newest version that this program knows.
pub(super) const fn version() -> usize {
    MIGRATIONS.len()
}

/// Says whether the file can be used, without changing it.
pub(super) fn check(connection: &Connection) -> Result<(), Unsuitable> {
    inspect(connection).map(|_| ())
}

/// Brings the file to this version, in one transaction.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Unsuitable> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = inspect(&transaction)?;
    if found == version() {
        return Ok(());
    }
    for migration in MIGRATIONS.iter().skip(found) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(
        None,
        "user_version",
        i64::try_from(version()).unwrap_or(i64::MAX),
    )?;
    transaction.commit()?;
    Ok(())
}

/// Reads the file's version; an empty file has version 0.
fn inspect(connection: &Connection) -> Result<usize, Unsuitable> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let (application, found) = (number("application_id")?, number("user_version")?);
    let objects: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let found = usize::try_from(found).map_err(|_| Unsuitable::Foreign)?;
    match (application, found, objects) {
        (0, 0, 0) => Ok(0),
        (application, 1.., _) if application == i64::from(APPLICATION_ID) => {
            if found > version() {
                return Err(Unsuitable::Newer { found });
            }
            Ok(found)
        }
        _ => Err(Unsuitable::Foreign),
    }
}

/// The tables that are kept in the file.
pub(super) fn tables() -> impl Iterator<Item = Table> {
    let all = Table::ALL.into_iter().chain([Table::Jobs]);
    all.filter(|table| !table.is_volatile())
}

/// The table without an index of ends: its items live for a moment, and each would pay for it twice.
pub(super) const UNINDEXED: Table = Table::Inbox;

#[cfg(test)]
mod tests {
    use super::*;

    fn migrated() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        connection
    }

    #[test]
    fn every_durable_table_has_its_place() {
        let connection = migrated();
        for table in tables() {
            let sql = format!("SELECT pk, sk, expires_at, fields FROM {}", table.name());
            assert!(
                connection.prepare(&sql).is_ok(),
                "{} needs a migration",
                table.name()
            );
        }
    }

    #[test]
    fn migrating_again_changes_nothing() {
        let mut connection = migrated();
        let dump = |connection: &Connection| -> Vec<String> {
            let sql = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
            let mut statement = connection.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| row.get(0)).unwrap();
            rows.map(Result::unwrap).collect()
        };
        let before = dump(&connection);
        migrate(&mut connection).unwrap();
        assert_eq!(dump(&connection), before);
    }

    #[test]
    fn an_older_file_keeps_its_rows() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(MIGRATIONS[0]).unwrap();
        let pragmas = [("application_id", APPLICATION_ID), ("user_version", 1)];
        for (pragma, value) in pragmas {
            connection.pragma_update(None, pragma, value).unwrap();
        }
        let insert = "INSERT INTO users (pk, sk, fields) VALUES ('alice', '', x'80')";
        connection.execute(insert, []).unwrap();
        migrate(&mut connection).unwrap();
        let count = |table| {
            let sql = format!("SELECT count(*) FROM {table}");
            connection.query_row(&sql, [], |row| row.get::<_, i64>(0))
        };
        assert_eq!((count("users"), count("jobs")), (Ok(1), Ok(0)));
    }

    #[test]
    fn newer_and_foreign_files_are_refused() {
        let connection = migrated();
        connection.pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(
            check(&connection),
            Err(Unsuitable::Newer { found: 99 })
        ));
        connection.pragma_update(None, "application_id", 1).unwrap();
        assert!(matches!(check(&connection), Err(Unsuitable::Foreign)));
        let other = Connection::open_in_memory().unwrap();
        other.execute_batch("CREATE TABLE something (x)").unwrap();
        assert!(matches!(check(&other), Err(Unsuitable::Foreign)));
    }
}
