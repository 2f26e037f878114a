//! No space left, or a disk that fails: the write is `Unavailable`, nothing is half stored, and the
//! store goes on when there is space again.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use futures_util::future::join_all;
use heliograph_domain::Context;
use heliograph_domain::store::{
    Consistency, Field, Item, Key, Query, Store, StoreError, StoreErrorKind, Table,
    TransactOutcome, Write,
};
use heliographd::store::{EmbeddedStore, Options};
use rustix::process::{Resource, Rlimit, setrlimit};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const DIRECTORY: &str = "HELIOGRAPH_TEST_DIRECTORY";
const BODY_BYTES: usize = 20_000;

fn cx() -> Context {
    Context::at(1_800_000_000_000)
}

fn half(table: Table, number: usize) -> Item {
    let key = Key::sorted(table, "partition", format!("{number:06}"));
    Item::new(key).with("body", Field::Bytes(vec![7; BODY_BYTES]))
}

/// Puts two items in one transaction.
async fn put_pair(store: &EmbeddedStore, number: usize) -> Result<(), StoreError> {
    let tables = [Table::Inbox, Table::Contacts];
    let writes = tables.map(|table| Write::put(half(table, number)));
    let outcome = store.transact(&cx(), writes.to_vec()).await?;
    assert_eq!(outcome, TransactOutcome::Applied);
    Ok(())
}

/// Puts pairs, eight at a time, until one fails; returns which were answered.
async fn fill(store: &EmbeddedStore) -> Vec<usize> {
    let mut answered = Vec::new();
    for round in 0.. {
        let numbers = round * 8..(round + 1) * 8;
        let outcomes = join_all(numbers.clone().map(|number| put_pair(store, number))).await;
        let mut full = false;
        for (number, outcome) in numbers.zip(outcomes) {
            match outcome {
                Ok(()) => answered.push(number),
                Err(error) => {
                    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
                    full = true;
                }
            }
        }
        if full {
            break;
        }
    }
    answered
}

/// Puts pairs one by one, where eight at once had no room, until one fails.
async fn fill_up(store: &EmbeddedStore, answered: &mut Vec<usize>) -> StoreError {
    for number in 800_000.. {
        match put_pair(store, number).await {
            Ok(()) => answered.push(number),
            Err(error) => return error,
        }
    }
    unreachable!("a disk without end")
}

/// Checks that exactly these pairs are there, whole.
async fn check(store: &EmbeddedStore, expected: &[usize]) {
    for table in [Table::Inbox, Table::Contacts] {
        let mut query = Query::partition(table, "partition", 10_000);
        let mut found = Vec::new();
        loop {
            let page = store.query(&cx(), &query).await.unwrap();
            for item in page.items {
                let number = item.key.sort.parse().unwrap();
                assert_eq!(item, half(table, number));
                found.push(number);
            }
            if page.next.is_none() {
                break;
            }
            query.after = page.next;
        }
        assert_eq!(found, expected, "{table:?}");
    }
}

#[tokio::test]
async fn a_full_store_refuses_and_recovers() {
    let directory = TempDir::new().unwrap();
    let options = Options {
        max_bytes: Some(4 << 20),
    };
    let store = EmbeddedStore::open(directory.path(), &options).unwrap();
    let mut answered = fill(&store).await;
    assert!(
        answered.len() > 50,
        "4 MB hold about a hundred pairs: {}",
        answered.len()
    );
    check(&store, &answered).await;
    let failed = fill_up(&store, &mut answered).await;
    assert_eq!(failed.kind(), StoreErrorKind::Unavailable);
    assert!(heliograph_domain::chain(&failed).contains("full"));
    // Deletes go on, and make room.
    for number in answered.drain(..10) {
        let deletes =
            [Table::Inbox, Table::Contacts].map(|table| Write::delete(half(table, number).key));
        store.batch_write(&cx(), deletes.to_vec()).await.unwrap();
    }
    put_pair(&store, 900_001).await.unwrap();
    answered.push(900_001);
    check(&store, &answered).await;
    drop(store);
    let store = EmbeddedStore::open(directory.path(), &options).unwrap();
    check(&store, &answered).await;
}

/// The file system refuses to let files grow (here: the process's own limit), which shows in the
/// middle of a commit. It must be another process, since the limit is for all of it.
#[test]
fn a_failing_disk_loses_nothing() {
    // The test runs itself in another process.
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        return child(Path::new(&directory));
    }
    let directory = TempDir::new().unwrap();
    // Files of at most 4,096 blocks of 512 or 1,024 bytes; the signal that says so is ignored.
    let script = "trap '' XFSZ; ulimit -S -f 4096; exec \"$0\" \"$@\"";
    let status = Command::new("/bin/sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .args(["a_failing_disk_loses_nothing", "--exact", "--nocapture"])
        .env(DIRECTORY, directory.path())
        .status()
        .unwrap();
    assert!(status.success());
    let passed = directory.path().join("passed");
    assert!(passed.exists(), "the child did not get to its end");
}

/// Runs in the process whose files may not grow.
fn child(directory: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(fail_and_recover(directory));
    std::fs::write(directory.join("passed"), "").unwrap();
}

async fn fail_and_recover(directory: &Path) {
    let store = EmbeddedStore::open(directory, &Options::default()).unwrap();
    let mut answered = fill(&store).await;
    assert!(answered.len() > 10);
    check(&store, &answered).await; // reads go on
    let failed = fill_up(&store, &mut answered).await;
    assert_eq!(failed.kind(), StoreErrorKind::Unavailable);
    setrlimit(
        Resource::Fsize,
        Rlimit {
            current: None,
            maximum: None,
        },
    )
    .unwrap();
    for number in 900_001..900_100 {
        put_pair(&store, number).await.unwrap();
        answered.push(number);
    }
    check(&store, &answered).await;
    let key = half(Table::Inbox, 900_001).key;
    assert!(
        store
            .get(&cx(), &key, Consistency::Strong)
            .await
            .unwrap()
            .is_some()
    );
    drop(store);
    let store = EmbeddedStore::open(directory, &Options::default()).unwrap();
    check(&store, &answered).await;
}
