//! Groups (`docs/adr/0010-groups.md`).
//!
//! * `<group_id>`, `meta`: what a group is
//! * `<group_id>`, `roster#<roster_id>`: who is in it, or was; never changed
//! * `user#<user_id>`, `<group_id>`: the user may be in the group ([`memberships`])
//! * `invite#<hash>`, `invite`: by which people join ([`invites`])

pub mod invites;
pub mod memberships;

use super::{corrupt, pack, unpack};
use crate::Context;
use crate::store::{
    Condition, Consistency, Field, Item, Key, Store, StoreError, Table, Update, Write,
};
use heliograph_protocol::{GroupId, UserId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

const BODY: &str = "body";
const SEQ: &str = "seq";
const LAST_CHANGE: &str = "last_change";
const META: &str = "meta";

/// What a group is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// What it is called.
    pub name: String,
    /// Its photo.
    pub photo_media_id: Option<String>,
    /// Whether only admins may write.
    pub announce_only: bool,
    /// Goes up by one with every change.
    pub epoch: u64,
    /// How many messages were sent to it.
    #[serde(skip)]
    pub seq: u64,
    /// When it was changed last, in milliseconds since the Unix epoch: later than any time before.
    pub changed_at: u64,
    /// The roster that counts, by the time of the change that made it: no two of a group have the same
    /// name, even if it is made anew.
    pub roster: u64,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_at: u64,
    /// Who made it.
    pub created_by: UserId,
    /// Names the last change: its author knows it after a lost answer, and whoever decides by what a
    /// group is writes only if it is still the last.
    #[serde(skip)]
    pub last_change: Uuid,
}

impl fmt::Debug for Meta {
    /// Leaves out what its members say of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meta")
            .field("epoch", &self.epoch)
            .field("seq", &self.seq)
            .field("roster", &self.roster)
            .field("last_change", &self.last_change)
            .finish_non_exhaustive()
    }
}

/// Who is in a group, in the order in which they joined; at most 256.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// The members.
    pub members: Vec<Member>,
}

/// Somebody in a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    #[serde(rename = "u")]
    pub user_id: UserId,
    /// Whether they may change the group.
    #[serde(rename = "a", default, skip_serializing_if = "std::ops::Not::not")]
    pub is_admin: bool,
    /// When they joined, in milliseconds since the Unix epoch.
    #[serde(rename = "j")]
    pub joined_at: u64,
    /// Which of their memberships it is.
    #[serde(flatten)]
    pub membership: Membership,
}

/// Tells a membership from others of the same user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Drawn at random.
    #[serde(rename = "m")]
    pub id: u32,
    /// When the account was made that joined, in milliseconds since the Unix epoch: a later holder of
    /// the number has the same user id.
    #[serde(rename = "c")]
    pub account_created_at: u64,
}

impl Member {
    /// Whether it is the membership of whoever has an account that was made at `created_at`; if not,
    /// it is a former holder's.
    pub fn is_of(&self, created_at: u64) -> bool {
        self.membership.account_created_at == created_at
    }
}

impl Roster {
    /// A member.
    pub fn get(&self, user_id: &UserId) -> Option<&Member> {
        self.members.iter().find(|it| it.user_id == *user_id)
    }
}

/// A group and who is in it.
#[derive(Clone, Debug)]
pub struct Group {
    /// What it is.
    pub meta: Meta,
    /// Who is in it.
    pub roster: Arc<Roster>,
}

/// The key of what a group is.
pub fn key(group_id: &GroupId) -> Key {
    Key::sorted(Table::Groups, group_id.as_str(), META)
}

/// The key of a roster, padded so that rosters are in the order of time.
pub fn roster_key(group_id: &GroupId, roster: u64) -> Key {
    let sort = format!("roster#{roster:015}");
    Key::sorted(Table::Groups, group_id.as_str(), sort)
}

/// Reads what a group is.
///
/// # Errors
/// `Corrupt`.
pub fn from_item(item: &Item) -> Result<Meta, StoreError> {
    let mut meta: Meta = unpack(item, BODY)?;
    let seq = item.int(SEQ).and_then(|seq| u64::try_from(seq).ok());
    meta.seq = seq.ok_or_else(corrupt)?;
    let last_change = item.bytes(LAST_CHANGE).ok_or_else(corrupt)?;
    meta.last_change = Uuid::from_slice(last_change).map_err(|_| corrupt())?;
    Ok(meta)
}

/// Reads a roster.
///
/// # Errors
/// `Corrupt`.
pub fn roster_from_item(item: &Item) -> Result<Roster, StoreError> {
    unpack(item, BODY)
}

/// Reads what a group is; `None` when there is no such group.
///
/// # Errors
/// The store's.
pub async fn get(
    store: &dyn Store,
    cx: &Context,
    group_id: &GroupId,
) -> Result<Option<Meta>, StoreError> {
    let item = store.get(cx, &key(group_id), Consistency::Strong).await?;
    item.as_ref().map(from_item).transpose()
}

/// Reads a roster.
///
/// # Errors
/// The store's; `Corrupt` when there is none.
pub async fn roster(
    store: &dyn Store,
    cx: &Context,
    group_id: &GroupId,
    roster: u64,
) -> Result<Roster, StoreError> {
    let key = roster_key(group_id, roster);
    // It never changes: a stale read that finds it is as good.
    for consistency in [Consistency::Eventual, Consistency::Strong] {
        if let Some(item) = store.get(cx, &key, consistency).await? {
            return roster_from_item(&item);
        }
    }
    Err(corrupt())
}

/// Stores a new group, unless there is one.
///
/// # Errors
/// `Invalid` when it is too large.
pub fn put_new(group_id: &GroupId, meta: &Meta) -> Result<Write, StoreError> {
    let item = Item::new(key(group_id))
        .with(BODY, pack(meta)?)
        .with(LAST_CHANGE, named(meta.last_change))
        .with(SEQ, place(meta.seq));
    Ok(Write::put(item).when(Condition::Absent))
}

/// Stores what a change after `last_change` makes of a group, unless another change came first: a
/// message may. A group that has nobody left ends.
///
/// # Errors
/// `Invalid` when it is too large.
pub fn save_change(
    group_id: &GroupId,
    last_change: Uuid,
    meta: &Meta,
    expires_at_s: Option<u64>,
) -> Result<Write, StoreError> {
    let mut update = Update::default()
        .set(BODY, pack(meta)?)
        .set(LAST_CHANGE, named(meta.last_change));
    update.expires_at_s = expires_at_s;
    let is_last = Condition::equals(LAST_CHANGE, named(last_change));
    Ok(Write::update(key(group_id), update).when(is_last))
}

/// Takes the next places for so many messages, unless the group was changed or others took them first.
pub fn take_places(group_id: &GroupId, meta: &Meta, count: u64) -> Write {
    let update = Update::default().set(SEQ, place(meta.seq + count));
    let is_same = Condition::all_equal([
        (LAST_CHANGE, named(meta.last_change)),
        (SEQ, place(meta.seq)),
    ]);
    Write::update(key(group_id), update).when(is_same)
}

fn place(seq: u64) -> Field {
    Field::Int(i64::try_from(seq).unwrap_or(i64::MAX))
}

fn named(change: Uuid) -> Field {
    Field::Bytes(change.as_bytes().to_vec())
}

/// Stores a roster.
///
/// # Errors
/// `Invalid` when it is too large.
pub fn put_roster(
    group_id: &GroupId,
    id: u64,
    roster: &Roster,
    expires_at_s: Option<u64>,
) -> Result<Write, StoreError> {
    let mut item = Item::new(roster_key(group_id, id)).with(BODY, pack(roster)?);
    item.expires_at_s = expires_at_s;
    Ok(Write::put(item))
}

/// Lets a roster end that counts no more.
pub fn end_roster(group_id: &GroupId, id: u64, expires_at_s: u64) -> Write {
    let end = Update::default().expiring(expires_at_s);
    Write::update(roster_key(group_id, id), end).when(Condition::Present)
}
