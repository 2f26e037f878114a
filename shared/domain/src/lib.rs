//! Heliograph's rules, tables and use cases, over ports.
//!
//! Nothing here knows a network, a disk, a clock or an async runtime: the same code runs in a Lambda,
//! in `heliographd` and, on one thread with a virtual clock and seeded ids, in a simulation.
//!
//! * [`ports`] and [`store`]: what a deployment must provide
//! * [`tables`]: one typed module per table, the only code that builds keys and items
//! * [`usecases`]: what a client or a schedule can ask for
#![deny(missing_docs)]

mod address;
pub mod app;
mod bucket;
mod chain;
mod content;
mod context;
pub mod groups;
pub mod ports;
pub mod privacy;
pub mod signatures;
pub mod store;
pub mod tables;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod together;
pub mod tokens;
pub mod usecases;

pub use address::Address;
pub use bucket::{Bucket, Buckets, Rate};
pub use chain::chain;
pub use content::Content;
pub use context::{Context, Meter, Usage};
