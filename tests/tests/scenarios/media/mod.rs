//! Encrypted files: put and got by addresses that are signed, and by nothing else (protocol §9).

mod addresses;
mod files;
mod refused;
pub(crate) mod store;
mod story;
