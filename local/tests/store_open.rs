//! Opening: whose directory it is, what it leaves there, what it refuses.

use heliograph_domain::Context;
use heliograph_domain::store::{Consistency, Field, Item, Key, Store, Table, Write, WriteOutcome};
use heliographd::store::{EmbeddedStore, OpenError, Options};
use rusqlite::Connection;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

fn open(directory: &Path) -> Result<EmbeddedStore, OpenError> {
    EmbeddedStore::open(directory, &Options::default())
}

fn cx() -> Context {
    Context::at(1_800_000_000_000)
}

fn item(key: &Key) -> Item {
    Item::new(key.clone()).with("number", Field::Int(7))
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let directory = TempDir::new().unwrap();
    let durable = Key::sorted(Table::Inbox, "device", "message");
    let volatile = Key::new(Table::Connections, "user");
    for restart in 0..3 {
        let store = open(directory.path()).unwrap();
        let read = store
            .get(&cx(), &durable, Consistency::Strong)
            .await
            .unwrap();
        assert_eq!(read, (restart > 0).then(|| item(&durable)));
        let read = store
            .get(&cx(), &volatile, Consistency::Strong)
            .await
            .unwrap();
        assert_eq!(read, None);
        for key in [&durable, &volatile] {
            let outcome = store.write(&cx(), Write::put(item(key))).await.unwrap();
            assert!(matches!(outcome, WriteOutcome::Applied { .. }));
        }
    }
}

#[tokio::test]
async fn nobody_else_can_read_the_files() {
    let parent = TempDir::new().unwrap();
    let directory = parent.path().join("made").join("here");
    let store = open(&directory).unwrap();
    let key = Key::sorted(Table::Inbox, "device", "message");
    store.write(&cx(), Write::put(item(&key))).await.unwrap();
    store.get(&cx(), &key, Consistency::Strong).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    let files: Vec<_> = fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(
        files.len() >= 4,
        "a file, its log, the log's index and a lock: {files:?}"
    );
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn a_directory_has_one_owner() {
    let directory = TempDir::new().unwrap();
    let first = open(directory.path()).unwrap();
    assert!(matches!(open(directory.path()), Err(OpenError::Locked(_))));
    drop(first);
    assert!(open(directory.path()).is_ok());
}

#[test]
fn a_newer_version_is_refused_and_left_alone() {
    let directory = TempDir::new().unwrap();
    drop(open(directory.path()).unwrap());
    let file = directory.path().join("store.db");
    Connection::open(&file)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let before = fs::read(&file).unwrap();
    let error = open(directory.path()).unwrap_err();
    assert!(
        matches!(
            error,
            OpenError::Newer {
                found: 99,
                known: 5,
                ..
            }
        ),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("has version 99; this program knows versions up to 5")
    );
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn other_files_are_refused_and_left_alone() {
    let foreign: [fn(&Path); 3] = [
        |file| {
            fs::write(
                file,
                "not a database, and longer than its header would be".repeat(99),
            )
            .unwrap()
        },
        |file| {
            Connection::open(file)
                .unwrap()
                .execute_batch("CREATE TABLE x (y)")
                .unwrap()
        },
        |file| {
            Connection::open(file)
                .unwrap()
                .pragma_update(None, "application_id", 7)
                .unwrap()
        },
    ];
    for make in foreign {
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("store.db");
        make(&file);
        let before = fs::read(&file).unwrap();
        let error = open(directory.path()).unwrap_err();
        assert!(matches!(error, OpenError::Foreign(_)), "{error}");
        assert_eq!(fs::read(&file).unwrap(), before);
    }
}

#[test]
fn a_place_that_is_no_directory_is_refused() {
    let parent = TempDir::new().unwrap();
    let place = parent.path().join("file");
    fs::write(&place, "").unwrap();
    assert!(matches!(open(&place), Err(OpenError::Io { .. })));
}
