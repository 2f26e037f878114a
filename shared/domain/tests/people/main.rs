//! Profiles, contacts, blocks and privacy settings, as people use them (protocol §7).
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod blocks;
mod contacts;
mod faults;
mod group_add;
mod lists;
mod masking;
mod profiles;
mod receipts;
mod stage;
