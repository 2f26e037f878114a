//! What every adapter of the port would otherwise write again: limits, decisions, pages.
//!
//! [`check`] refuses calls that DynamoDB would refuse, [`decide`] says what a write comes to, and
//! [`PageBuilder`] ends a page where DynamoDB would end it.

pub mod check;
mod decide;
mod page;

pub use decide::{Change, Decision, decide};
pub use page::PageBuilder;
