//! One device's connection as a state machine: sockets, requests and their answers, keep-alive, renewal,
//! retries and tokens (protocol §1, §2).
//!
//! [`Machine`] decides and does nothing; time and chance come in. It is run by a
//! [`transport::Connection`](crate::transport::Connection).
//!
//! ```
//! use heliograph_client::connection::{Action, Chance, Input, Machine, Timing, Tokens};
//!
//! # let (now_ms, access_expires_at) = (1_764_000_000_000, 1_764_000_900_000);
//! # let (access_token, refresh_token) = (String::new(), String::new());
//! let tokens = Tokens { access_token, access_expires_at, refresh_token };
//! let mut machine = Machine::new(tokens, Timing::default(), Chance::new(7));
//! machine.take(now_ms, Input::Open);
//! while let Some(action) = machine.next_action() {
//!     match action {
//!         Action::OpenSocket { token, generation } => { /* begin to open one */ }
//!         Action::WakeAt(at_ms) => { /* give Input::Wake then */ }
//!         _ => {}
//!     }
//! }
//! ```
//!
//! # What it promises
//! * A request has one outcome, always: an answer, or how far it came.
//! * There are two sockets at most, and two only while one takes the place of the other.
//! * There is one refresh at most, and a token that was refreshed is used when it is stored.
//! * While the app wants to be connected there is a time to wake at, and no two wakes in the same moment.
//!
//! # How a socket ends
//!
//! | what comes | what it means | what is done |
//! |---|---|---|
//! | `displaced`, close 1000, while a newer socket of ours is opening or open | ours took its place | nothing |
//! | `displaced` otherwise | another client is connected as this device | stop, tell [`Notice::Displaced`] |
//! | close 1000 alone | displaced, and the word was lost; or revoked | try again; 403 tells of the latter |
//! | close 1001 after 2 h or 10 min of silence | the server's limits | try again; ping more often after silence |
//! | close 1001 otherwise, 1012, 1013 | the server stops | try again within some seconds, as everybody does |
//! | no close, 1005, 1006, 1015 | cut | try again; after silence ping more often |
//! | any other code | something was sent that the server does not take | try again, less and less often |
//! | 401 | the access token has ended | refresh, at once the first time |
//! | 403 | maybe revoked | refresh: the deployment's own 403 is the end, [`Notice::SignedOut`] |
//! | 429, 503, any other status | not now | try again, not before `Retry-After` |
//!
//! All tries are put off by chance within a window that doubles up to a minute; after half an hour it is
//! every 5 minutes. It begins anew only after a socket that lasted a minute, or where the app knows that the
//! network is back.

mod action;
mod backoff;
mod chance;
mod credentials;
mod ending;
mod keep_alive;
mod machine;
mod requests;
mod socket;
mod time;
mod timing;
mod tokens;

#[cfg(test)]
mod tests;

pub use action::{
    Action, Generation, Input, Notice, RefreshAnswer, RequestFailure, SignedOut, SocketEvent,
};
pub use chance::Chance;
pub use machine::Machine;
pub use timing::Timing;
pub use tokens::Tokens;
