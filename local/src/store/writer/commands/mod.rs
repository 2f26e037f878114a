//! What the writer can be asked for: one file per command, with what it does and what it answers.

mod batch;
mod purge;
mod transaction;
mod write;

pub(in crate::store) use batch::Batch;
pub(in crate::store) use purge::{Purge, PurgeFound};
pub(in crate::store) use transaction::Transaction;
pub(in crate::store) use write::WriteOne;
