//! Measures the store: `cargo run --release -p heliograph-client --example store_bench [MESSAGES]` writes a
//! line of JSON with rates, the time of searches and what a message takes on the disk: on the whole, and, of
//! stores with shorter and longer messages, what is fixed and what each byte of text adds.

#![expect(clippy::print_stdout, reason = "a command line tool")]

use anyhow::Result;
use heliograph_client::history::Position;
use heliograph_client::store::messages::{self, Message, Status};
use heliograph_client::store::{self, Store, StoreError, StoreKey};
use heliograph_protocol::MessageId;
use heliograph_protocol::request::Recipient;
use std::path::Path;
use std::time::Instant;

const AUTHORS: [&str; 2] = [
    "3f1c9d52-7f64-4a0e-9d2b-6c8a5e1f0b47",
    "a2b64d1e-0f3c-4b7a-8e55-1d9f7c2b6a30",
];
const CHATS: u64 = 200;
const AT_ONCE: u64 = 100;
const WORDS: u64 = 20_000;
/// Words in a message: with spaces some 160 bytes; and in those that are compared.
const LENGTH: u64 = 30;
const LENGTHS: [u64; 2] = [10, 60];
const COMPARED: u64 = 100_000;

fn main() -> Result<()> {
    let count = std::env::args()
        .nth(1)
        .map_or(Ok(1_000_000), |it| it.parse())?;
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("store.db");
    let store = Store::open(&file, &StoreKey::draw()?)?;
    let begun = Instant::now();
    let text_bytes = fill(&store, count, LENGTH)?;
    let put_s = begun.elapsed().as_secs_f64();
    let mut searches = Vec::new();
    for words in ["w1", "w17 w3", "w19999", "w4711 w12", "w1500", "nothing"] {
        let begun = Instant::now();
        let found = store.step(|step| store::search(step, words, 50))?.len();
        searches.push((begun.elapsed().as_secs_f64() * 1e3, words, found));
    }
    let slowest = searches.iter().map(|it| it.0).fold(0.0, f64::max);
    let begun = Instant::now();
    store.step(|step| messages::page(step, &chat(7)?, None, 50))?;
    let page_ms = begun.elapsed().as_secs_f64() * 1e3;
    drop(store);
    let disk = bytes(&file)?;
    let [short, long] = LENGTHS.map(size_of);
    let (short, long) = (short?, long?);
    let added = (long.1 - short.1) / (long.0 - short.0);
    println!(
        "{}",
        serde_json::json!({
            "messages": count,
            "puts_per_s": rate(count, put_s),
            "search_ms_slowest": slowest,
            "searches": searches,
            "page_of_50_ms": page_ms,
            "text_bytes_each": rate(text_bytes, 1.0) / rate(count, 1.0),
            "disk_bytes_each": rate(disk, 1.0) / rate(count, 1.0),
            "disk_bytes_fixed": short.1 - added * short.0,
            "disk_bytes_by_text_byte": added,
        })
    );
    Ok(())
}

/// Tells how many bytes of text a message of so many words has, and how many it takes.
fn size_of(length: u64) -> Result<(f64, f64)> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("store.db");
    let store = Store::open(&file, &StoreKey::draw()?)?;
    let text = fill(&store, COMPARED, length)?;
    drop(store);
    let messages = rate(COMPARED, 1.0);
    Ok((
        rate(text, 1.0) / messages,
        rate(bytes(&file)?, 1.0) / messages,
    ))
}

/// Puts messages, some at a time; returns how many bytes of text that was.
fn fill(store: &Store, count: u64, length: u64) -> Result<u64> {
    let mut text_bytes = 0;
    for first in (0..count).step_by(usize::try_from(AT_ONCE)?) {
        store.step(|step| {
            for number in first..count.min(first + AT_ONCE) {
                let text = text(number, length);
                text_bytes += text.len() as u64;
                let chat = chat(number % CHATS)?;
                messages::put(step, &chat, &message(number, &text)?, &text)?;
            }
            Ok::<_, StoreError>(())
        })?;
    }
    Ok(text_bytes)
}

fn chat(number: u64) -> Result<Recipient, StoreError> {
    let user_id = format!("user-{number}").parse();
    user_id
        .map(Recipient::User)
        .map_err(|_| StoreError::Corrupt)
}

fn message(number: u64, text: &str) -> Result<Message, StoreError> {
    let sent_at = 1_764_000_000_000 + number;
    let random = mixed(number).to_be_bytes();
    let random = std::array::from_fn(|at| random[at % 8]);
    let id = uuid::Builder::from_unix_timestamp_millis(sent_at, &random).into_uuid();
    let author = AUTHORS[usize::from(number.is_multiple_of(3))];
    Ok(Message {
        position: Position {
            height: sent_at,
            message_id: MessageId::from_uuid(id).ok_or(StoreError::Corrupt)?,
        },
        author: author.parse().map_err(|_| StoreError::Corrupt)?,
        status: Status::Received,
        is_shown: true,
        gone_at: None,
        body: text.into(),
    })
}

/// Words of which some are frequent and most are rare, as in a language.
fn text(number: u64, length: u64) -> String {
    let word = |at| {
        let drawn = mixed(number * length + at);
        let rank = match drawn % 4 {
            0 => drawn / 4 % 20,
            1 => drawn / 4 % 500,
            _ => drawn / 4 % WORDS,
        };
        format!("w{rank}")
    };
    (0..length).map(word).collect::<Vec<_>>().join(" ")
}

/// SplitMix64.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn bytes(file: &Path) -> Result<u64> {
    Ok(std::fs::metadata(file)?.len())
}

#[expect(clippy::cast_precision_loss, reason = "a rate")]
fn rate(count: u64, seconds: f64) -> f64 {
    count as f64 / seconds
}
