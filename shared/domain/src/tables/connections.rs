//! Connections: which of a user's devices have a live socket.
//!
//! One item a user, so that a group of 256 needs 3 batch reads. A device has two fields, its
//! connection's name and what else is known of it; one write replaces them and returns what was
//! there, and a removal names the connection it means, so that an old `$disconnect` never removes
//! a newer connection.

use crate::Context;
use crate::address::Address;
use crate::ports::ConnectionId;
use crate::store::{
    Condition, Field, Item, Key, Store, StoreError, Table, Update, Write, WriteOutcome,
};
use heliograph_protocol::{DeviceId, UserId};

/// How long a connection may live, in milliseconds ([API Gateway quotas]: 2 hours), with a margin
/// for clocks.
///
/// [API Gateway quotas]: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
const LEASE_MS: u64 = (2 * 60 + 5) * 60 * 1000;

/// A live socket of a device, as far as the table knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The gateway's name of it.
    pub id: ConnectionId,
    /// When it was opened, in milliseconds since the Unix epoch.
    pub connected_at: u64,
    /// When the device that opened it was made.
    pub device_created_at: u64,
}

/// The connections of one user.
#[derive(Clone, Debug, Default)]
pub struct Connections(Option<Item>);

impl Connections {
    /// Reads an item.
    pub fn from_item(item: Option<Item>) -> Self {
        Self(item)
    }

    /// The connection of a device, unless its lease has ended by `now_ms` or it belongs to an
    /// earlier device of the same id.
    pub fn of(&self, device: &Address, now_ms: u64) -> Option<Connection> {
        let connection = read(self.0.as_ref()?, device.device_id)?;
        let is_live = connection.connected_at + LEASE_MS > now_ms
            && connection.device_created_at == device.device_created_at;
        is_live.then_some(connection)
    }
}

/// The key of a user's connections.
pub fn key(user_id: &UserId) -> Key {
    Key::new(Table::Connections, user_id.as_str())
}

/// Notes that a device has a connection; returns the one it displaces.
///
/// # Errors
/// The store's.
pub async fn open(
    store: &dyn Store,
    cx: &Context,
    device: &Address,
    id: &ConnectionId,
    connected_at: u64,
) -> Result<Option<ConnectionId>, StoreError> {
    let (id_field, rest_field) = fields(device.device_id);
    let rest = format!("{connected_at}#{}", device.device_created_at);
    let update = Update::default()
        .set(id_field, Field::Text(id.as_str().to_owned()))
        .set(rest_field, Field::Text(rest))
        .expiring((connected_at + LEASE_MS).div_ceil(1000));
    let outcome = store
        .write(cx, Write::update(key(&device.user_id), update))
        .await?;
    let (WriteOutcome::Applied { old } | WriteOutcome::Refused { old }) = outcome;
    let displaced = old
        .and_then(|old| read(&old, device.device_id))
        .map(|connection| connection.id);
    Ok(displaced.filter(|displaced| displaced != id))
}

/// Forgets a connection, unless the device has another one by now; tells whether it did.
///
/// # Errors
/// The store's.
pub async fn close(
    store: &dyn Store,
    cx: &Context,
    user_id: &UserId,
    device_id: DeviceId,
    id: &ConnectionId,
) -> Result<bool, StoreError> {
    let (id_field, rest_field) = fields(device_id);
    let is_same = Condition::equals(id_field.clone(), Field::Text(id.as_str().to_owned()));
    let update = Update::default().remove(id_field).remove(rest_field);
    let outcome = store
        .write(cx, Write::update(key(user_id), update).when(is_same))
        .await?;
    Ok(matches!(outcome, WriteOutcome::Applied { .. }))
}

fn fields(device_id: DeviceId) -> (String, String) {
    (format!("d{device_id}"), format!("d{device_id}at"))
}

fn read(item: &Item, device_id: DeviceId) -> Option<Connection> {
    let (id_field, rest_field) = fields(device_id);
    let id = ConnectionId::new(item.text(&id_field)?);
    let (connected_at, device_created_at) = item.text(&rest_field)?.split_once('#')?;
    Some(Connection {
        id,
        connected_at: connected_at.parse().ok()?,
        device_created_at: device_created_at.parse().ok()?,
    })
}
