//! The WebSocket gateway, with API Gateway's manners.
//!
//! `upgrade` asks the authorizer and `$connect` before the 101; `connection` then owns the
//! socket; `dispatch` calls the function of a frame's route; the `hub` knows every open socket
//! and is the Pusher of this deployment, by way of each socket's `outbox`.

mod connection;
mod dispatch;
mod hub;
mod outbox;
mod upgrade;

pub(crate) use dispatch::ACTIONS;
pub use hub::Hub;
pub(crate) use upgrade::upgrade;
