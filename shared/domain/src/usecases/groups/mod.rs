//! Groups and their members (protocol §8).
//!
//! A change reads the group, decides by the rules, and writes everything it makes in one
//! transaction: what the group is, who is in it, and what its members are told, which `fanout` carries
//! to them as it carries messages.

mod create;
mod invites;
mod list;
mod rules;

pub use create::{add, create};
pub use invites::{invite, join, revoke_invite};
pub use list::{get, list};
pub use rules::Refusal;

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::{Item, StoreError, StoreErrorKind, TransactOutcome, Write};
use crate::tables::cleanups::Pending;
use crate::tables::deliveries::{self, Load, Outbox, Sent};
use crate::tables::groups::{self, Group, Member, Membership, Roster, memberships};
use crate::tables::users::{self, User};
use crate::usecases::fan_out;
use heliograph_protocol::limits::{EXPIRES_IN_S_MAX, GROUP_MEMBERS_MAX};
use heliograph_protocol::reply::{Empty, GroupsOk};
use heliograph_protocol::request::{
    GroupsDemote, GroupsLeave, GroupsPromote, GroupsRemove, GroupsUpdate,
};
use heliograph_protocol::{ErrorBody, ErrorCode, GroupId, MessageId, UserId};
use list::ON_THE_WAY_MS;
use rules::{Command, Next, decide};
use std::sync::Arc;
use uuid::Uuid;

/// How often a change is decided anew when others come first.
const TRIES: usize = 20;
/// How many groups somebody who is gone leaves at a time.
const LEAVES_AT_ONCE: usize = 50;
/// How long what counts no more is kept, in seconds: a day longer than a message waits.
const KEPT_S: u64 = EXPIRES_IN_S_MAX as u64 + 86_400;

/// Why a group was not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    /// The rules refuse.
    #[error("refused")]
    Refused(#[from] Refusal),
    /// There is no such group.
    #[error("no such group")]
    NotFound,
    /// The id names another group already.
    #[error("group id is taken")]
    Taken,
    /// The invite cannot be used.
    #[error("invite is not valid")]
    InvalidInvite,
    /// The asking device is gone.
    #[error("device revoked")]
    Revoked,
    /// Too many people were added; how long to wait, in milliseconds.
    #[error("too many additions")]
    RateLimited(u64),
    /// The store failed.
    #[error("group not read or changed")]
    Store(#[from] StoreError),
}

impl From<&GroupError> for ErrorBody {
    fn from(error: &GroupError) -> Self {
        let (code, message) = match error {
            // Who is no member is told no more than of a group that there is not.
            GroupError::NotFound | GroupError::Refused(Refusal::NotMember) => {
                (ErrorCode::NotFound, "no such group, or not a member")
            }
            GroupError::Refused(Refusal::NotAdmin) => {
                (ErrorCode::Forbidden, "only admins of the group may do this")
            }
            GroupError::Refused(Refusal::NoSuchMember) => {
                (ErrorCode::NotFound, "user_id is not in the group")
            }
            GroupError::Refused(Refusal::Full) => {
                let message = format!("a group has at most {GROUP_MEMBERS_MAX} members");
                return ErrorBody::new(ErrorCode::Conflict, message);
            }
            GroupError::Refused(Refusal::LastAdmin) => {
                (ErrorCode::Conflict, "the last admin of a group stays one")
            }
            GroupError::Refused(Refusal::Oneself) => {
                return ErrorBody::bad_request("user_ids: expected others, see groups.leave");
            }
            GroupError::Refused(Refusal::Epoch) => (
                ErrorCode::Conflict,
                "expected_epoch is not the group's epoch",
            ),
            GroupError::Taken => (ErrorCode::Conflict, "group_id names another group already"),
            GroupError::InvalidInvite => (
                ErrorCode::Gone,
                "the invite has expired, is used up, or was revoked",
            ),
            GroupError::Revoked => (ErrorCode::Forbidden, "this device has been removed"),
            GroupError::RateLimited(retry_after_ms) => {
                return ErrorBody::rate_limited(*retry_after_ms);
            }
            GroupError::Store(error) => return error.into(),
        };
        ErrorBody::new(code, message)
    }
}

/// Changes name, photo or who may write.
///
/// # Errors
/// [`GroupError`].
pub async fn update(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: GroupsUpdate,
) -> Result<GroupsOk, GroupError> {
    let command = Command::Update {
        name: request.name,
        photo_media_id: request.photo_media_id,
        announce_only: request.announce_only,
    };
    let by = caller_user(app, cx, caller).await?;
    let change = Change::new(&request.group_id, caller, &by, command);
    change.expecting(request.expected_epoch).make(app, cx).await
}

/// Removes people.
///
/// # Errors
/// [`GroupError`].
pub async fn remove(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: GroupsRemove,
) -> Result<GroupsOk, GroupError> {
    let by = caller_user(app, cx, caller).await?;
    let command = Command::Remove(request.user_ids);
    let change = Change::new(&request.group_id, caller, &by, command);
    change.expecting(request.expected_epoch).make(app, cx).await
}

/// Makes a member an admin.
///
/// # Errors
/// [`GroupError`].
pub async fn promote(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: GroupsPromote,
) -> Result<GroupsOk, GroupError> {
    let by = caller_user(app, cx, caller).await?;
    let command = Command::Promote(request.user_id);
    let change = Change::new(&request.group_id, caller, &by, command);
    change.expecting(request.expected_epoch).make(app, cx).await
}

/// Makes an admin a member like others.
///
/// # Errors
/// [`GroupError`].
pub async fn demote(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: GroupsDemote,
) -> Result<GroupsOk, GroupError> {
    let by = caller_user(app, cx, caller).await?;
    let command = Command::Demote(request.user_id);
    let change = Change::new(&request.group_id, caller, &by, command);
    change.expecting(request.expected_epoch).make(app, cx).await
}

/// Leaves a group.
///
/// # Errors
/// [`GroupError`].
pub async fn leave(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: GroupsLeave,
) -> Result<Empty, GroupError> {
    let by = caller_user(app, cx, caller).await?;
    let change = Change::new(&request.group_id, caller, &by, Command::Leave);
    change.make(app, cx).await.map(|_| Empty {})
}

/// Leaves the groups of an account that is gone, or what a former holder of it was in; tells whether
/// none are left.
///
/// # Errors
/// The store's.
pub(super) async fn leave_all(
    app: &App,
    cx: &Context,
    user_id: &UserId,
    user: Option<&User>,
    pages: usize,
) -> Result<bool, GroupError> {
    let store = &*app.store;
    let (mut after, mut is_clean) = (None, true);
    for _ in 0..pages {
        let page = memberships::page(store, cx, user_id, after.as_ref(), LEAVES_AT_ONCE).await?;
        for listed in &page.listed {
            let group_id = &listed.group_id;
            let group = app.groups.load(store, cx, group_id).await?;
            let member = group.as_ref().and_then(|group| group.roster.get(user_id));
            match (member, user) {
                (Some(member), Some(user)) if member.is_of(user.created_at) => continue,
                // Whoever adds them may be about to: that membership is looked at again.
                (None, _) if listed.put_at + ON_THE_WAY_MS > cx.now_ms() => {
                    is_clean = false;
                    continue;
                }
                (Some(member), _) => match Change::of_who_is_gone(group_id, user_id, member)
                    .make(app, cx)
                    .await
                {
                    Ok(_) | Err(GroupError::Refused(_) | GroupError::NotFound) => {}
                    Err(error) => return Err(error),
                },
                (None, _) => {}
            }
            memberships::end(store, cx, group_id, user_id, listed.membership).await?;
        }
        after = page.next;
        if after.is_none() {
            return Ok(is_clean);
        }
    }
    Ok(false)
}

/// The caller's user, as long as the calling device is one of theirs.
async fn caller_user(app: &App, cx: &Context, caller: &Address) -> Result<User, GroupError> {
    let user = users::get(&*app.store, cx, &caller.user_id).await?;
    let user = user.filter(|user| user.device(caller).is_some());
    user.ok_or(GroupError::Revoked)
}

/// A group as somebody who has an account since `created_at` sees it: a former holder of the account
/// who was in it is not.
fn seen_by(mut group: Group, user_id: &UserId, created_at: u64) -> Group {
    let is_former = |it: &Member| it.user_id == *user_id && !it.is_of(created_at);
    if group.roster.members.iter().any(is_former) {
        let members = group.roster.members.iter().filter(|it| !is_former(it));
        group.roster = Arc::new(Roster {
            members: members.cloned().collect(),
        });
    }
    group
}

/// Reads a group that the caller is in.
async fn own_group(
    app: &App,
    cx: &Context,
    group_id: &GroupId,
    caller: &Address,
    by: &User,
) -> Result<Group, GroupError> {
    let group = app.groups.load(&*app.store, cx, group_id).await?;
    let group = seen_by(
        group.ok_or(GroupError::NotFound)?,
        &caller.user_id,
        by.created_at,
    );
    match group.roster.get(&caller.user_id) {
        Some(_) => Ok(group),
        None => Err(Refusal::NotMember.into()),
    }
}

/// Reads a group that the caller is an admin of.
async fn administered_group(
    app: &App,
    cx: &Context,
    group_id: &GroupId,
    caller: &Address,
    by: &User,
) -> Result<Group, GroupError> {
    let group = own_group(app, cx, group_id, caller, by).await?;
    match group.roster.get(&caller.user_id) {
        Some(member) if member.is_admin => Ok(group),
        _ => Err(Refusal::NotAdmin.into()),
    }
}

/// A change that somebody asks for.
pub(super) struct Change<'a> {
    group_id: &'a GroupId,
    by: &'a UserId,
    /// Since when the asker has, or had, the account.
    created_at: u64,
    command: Command,
    expected_epoch: Option<u64>,
    /// What else is written if the change is made.
    with: Option<Write>,
}

impl<'a> Change<'a> {
    fn new(group_id: &'a GroupId, caller: &'a Address, by: &User, command: Command) -> Self {
        Self {
            group_id,
            by: &caller.user_id,
            created_at: by.created_at,
            command,
            expected_epoch: None,
            with: None,
        }
    }

    /// Somebody is gone, and leaves.
    pub(super) fn of_who_is_gone(
        group_id: &'a GroupId,
        user_id: &'a UserId,
        member: &Member,
    ) -> Self {
        Self {
            group_id,
            by: user_id,
            created_at: member.membership.account_created_at,
            command: Command::Leave,
            expected_epoch: None,
            with: None,
        }
    }

    fn expecting(self, expected_epoch: Option<u64>) -> Self {
        Self {
            expected_epoch,
            ..self
        }
    }

    /// Makes the change, again and again until no other comes between; answers the epoch then.
    ///
    /// # Errors
    /// [`GroupError`].
    pub(super) async fn make(&self, app: &App, cx: &Context) -> Result<GroupsOk, GroupError> {
        let ours = app.ids.uuid();
        for _ in 0..TRIES {
            if let Some(group) = self.make_once(app, cx, ours).await? {
                return Ok(GroupsOk {
                    epoch: group.meta.epoch,
                });
            }
        }
        Err(busy())
    }

    /// Makes the change unless another one comes between; answers the group then.
    async fn make_once(
        &self,
        app: &App,
        cx: &Context,
        ours: Uuid,
    ) -> Result<Option<Group>, GroupError> {
        let turn = app.groups.turn(self.group_id);
        let mut last = turn.lock().await;
        let guess = last.take();
        let is_guess = guess.is_some();
        let group = match guess {
            Some(group) => Some(group),
            None => app.groups.load(&*app.store, cx, self.group_id).await?,
        };
        let group = group.ok_or(GroupError::NotFound)?;
        if group.meta.last_change == ours {
            // The answer to our own transaction was lost.
            return Ok(Some(group));
        }
        let seen = seen_by(group.clone(), self.by, self.created_at);
        let now_ms = app.clock.now_ms();
        let next = match decide(&seen, self.by, &self.command, self.expected_epoch, now_ms) {
            Ok(Some(next)) => next,
            // Nothing proves the guess where nothing is written.
            _ if is_guess => return Ok(None),
            Ok(None) => {
                *last = Some(group.clone());
                return Ok(Some(group));
            }
            Err(refusal) => return Err(refusal.into()),
        };
        let with = self.with.as_ref();
        match commit(app, cx, self.group_id, Some(&group), next, ours, with).await? {
            Committed::Made(group) => {
                *last = Some(group.clone());
                Ok(Some(group))
            }
            Committed::Beaten(None) => Ok(None),
            Committed::Beaten(Some(item)) => {
                let groups = &app.groups;
                *last = Some(
                    groups
                        .of_item(&*app.store, cx, self.group_id, &item)
                        .await?,
                );
                Ok(None)
            }
        }
    }
}

fn busy() -> GroupError {
    StoreError::new(StoreErrorKind::Conflict).into()
}

/// How writing a change ended.
enum Committed {
    /// The group is this now.
    Made(Group),
    /// Another write came first; what the group is then, if that is known.
    Beaten(Option<Item>),
}

/// Writes what a change makes, unless another write came first; lists and unlists members.
async fn commit(
    app: &App,
    cx: &Context,
    group_id: &GroupId,
    before: Option<&Group>,
    mut next: Next,
    ours: Uuid,
    with: Option<&Write>,
) -> Result<Committed, GroupError> {
    let store = &*app.store;
    next.meta.last_change = ours;
    let none = Arc::new(Roster::default());
    let old = before.map_or(&none, |group| &group.roster);
    let new = next.roster.as_ref().unwrap_or(old);
    let is_over = new.members.is_empty();
    let end_s = cx.now_s() + KEPT_S;
    let expires_at_s = is_over.then_some(end_s);

    let joined = new
        .members
        .iter()
        .filter(|it| old.get(&it.user_id).is_none());
    let joined = joined.map(|it| (&it.user_id, it.membership.id));
    memberships::put(store, cx, group_id, joined).await?;

    let sent = Sent::Change(group_id.clone(), next.meta.epoch);
    let outbox = Outbox {
        group_id: group_id.clone(),
        roster: next.meta.roster,
        timestamp: next.meta.changed_at,
        expires_at_s: cx.now_s() + u64::from(EXPIRES_IN_S_MAX),
        load: Load::Change {
            change: next.change,
            entry_id: entry_id(app, next.meta.changed_at),
            before: before.map(|group| group.meta.roster),
        },
    };
    let pending = Pending::new(group_id.clone(), sent, cx.now_ms());
    let mut writes = vec![
        groups::save(group_id, &next.meta, expires_at_s)?,
        deliveries::put(&pending.sent, &outbox, None)?,
        pending.note(),
    ];
    if let Some(roster) = &next.roster {
        writes.push(groups::put_roster(
            group_id,
            next.meta.roster,
            roster,
            expires_at_s,
        )?);
        if let Some(before) = before {
            writes.push(groups::end_roster(group_id, before.meta.roster, end_s));
        }
    }
    writes.extend(with.cloned());
    match store.transact(cx, writes).await {
        Ok(TransactOutcome::Applied) => {}
        Ok(TransactOutcome::Refused { index: 0, old }) => return Ok(Committed::Beaten(old)),
        Ok(TransactOutcome::Refused { .. }) => return Ok(Committed::Beaten(None)),
        Err(error) if error.kind() == StoreErrorKind::Conflict => {
            return Ok(Committed::Beaten(None));
        }
        Err(error) => return Err(error.into()),
    }
    next.meta.version += 1;
    let group = Group {
        meta: next.meta,
        roster: new.clone(),
    };
    app.groups
        .keep(group_id, group.meta.roster, group.roster.clone());
    fan_out::carry(app, cx, vec![pending]).await;
    let left = old
        .members
        .iter()
        .filter(|it| group.roster.get(&it.user_id).is_none());
    for member in left {
        let (user_id, membership) = (&member.user_id, member.membership);
        if let Err(error) = memberships::end(store, cx, group_id, user_id, membership.id).await {
            // Who reads the list asks the roster.
            tracing::warn!(error = crate::chain(&error), "membership still listed");
        }
    }
    Ok(Committed::Made(group))
}

/// A name for an inbox's entry: in the order of time, as messages' are.
fn entry_id(app: &App, changed_at: u64) -> MessageId {
    let mut random = [0; 10];
    app.ids.fill(&mut random);
    MessageId::new(changed_at, &random)
}

/// A name for a membership.
fn membership(app: &App, user: &User) -> Membership {
    let mut bytes = [0; 4];
    app.ids.fill(&mut bytes);
    Membership {
        id: u32::from_le_bytes(bytes),
        account_created_at: user.created_at,
    }
}
