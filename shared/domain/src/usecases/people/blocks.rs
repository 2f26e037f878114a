//! Whom a person wants to hear nothing of, and who are not told.

use super::{PeopleError, TRIES, caller_user};
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::{Condition, Consistency, StoreError, StoreErrorKind, TransactOutcome, Write};
use crate::tables::contacts::blocks;
use crate::tables::{subscriptions, users};
use heliograph_protocol::reply::{BlocksListOk, Empty};
use heliograph_protocol::request::{BlocksList, BlocksPut, BlocksRemove};

/// Blocks somebody.
///
/// # Errors
/// [`PeopleError`].
pub async fn block(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: BlocksPut,
) -> Result<Empty, PeopleError> {
    let (me, other) = (&caller.user_id, &request.user_id);
    if me == other {
        return Err(PeopleError::Yourself);
    }
    for _ in 0..TRIES {
        let keys = [users::key(me), users::key(other), blocks::by_key(other, me)];
        let items = app.store.batch_get(cx, &keys, Consistency::Strong).await?;
        let [mine, theirs, by] = &items[..] else {
            return Err(PeopleError::NotFound);
        };
        let mine = users::from_item(mine.as_ref().ok_or(PeopleError::Revoked)?)?;
        // What a device of a former holder sends late is not the new holder's.
        mine.device(caller).ok_or(PeopleError::Revoked)?;
        theirs.as_ref().ok_or(PeopleError::NotFound)?;
        let mut writes = blocks::add((me, &mine), other, by.as_ref(), cx.now_ms())?;
        writes.push(users::unchanged(me, &mine));
        // Nothing is left of who goes this moment.
        writes.push(Write::check(users::key(other)).when(Condition::Present));
        if app.store.transact(cx, writes).await? == TransactOutcome::Applied {
            // Who blocks hides, and so does not see either.
            for device in mine.addresses(me) {
                subscriptions::unwatch(&*app.store, cx, &device, [other]).await?;
            }
            return Ok(Empty {});
        }
    }
    Err(StoreError::new(StoreErrorKind::Conflict).into())
}

/// Blocks somebody no longer; who was not blocked is fine.
///
/// # Errors
/// [`PeopleError`].
pub async fn unblock(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: BlocksRemove,
) -> Result<Empty, PeopleError> {
    let user = caller_user(app, cx, caller).await?;
    let (me, other) = (&caller.user_id, &request.user_id);
    blocks::remove(&*app.store, cx, me, other, user.created_at).await?;
    Ok(Empty {})
}

/// Answers a page of whom the caller blocks.
///
/// # Errors
/// [`PeopleError`].
pub async fn list_blocks(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: BlocksList,
) -> Result<BlocksListOk, PeopleError> {
    let user = caller_user(app, cx, caller).await?;
    let (after, limit) = (request.after.as_ref(), usize::from(request.limit));
    let owner = (&caller.user_id, &user);
    let page = blocks::page(&*app.store, cx, owner, after, limit).await?;
    Ok(BlocksListOk {
        blocks: page.rows,
        next: page.next,
    })
}
