//! Contents as bytes, as they are today and whatever they are.

mod bounds;
mod bytes;
mod samples;
mod snapshots;
mod strategies;
mod unknown;
