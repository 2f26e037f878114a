//! Making a change: read, decided, written, again and again until no other comes between.

use super::GroupError;
use super::rules::{Command, Next, decide};
use super::seen_by;
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::groups::tries;
use crate::store::{Item, StoreError, StoreErrorKind, TransactOutcome, Write};
use crate::tables::cleanups::Pending;
use crate::tables::deliveries::{self, Load, Outbox, Sent};
use crate::tables::groups::{self, Group, Member, Roster, memberships};
use crate::tables::media::Referent;
use crate::tables::users::User;
use crate::usecases::{fan_out, media};
use heliograph_protocol::limits::EXPIRES_IN_S_MAX;
use heliograph_protocol::reply::GroupsOk;
use heliograph_protocol::{GroupId, MessageId, UserId};
use std::sync::Arc;
use uuid::Uuid;

/// How long what counts no more is kept, in seconds: a day longer than a message waits.
const KEPT_S: u64 = EXPIRES_IN_S_MAX as u64 + 86_400;

/// A change that somebody asks for.
pub(super) struct Change<'a> {
    group_id: &'a GroupId,
    by: &'a UserId,
    /// Since when the asker has, or had, the account.
    created_at: u64,
    command: Command,
    expected_epoch: Option<u64>,
    /// When no further try is begun, in milliseconds since the Unix epoch.
    until_ms: u64,
    /// What else is written if the change is made.
    pub(super) with: Option<Write>,
}

impl<'a> Change<'a> {
    pub(super) fn new(
        group_id: &'a GroupId,
        caller: &'a Address,
        by: &User,
        command: Command,
    ) -> Self {
        Self {
            group_id,
            by: &caller.user_id,
            created_at: by.created_at,
            command,
            expected_epoch: None,
            until_ms: u64::MAX,
            with: None,
        }
    }

    /// Somebody is gone, and leaves.
    pub(super) fn of_who_is_gone(
        group_id: &'a GroupId,
        user_id: &'a UserId,
        member: &Member,
        until_ms: u64,
    ) -> Self {
        Self {
            group_id,
            by: user_id,
            created_at: member.membership.account_created_at,
            command: Command::Leave,
            expected_epoch: None,
            until_ms,
            with: None,
        }
    }

    pub(super) fn expecting(self, expected_epoch: Option<u64>) -> Self {
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
        let is_time = |(): &()| app.clock.now_ms() < self.until_ms;
        for () in tries(&*app.clock).take_while(is_time) {
            if let Some(group) = self.make_once(app, cx, ours).await? {
                return Ok(GroupsOk {
                    epoch: group.meta.epoch,
                });
            }
        }
        Err(busy())
    }

    /// Makes the change unless another one comes between; answers the group then.
    pub(super) async fn make_once(
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
        match commit(
            app,
            cx,
            self.group_id,
            Some(&group),
            next,
            (self.by, ours),
            with,
        )
        .await?
        {
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

pub(super) fn busy() -> GroupError {
    StoreError::new(StoreErrorKind::Conflict).into()
}

/// How writing a change ended.
pub(super) enum Committed {
    /// The group is this now.
    Made(Group),
    /// Another change came first; what the group is then, if that is known.
    Beaten(Option<Item>),
}

/// Writes what a change makes, unless another change came first; lists and unlists members.
pub(super) async fn commit(
    app: &App,
    cx: &Context,
    group_id: &GroupId,
    before: Option<&Group>,
    mut next: Next,
    (by, ours): (&UserId, Uuid),
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
        match before {
            Some(before) => {
                groups::save_change(group_id, before.meta.last_change, &next.meta, expires_at_s)?
            }
            None => groups::put_new(group_id, &next.meta)?,
        },
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
    let photo = before.and_then(|group| group.meta.photo_media_id.as_deref());
    let photo_then = next.meta.photo_media_id.as_deref().filter(|_| !is_over);
    let of = Referent::Group(group_id.clone());
    writes.extend(media::note_change(
        &of,
        by,
        (photo, photo_then),
        cx.now_ms(),
    ));
    match store.transact(cx, writes).await {
        Ok(TransactOutcome::Applied) => {}
        Ok(TransactOutcome::Refused { index: 0, old }) => return Ok(Committed::Beaten(old)),
        Ok(TransactOutcome::Refused { .. }) => return Ok(Committed::Beaten(None)),
        Err(error) if error.kind() == StoreErrorKind::Conflict => {
            return Ok(Committed::Beaten(None));
        }
        Err(error) => return Err(error.into()),
    }
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
