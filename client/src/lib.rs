//! Heliograph's client library, native and for browsers (`wasm32-unknown-unknown`).
//!
//! * [`account`]: registers a device, and gets its tokens
//! * [`client`]: the API for apps
//! * [`connection`]: what keeps a device connected, as a state machine without I/O
//! * [`content`]: what is inside a ciphertext
//! * [`e2ee`]: who a device is, and what it says to others and in groups, encrypted
//! * [`engine`]: what is encrypted and opened, each in one transaction
//! * [`history`]: the order of a chat, and what is done to its messages
//! * [`media`]: files, from a photo on disk to sealed bytes in the store and back
//! * [`store`]: what outlives the process, in one encrypted file
//! * [`transport`]: the connection itself, natively and in browsers
//!
//! # In a browser
//! [`Client`](client::Client) runs in a dedicated worker of a secure page, where the private file system has files
//! that are written in place; the page asks it by messages. One worker has a store open at a time, of whichever
//! page. A browser that is short of space may drop all that is kept, unless the app has asked it to [persist] it.
//! A panic ends the module, and with it what the worker has not kept: the page ends the worker then, and begins
//! another one. `tests/browser` is an app around it.
//!
//! [persist]: https://developer.mozilla.org/docs/Web/API/StorageManager/persist
#![deny(missing_docs)]
#![cfg_attr(
    target_arch = "wasm32",
    expect(
        clippy::arc_with_non_send_sync,
        reason = "what is shared between threads natively is shared in one thread in a browser"
    )
)]

pub mod account;
pub mod client;
pub mod connection;
pub mod content;
pub mod e2ee;
pub mod engine;
pub mod history;
pub mod media;
pub mod store;
pub mod transport;

mod address;
#[cfg(target_arch = "wasm32")]
mod opfs;
mod random;
mod tasks;
#[cfg(not(target_arch = "wasm32"))]
mod tls;

pub use address::DeviceAddress;
pub use tasks::MaybeSendSync;
