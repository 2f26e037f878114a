//! A device's connection to its deployment: over sockets natively, over a browser's own in a browser.
//!
//! ```no_run
//! # #[cfg(not(target_arch = "wasm32"))]
//! # async fn example(
//! #     tokens: heliograph_client::connection::Tokens,
//! #     store: std::sync::Arc<dyn heliograph_client::transport::TokenStore>,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! use heliograph_client::connection::Notice;
//! use heliograph_client::transport::{Config, Connection};
//! use heliograph_protocol::reply::SyncOk;
//! use heliograph_protocol::request::Sync;
//!
//! let config = Config::new("https://chat.example.org", "wss://chat.example.org/v1/socket", store);
//! let (connection, mut notices) = Connection::start(config, tokens)?;
//! while let Some(notice) = notices.next().await {
//!     match notice {
//!         Notice::Connected { .. } => {
//!             let page: SyncOk = connection.ask(|id| Sync::new(id, None)).await?;
//!         }
//!         Notice::Event(event) => { /* messages, receipts, … */ }
//!         Notice::SignedOut(why) => break,
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! What is done when is decided by a [`Machine`](crate::connection::Machine); here it is done. Sockets, calls
//! and the store run beside the driver, which waits for none of them.

mod alarm;
mod config;
mod connection;
mod driver;
mod error;
mod media;

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(target_arch = "wasm32")]
use browser::Link;
#[cfg(not(target_arch = "wasm32"))]
use native::Link;

#[cfg(target_arch = "wasm32")]
pub(crate) use browser::is_offline;

pub use config::{Config, NotStored, TokenStore};
pub use connection::{Connection, Notices, StartError};
pub use error::{Again, RequestError};
