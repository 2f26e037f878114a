//! What is deleted is overwritten, and leaves every file of the directory within seconds.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use heliograph_domain::Context;
use heliograph_domain::store::{Field, Item, Key, Store, Table, Update, Write};
use heliographd::store::{EmbeddedStore, Options};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const NOW_S: u64 = 1_800_000_000;
const MARK: &[u8] = b"a word that is in no other place: heliotrope";

fn cx() -> Context {
    Context::at(NOW_S * 1000)
}

/// Counts the mark in all files of the directory.
fn marks(directory: &Path) -> usize {
    let files = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let count = |bytes: Vec<u8>| memchr::memmem::find_iter(&bytes, MARK).count();
    files.map(|file| count(fs::read(file).unwrap())).sum()
}

/// Waits until the mark is in none of the files; fails after half a minute.
async fn wait_until_gone(directory: &Path) {
    let start = Instant::now();
    while marks(directory) > 0 {
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "{} marks left",
            marks(directory)
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A body with the mark in it and, so that pages of all sizes are in use, more or less around it.
fn marked(device: usize, message: usize) -> Item {
    let around = [0, 100, 300, 1000, 5000][message % 5];
    let body = [vec![1; around], MARK.to_vec(), vec![2; around]].concat();
    Item::new(key(device, message))
        .with("body", Field::Bytes(body))
        .expiring(NOW_S + 60)
}

fn key(device: usize, message: usize) -> Key {
    // Spread, so that inserts split pages in their middle and not only at their end.
    let spread = (message as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    Key::sorted(
        Table::Inbox,
        format!("device {device}"),
        format!("{spread:016x}"),
    )
}

async fn fill(store: &EmbeddedStore, devices: usize, messages: usize) {
    for device in 0..devices {
        let puts = (0..messages).map(|message| Write::put(marked(device, message)));
        store.batch_write(&cx(), puts.collect()).await.unwrap();
    }
}

#[tokio::test]
async fn deleted_content_leaves_the_directory() {
    let directory = TempDir::new().unwrap();
    let store = EmbeddedStore::open(directory.path(), &Options::default()).unwrap();
    fill(&store, 10, 100).await;
    assert!(
        marks(directory.path()) >= 1000,
        "the test must be able to fail"
    );
    // One device keeps other messages: its pages stay in use.
    let kept = Item::new(Key::sorted(Table::Inbox, "device 5", "zz")).with("body", Field::Int(1));
    store.write(&cx(), Write::put(kept)).await.unwrap();
    for device in 0..10 {
        let deletes = (0..100).map(|message| Write::delete(key(device, message)));
        store.batch_write(&cx(), deletes.collect()).await.unwrap();
    }
    wait_until_gone(directory.path()).await;
}

/// Messages come and go among others that stay, as in inboxes that are never empty.
#[tokio::test]
async fn deleted_content_leaves_pages_that_stay_in_use() {
    let directory = TempDir::new().unwrap();
    let store = EmbeddedStore::open(directory.path(), &Options::default()).unwrap();
    let unmarked =
        |device, message| Item::new(key(device, message)).with("body", Field::Bytes(vec![3; 300]));
    for message in 0..600 {
        let puts = (0..8).map(|device| match message % 2 {
            0 => Write::put(marked(device, message)),
            _ => Write::put(unmarked(device, message)),
        });
        store.batch_write(&cx(), puts.collect()).await.unwrap();
        if message >= 100 {
            let deletes = (0..8).map(|device| Write::delete(key(device, message - 100)));
            store.batch_write(&cx(), deletes.collect()).await.unwrap();
        }
    }
    assert!(marks(directory.path()) > 0, "the test must be able to fail");
    for message in (500..600).step_by(2) {
        let deletes = (0..8).map(|device| Write::delete(key(device, message)));
        store.batch_write(&cx(), deletes.collect()).await.unwrap();
    }
    wait_until_gone(directory.path()).await;
}

#[tokio::test]
async fn replaced_and_expired_content_leaves_the_directory() {
    let directory = TempDir::new().unwrap();
    let store = EmbeddedStore::open(directory.path(), &Options::default()).unwrap();
    fill(&store, 3, 50).await;
    let replaced = Item::new(key(0, 0));
    for message in 0..50 {
        let put = Item {
            key: key(0, message),
            ..replaced.clone()
        };
        store.write(&cx(), Write::put(put)).await.unwrap();
        let update = Update::default().set("body", Field::Text("short".into()));
        store
            .write(&cx(), Write::update(key(1, message), update))
            .await
            .unwrap();
    }
    assert!(marks(directory.path()) >= 50);
    assert_eq!(store.purge_expired(NOW_S + 60).await.unwrap(), 100);
    wait_until_gone(directory.path()).await;
}
