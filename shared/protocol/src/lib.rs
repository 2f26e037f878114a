//! Heliograph's wire protocol, version 1: types, limits, error codes and codec.
//!
//! Everything that crosses the wire between a client and a deployment is a type here, and both
//! sides use the same one: a server decodes what a client built, and the other way round. There is
//! no I/O, no clock and no randomness, so the crate also builds for `wasm32-unknown-unknown`.
//!
//! Limits are enforced while decoding: a value of one of these types is within them. Decoding
//! never panics, and what it reports names the field and the limit, never the input.
//!
//! The contract itself is `docs/PROTOCOL.md`; sections are quoted as "protocol §n".

#![deny(missing_docs)]

mod bounded;
mod codec;
pub mod error;
pub mod event;
pub mod frame;
pub mod groups;
pub mod http;
pub mod ids;
pub mod keys;
pub mod limits;
pub mod media;
pub mod people;
pub mod reply;
pub mod request;
pub mod socket;

pub use codec::{Peek, Rejected, decode, decode_http, json_bytes, peek};
pub use error::{DeviceMismatch, ErrorBody, ErrorCode};
pub use ids::{DeviceId, GroupId, InvalidId, MessageId, RegistrationId, RequestId, UserId};
