//! A device's socket opens and closes.

use super::{presence, push};
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::ports::ConnectionId;
use crate::store::StoreError;
use crate::tables::connections;
use crate::tables::users::{self, User};
use futures_util::future::join;
use heliograph_protocol::event::Event;
use heliograph_protocol::people::Audience;
use heliograph_protocol::{ErrorBody, ErrorCode};

/// Why a connection was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The device was removed while it connected.
    #[error("device revoked")]
    Revoked,
    /// The store failed.
    #[error("connection not noted")]
    Store(#[from] StoreError),
}

impl From<&ConnectError> for ErrorBody {
    fn from(error: &ConnectError) -> Self {
        match error {
            ConnectError::Revoked => {
                ErrorBody::new(ErrorCode::Forbidden, "this device has been removed")
            }
            ConnectError::Store(error) => error.into(),
        }
    }
}

/// Notes a device's connection, and displaces the one it had.
///
/// The note is written before the user is read: whoever removes the device changes the user first
/// and looks for its connection afterwards, so one of the two always sees the other. Costs one
/// write and one read.
///
/// # Errors
/// [`ConnectError`]; then no connection is noted.
pub async fn connect(
    app: &App,
    cx: &Context,
    device: &Address,
    id: &ConnectionId,
    connected_at: u64,
) -> Result<(), ConnectError> {
    let store = &*app.store;
    let opened = connections::open(store, cx, device, id, connected_at).await?;
    let displace = async {
        if let Some(old) = &opened.displaced {
            // The old socket may be gone already: there is nobody to tell then.
            let _ = app.pusher.post(cx, old, Event::Displaced).await;
            let _ = app.pusher.close(cx, old).await;
        }
    };
    let ((), user) = join(displace, users::get(store, cx, &device.user_id)).await;
    let refusal = match user {
        Ok(Some(user)) if user.device(device).is_some() => {
            if !opened.was_online && shows_presence(&user) {
                presence::changed(app, cx, device, connected_at).await;
            }
            return Ok(());
        }
        Ok(_) => ConnectError::Revoked,
        Err(error) => ConnectError::Store(error),
    };
    connections::close(store, cx, device, id).await?;
    Err(refusal)
}

/// Whether anybody may know that the user comes or goes.
fn shows_presence(user: &User) -> bool {
    let shown = [user.privacy.online, user.privacy.last_seen];
    shown.iter().any(|audience| *audience != Audience::Nobody)
}

/// Forgets a connection, unless the device has a newer one. Costs one write.
///
/// # Errors
/// The store's; the connection's lease ends by itself then.
pub async fn disconnect(
    app: &App,
    cx: &Context,
    device: &Address,
    id: &ConnectionId,
) -> Result<(), StoreError> {
    push::forget(app, cx, device, id).await
}
