//! The protocol's wire form, from outside: what is written, what is read, and what is refused.

mod echo;
mod frame_decode;
mod limits;
mod roundtrip;
mod samples;
mod snapshots;
mod strategies;
