//! What the tests share: a database of their own, and a proxy that can fail.

mod database;
mod hosted;
mod proxy;
mod wire;

pub(crate) use database::{Database, config, store};
pub(crate) use proxy::{Proxy, Step};
pub(crate) use wire::Request;
