//! What a client or a schedule can ask for, one file each.
//!
//! A use case takes the [`App`](crate::app::App), the invocation's [`Context`](crate::Context) and
//! a decoded request, and returns what the wire says. Its rules are pure functions beside it.

mod ack;
mod authorize;
mod cleanup;
mod connect;
mod delete_account;
mod devices;
mod enrol;
mod fan_out;
pub mod groups;
pub mod keys;
mod link;
pub mod media;
mod notify;
pub mod people;
pub mod presence;
mod push;
mod reach;
mod receipts;
mod refresh;
mod register;
mod relation;
mod send;
mod shown;
mod status;
mod sweep;
mod sync;
mod typing;
mod verify;

pub use ack::{AckError, ack};
pub use authorize::{AuthorizeError, authorize};
pub use connect::{ConnectError, connect, disconnect};
pub use delete_account::{DeleteAccountError, delete_account};
pub use devices::{DevicesError, list_devices, remove_device};
pub use fan_out::{Carried, FanOutFailure, fan_out};
pub use link::{LinkError, link, link_token};
pub use notify::{NotifyFailure, notify, push_key, register_push, unregister_push};
pub use receipts::tell_receipts;
pub use refresh::{RefreshError, refresh};
pub use register::{RegisterError, register};
pub use send::send;
pub use status::status;
pub use sweep::{SweepReport, carry_left, sweep};
pub use sync::sync;
pub use verify::{VerifyError, verify};

use crate::store::{StoreError, StoreErrorKind};
use heliograph_protocol::ErrorBody;

/// What a client is told of a failing store: never the cause, only whether to try again.
impl From<&StoreError> for ErrorBody {
    fn from(error: &StoreError) -> Self {
        match error.kind() {
            StoreErrorKind::Conflict | StoreErrorKind::Throttled | StoreErrorKind::Unavailable => {
                ErrorBody::unavailable()
            }
            StoreErrorKind::Corrupt | StoreErrorKind::Invalid => ErrorBody::internal(),
        }
    }
}
