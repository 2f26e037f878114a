//! The protocol's wire form, from outside: what is written, what is read, and what is refused.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "how a test fails"
)]

mod echo;
mod frame_decode;
mod limits;
mod limits_groups;
mod limits_http;
mod limits_invites;
mod limits_keys;
mod limits_media;
mod limits_people;
mod limits_presence;
mod limits_send;
mod roundtrip;
mod roundtrip_groups;
mod roundtrip_keys;
mod roundtrip_media;
mod roundtrip_people;
mod samples;
mod snapshots;
mod snapshots_groups;
mod snapshots_media;
mod strategies;
