//! Devices that write to each other, each with its store, over a server that is not trusted.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod chats;
mod conversation;
mod device;
mod groups;
mod keys;
mod link;
mod membership;
mod server;
mod world;

const NOW_MS: u64 = 1_764_000_000_000;
const DAY_MS: u64 = 86_400_000;
