//! Somebody who is gone leaves the groups they were in.

use super::GroupError;
use super::change::Change;
use super::list::ON_THE_WAY_MS;
use crate::Context;
use crate::app::App;
use crate::store::StoreErrorKind;
use crate::tables::groups::memberships::{self, Listed};
use crate::tables::users::User;
use crate::usecases::cleanup::Effort;
use futures_util::future::try_join_all;
use heliograph_protocol::UserId;

/// How many groups are read of somebody's list at a time.
const PAGE: usize = 50;
/// How many groups are left at a time: one that others keep changing is not to hold up the rest.
const LEAVES_AT_ONCE: usize = 10;

/// Leaves the groups of an account that is gone, or what a former holder of it was in; tells whether
/// none are left.
///
/// # Errors
/// The store's.
pub(in crate::usecases) async fn leave_all(
    app: &App,
    cx: &Context,
    user_id: &UserId,
    user: Option<&User>,
    effort: Effort,
) -> Result<bool, GroupError> {
    let (mut after, mut is_clean) = (None, true);
    for _ in 0..effort.pages {
        let page = memberships::page(&*app.store, cx, user_id, after.as_ref(), PAGE).await?;
        for some in page.listed.chunks(LEAVES_AT_ONCE) {
            if effort.is_spent(app) {
                return Ok(false);
            }
            let leaves = some
                .iter()
                .map(|listed| leave_one(app, cx, user_id, user, listed, effort));
            let left = try_join_all(leaves).await?;
            is_clean &= left.into_iter().all(|has_left| has_left);
        }
        after = page.next;
        if after.is_none() {
            return Ok(is_clean);
        }
    }
    Ok(false)
}

/// Leaves a group that somebody who is gone is listed for; tells whether that is over.
async fn leave_one(
    app: &App,
    cx: &Context,
    user_id: &UserId,
    user: Option<&User>,
    listed: &Listed,
    effort: Effort,
) -> Result<bool, GroupError> {
    let (store, group_id) = (&*app.store, &listed.group_id);
    let group = app.groups.load(store, cx, group_id).await?;
    let member = group.as_ref().and_then(|group| group.roster.get(user_id));
    match (member, user) {
        (Some(member), Some(user)) if member.is_of(user.created_at) => return Ok(true),
        // Whoever adds them may be about to: that membership is looked at again.
        (None, _) if listed.put_at + ON_THE_WAY_MS > cx.now_ms() => return Ok(false),
        (Some(member), _) => {
            let change = Change::of_who_is_gone(group_id, user_id, member, effort.until_ms);
            match change.make(app, cx).await {
                Ok(_) | Err(GroupError::Refused(_) | GroupError::NotFound) => {}
                // Others keep changing it.
                Err(GroupError::Store(error)) if error.kind() == StoreErrorKind::Conflict => {
                    return Ok(false);
                }
                Err(error) => return Err(error),
            }
        }
        (None, _) => {}
    }
    memberships::end(store, cx, group_id, user_id, listed.membership).await?;
    Ok(true)
}
