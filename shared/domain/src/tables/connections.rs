//! Connections: which of a user's devices have a live socket.
//!
//! One item a user, so that a group of 256 needs 3 batch reads. A device has two fields, its
//! connection's name and when that was opened; one write replaces them and returns what was there,
//! and a removal names the connection it means, so that an old `$disconnect` never removes a newer
//! connection. The fields name the device's moment too: a new device of the same id does not hide
//! the socket of a removed one that is still to be closed.

use crate::Context;
use crate::address::Address;
use crate::ports::ConnectionId;
use crate::store::{
    Condition, Consistency, Field, Item, Key, Store, StoreError, Table, Update, Write, WriteOutcome,
};
use heliograph_protocol::UserId;

/// How long a connection may live, in milliseconds ([API Gateway quotas]: 2 hours), with a margin
/// for clocks.
///
/// [API Gateway quotas]: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
const LEASE_MS: u64 = (2 * 60 + 5) * 60 * 1000;

/// How long a row outlives its last lease, in milliseconds: so that the sweep finds sockets that ended
/// without a word.
const GHOST_MS: u64 = 60 * 60 * 1000;

/// A live socket of a device, as far as the table knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The gateway's name of it.
    pub id: ConnectionId,
    /// When it was opened, in milliseconds since the Unix epoch.
    pub connected_at: u64,
}

impl Connection {
    /// Whether its lease has not ended by `now_ms`.
    fn is_live(&self, now_ms: u64) -> bool {
        lease_end(self.connected_at) > now_ms
    }
}

/// When a connection's lease ends, in milliseconds since the Unix epoch.
pub fn lease_end(connected_at: u64) -> u64 {
    connected_at + LEASE_MS
}

/// The connections of one user.
#[derive(Clone, Debug, Default)]
pub struct Connections(Option<Item>);

impl Connections {
    /// Reads an item.
    pub fn from_item(item: Option<Item>) -> Self {
        Self(item)
    }

    /// The connection of a device, unless its lease has ended by `now_ms`.
    pub fn of(&self, device: &Address, now_ms: u64) -> Option<Connection> {
        read(self.0.as_ref()?, device).filter(|connection| connection.is_live(now_ms))
    }

    /// The connections whose lease has ended, and nobody has said so; with their devices.
    pub fn ghosts(&self, user_id: &UserId, now_ms: u64) -> Vec<(Address, Connection)> {
        let Some(item) = &self.0 else {
            return Vec::new();
        };
        let devices = item.fields.keys().filter_map(|name| {
            let device = name.strip_prefix("id#")?;
            Address::parse(&format!("{user_id}#{device}"))
        });
        let ended = devices.filter_map(|device| {
            let connection = read(item, &device)?;
            (!connection.is_live(now_ms)).then_some((device, connection))
        });
        ended.collect()
    }

    /// When the last of the live leases ends, in milliseconds since the Unix epoch.
    pub fn lease_end_of(&self, devices: &[Address], now_ms: u64) -> Option<u64> {
        let live = devices.iter().filter_map(|device| self.of(device, now_ms));
        live.map(|connection| lease_end(connection.connected_at))
            .max()
    }

    /// Whether any of a user's devices has a connection.
    pub fn any_of(&self, devices: &[Address], now_ms: u64) -> bool {
        devices
            .iter()
            .any(|device| self.of(device, now_ms).is_some())
    }
}

/// The key of a user's connections.
pub fn key(user_id: &UserId) -> Key {
    Key::new(Table::Connections, user_id.as_str())
}

/// What a connection met when it was noted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// The device's connection before it.
    pub displaced: Option<ConnectionId>,
    /// Whether any device of the user had a connection before it.
    pub was_online: bool,
}

/// Notes that a device has a connection.
///
/// # Errors
/// The store's.
pub async fn open(
    store: &dyn Store,
    cx: &Context,
    device: &Address,
    id: &ConnectionId,
    connected_at: u64,
) -> Result<Opened, StoreError> {
    let (id_field, at_field) = fields(device);
    let at = i64::try_from(connected_at).unwrap_or(i64::MAX);
    let update = Update::default()
        .set(id_field, Field::Text(id.as_str().to_owned()))
        .set(at_field, Field::Int(at))
        .expiring((lease_end(connected_at) + GHOST_MS).div_ceil(1000));
    let outcome = store
        .write(cx, Write::update(key(&device.user_id), update))
        .await?;
    let (WriteOutcome::Applied { old } | WriteOutcome::Refused { old }) = outcome;
    let displaced = old.as_ref().and_then(|old| read(old, device));
    Ok(Opened {
        displaced: displaced
            .map(|connection| connection.id)
            .filter(|displaced| displaced != id),
        was_online: old.is_some_and(|old| has_other(&old, id, cx.now_ms())),
    })
}

/// What became of a connection that was to be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The device has another one by now, or none, and another device of the user has one.
    NotThere,
    /// It is forgotten, and other devices of the user have theirs.
    Forgotten,
    /// The user has none any more.
    Last,
}

/// Forgets a connection, unless the device has another one by now.
///
/// # Errors
/// The store's.
pub async fn close(
    store: &dyn Store,
    cx: &Context,
    device: &Address,
    id: &ConnectionId,
) -> Result<Closed, StoreError> {
    let (id_field, at_field) = fields(device);
    let is_same = Condition::equals(id_field.clone(), Field::Text(id.as_str().to_owned()));
    let update = Update::default().remove(id_field).remove(at_field);
    let outcome = store
        .write(
            cx,
            Write::update(key(&device.user_id), update).when(is_same),
        )
        .await?;
    Ok(match outcome {
        // Without any connection it may be our own write, whose answer was lost.
        WriteOutcome::Refused { old } => {
            match old.is_some_and(|old| has_other(&old, id, cx.now_ms())) {
                true => Closed::NotThere,
                false => Closed::Last,
            }
        }
        WriteOutcome::Applied { old } => {
            match old.is_some_and(|old| has_other(&old, id, cx.now_ms())) {
                true => Closed::Forgotten,
                false => Closed::Last,
            }
        }
    })
}

/// Whether a row holds another live connection than `id`, of whatever device.
fn has_other(item: &Item, id: &ConnectionId, now_ms: u64) -> bool {
    item.fields.iter().any(|(name, value)| {
        let Some(device) = name.strip_prefix("id#") else {
            return false;
        };
        let opened = item.int(&format!("at#{device}"));
        let opened = opened.and_then(|at| u64::try_from(at).ok()).unwrap_or(0);
        *value != Field::Text(id.as_str().to_owned()) && lease_end(opened) > now_ms
    })
}

/// Deletes the row of a user who is gone, once no device is in it; tells whether there is none.
///
/// # Errors
/// The store's.
pub async fn forget(store: &dyn Store, cx: &Context, user_id: &UserId) -> Result<bool, StoreError> {
    let key = key(user_id);
    let item = store.get(cx, &key, Consistency::Strong).await?;
    let is_empty = item.as_ref().is_none_or(|item| item.fields.is_empty());
    if is_empty && item.is_some() {
        store.write(cx, Write::delete(key)).await?;
    }
    Ok(is_empty)
}

/// The names of a device's two fields.
fn fields(device: &Address) -> (String, String) {
    let name = format!("{}#{}", device.device_id, device.device_created_at);
    (format!("id#{name}"), format!("at#{name}"))
}

fn read(item: &Item, device: &Address) -> Option<Connection> {
    let (id_field, at_field) = fields(device);
    Some(Connection {
        id: ConnectionId::new(item.text(&id_field)?),
        connected_at: u64::try_from(item.int(&at_field)?).ok()?,
    })
}
