//! The encrypted store: opened, written, searched, and read by nobody else.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod messages;
mod opening;

use heliograph_client::history::Position;
use heliograph_client::store::messages::{Message, Status};
use heliograph_client::store::{Store, StoreError, StoreKey};
use heliograph_protocol::MessageId;
use heliograph_protocol::request::Recipient;
use rusqlite::Transaction;
use std::path::Path;
use zeroize::Zeroizing;

const ALICE: &str = "3f1c9d52-7f64-4a0e-9d2b-6c8a5e1f0b47";
const BOB: &str = "a2b64d1e-0f3c-4b7a-8e55-1d9f7c2b6a30";

fn key(byte: u8) -> StoreKey {
    StoreKey::Raw(Zeroizing::new([byte; 32]))
}

fn open(directory: &Path) -> Store {
    Store::open(directory.join("store.db"), &key(7)).unwrap()
}

/// The chat with a user.
fn with(user_id: &str) -> Recipient {
    Recipient::User(user_id.parse().unwrap())
}

/// Does one step that must not fail.
fn step<T>(store: &Store, step: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>) -> T {
    store.step(step).unwrap()
}

/// A message of a number: two of one number have one id.
fn message(number: u64, height: u64, author: &str, body: &str) -> Message {
    let id = uuid::Builder::from_unix_timestamp_millis(
        1_764_000_000_000 + number,
        &[number.to_be_bytes()[7]; 10],
    );
    Message {
        position: Position {
            height,
            message_id: MessageId::from_uuid(id.into_uuid()).unwrap(),
        },
        author: author.parse().unwrap(),
        status: Status::Received,
        is_shown: true,
        gone_at: None,
        body: body.into(),
    }
}
