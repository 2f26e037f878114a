//! What tests of several crates share.

pub mod contract;
pub mod keys;
pub mod stage;
pub mod traces;
