//! Tokens: who may connect, who may have new ones, and which envelope is meant.
//!
//! All keys are derived from one master secret, so that there is one thing to keep and to rotate.

mod access;
mod ack;
mod keys;
mod refresh;

pub use access::{AccessToken, ForgedToken};
pub use ack::AckTokens;
pub use keys::{KeyRing, WeakSecret};
pub use refresh::{Credential, RefreshToken};
