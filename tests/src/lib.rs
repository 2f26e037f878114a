//! A test client, and the deployments to point it at.
//!
//! A scenario reads like a story, and is the same for one machine and for AWS:
//!
//! ```no_run
//! # async fn story(stack: heliograph_tests::Deployment) {
//! let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
//! let (mut a, mut b) = (alice.connect().await, bob.connect().await);
//! a.send(&bob, "hi").await.accepted();
//! assert_eq!(b.next_message().await.content, "hi");
//! # }
//! ```
//!
//! Every wait has an end ([`Site::patience`]), and whatever is not as it should be panics, saying
//! who waited for what. Methods named `try_…` give back what others panic on: that a socket closed.

mod account;
mod app;
pub mod aws;
mod deployment;
pub mod files;
pub mod http;
mod keys;
mod killed;
mod line;
mod messages;
pub mod one_machine;
mod person;
mod phone;
mod reply;
mod scenario;
mod site;
mod socket;
mod terminal;

pub use account::{Refused, fresh_number};
pub use app::App;
pub use aws::Aws;
pub use deployment::Deployment;
pub use keys::{device, one_time_keys};
pub use killed::{Killed, killed_conversation};
pub use line::{Line, Traffic};
pub use messages::{message, message_id, message_id_at, now_ms};
pub use one_machine::OneMachine;
pub use person::Person;
pub use phone::{Phone, config};
pub use reply::{Reply, Sent};
pub use scenario::within_reason;
pub use site::{Addresses, Site};
pub use socket::{Closed, Handshake, Socket, hash, parts_of};
pub use terminal::Terminal;
