//! Invites to groups. Stored is a hash of the token, so that who reads the table cannot join.

use super::super::{corrupt, pack, unpack};
use super::BODY;
use crate::Context;
use crate::store::{Condition, Consistency, Field, Item, Key, Store, StoreError, Table, Write};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use heliograph_protocol::GroupId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const VERSION: &str = "version";

/// An invite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// To which group.
    pub group_id: GroupId,
    /// Until when, in seconds since the Unix epoch.
    pub expires_at_s: u64,
    /// How many people can still join by it.
    pub uses_left: u16,
    /// Goes up by one with every use; 0 for one that is not stored yet.
    #[serde(skip)]
    pub version: i64,
}

/// A `#` keeps invites apart from groups, whose ids hold none.
fn key(token: &str) -> Key {
    let hash = BASE64.encode(Sha256::digest(token));
    Key::sorted(Table::Groups, format!("invite#{hash}"), "invite")
}

/// Reads an invite; `None` when there is none.
///
/// # Errors
/// The store's.
pub async fn get(
    store: &dyn Store,
    cx: &Context,
    token: &str,
) -> Result<Option<Invite>, StoreError> {
    let item = store.get(cx, &key(token), Consistency::Strong).await?;
    let read = |item: Item| {
        let mut invite: Invite = unpack(&item, BODY)?;
        invite.version = item.int(VERSION).ok_or_else(corrupt)?;
        Ok(invite)
    };
    item.map(read).transpose()
}

/// Stores an invite, unless another use came first.
///
/// # Errors
/// `Invalid` when it is too large.
pub fn save(token: &str, invite: &Invite) -> Result<Write, StoreError> {
    let item = Item::new(key(token))
        .with(VERSION, Field::Int(invite.version + 1))
        .with(BODY, pack(invite)?)
        .expiring(invite.expires_at_s);
    let condition = match invite.version {
        0 => Condition::Absent,
        version => Condition::equals(VERSION, Field::Int(version)),
    };
    Ok(Write::put(item).when(condition))
}

/// Ends an invite.
pub fn remove(token: &str) -> Write {
    Write::delete(key(token))
}
