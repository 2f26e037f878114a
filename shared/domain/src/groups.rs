//! What one process keeps of groups in memory, and how much it does for them at a time.
//!
//! * rosters, by group and name: they never change, so that none is ever wrong
//! * what devices say of messages just now: those who share a row share writes
//! * whose turn it is to write to a group, and what the group was when the last one had done so: a
//!   guess, which the next transaction proves or refutes

use crate::Context;
use crate::ports::Clock;
use crate::store::{Item, Store, StoreError};
use crate::tables::deliveries::Sent;
use crate::tables::deliveries::words::{Place, Said, Word};
use crate::tables::groups::{self, Group, Roster};
use crate::together::Together;
use heliograph_protocol::GroupId;
use lru::LruCache;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Mutex as TurnLock, Semaphore};

/// How many rosters are kept: 256 members take about 25 KB.
const ROSTERS_MAX: NonZeroUsize = NonZeroUsize::new(512).unwrap();
/// How many groups are kept; their rosters are mostly those.
const TURNS_MAX: NonZeroUsize = NonZeroUsize::new(512).unwrap();

/// How many posts to members are under way at a time. Each may be a request of its own to the gateway,
/// and one that is too slow costs its member the connection.
const POSTS_AT_ONCE: usize = 64;

/// How often a write to a group is tried when others come first.
const TRIES: usize = 20;
/// Until when one more try is begun, in milliseconds: half of what a function has is left for it.
const TRY_FOR_MS: u64 = 5_000;

/// Counts the tries at one write to a group, from now on.
pub fn tries(clock: &dyn Clock) -> impl Iterator<Item = ()> {
    let end_ms = clock.now_ms() + TRY_FOR_MS;
    (0..TRIES)
        .take_while(move |_| clock.now_ms() < end_ms)
        .map(|_| ())
}

/// Writers of a group wait here for each other, first come, first served, as only one of two at a time
/// would succeed; what is inside is the group as the last one left it.
pub type Turn = TurnLock<Option<Group>>;

/// Rosters and turns, the least recently used of which are forgotten.
pub struct Groups {
    rosters: Mutex<LruCache<(GroupId, u64), Arc<Roster>>>,
    turns: Mutex<LruCache<GroupId, Arc<Turn>>>,
    /// What is said of a message, by the row that it goes to.
    pub(crate) words: Together<(Sent, u8), (Place, Word, Said)>,
    posts: Semaphore,
}

impl Default for Groups {
    fn default() -> Self {
        Self {
            rosters: Mutex::new(LruCache::new(ROSTERS_MAX)),
            turns: Mutex::new(LruCache::new(TURNS_MAX)),
            words: Together::default(),
            posts: Semaphore::new(POSTS_AT_ONCE),
        }
    }
}

impl Groups {
    /// The place where a group's writers wait.
    pub fn turn(&self, group_id: &GroupId) -> Arc<Turn> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.get_or_insert(group_id.clone(), Arc::default).clone()
    }

    /// Who posts to members waits here for a slot, as long as the post is under way.
    pub(crate) fn posts(&self) -> &Semaphore {
        &self.posts
    }

    /// Keeps a roster.
    pub fn keep(&self, group_id: &GroupId, id: u64, roster: Arc<Roster>) {
        let mut rosters = self.rosters.lock().unwrap_or_else(PoisonError::into_inner);
        rosters.put((group_id.clone(), id), roster);
    }

    /// Gives a roster, from memory or from the store.
    ///
    /// # Errors
    /// The store's; `Corrupt` when there is none.
    pub async fn roster(
        &self,
        store: &dyn Store,
        cx: &Context,
        group_id: &GroupId,
        id: u64,
    ) -> Result<Arc<Roster>, StoreError> {
        if let Some(roster) = self.kept(group_id, id) {
            return Ok(roster);
        }
        let roster = Arc::new(groups::roster(store, cx, group_id, id).await?);
        self.keep(group_id, id, roster.clone());
        Ok(roster)
    }

    fn kept(&self, group_id: &GroupId, id: u64) -> Option<Arc<Roster>> {
        let mut rosters = self.rosters.lock().unwrap_or_else(PoisonError::into_inner);
        rosters.get(&(group_id.clone(), id)).cloned()
    }

    /// Reads a group from its item, as a write that came first has left it.
    ///
    /// # Errors
    /// The store's.
    pub async fn of_item(
        &self,
        store: &dyn Store,
        cx: &Context,
        group_id: &GroupId,
        item: &Item,
    ) -> Result<Group, StoreError> {
        let meta = groups::from_item(item)?;
        let roster = self.roster(store, cx, group_id, meta.roster).await?;
        Ok(Group { meta, roster })
    }

    /// Reads a group as it is now; `None` when there is none.
    ///
    /// # Errors
    /// The store's.
    pub async fn load(
        &self,
        store: &dyn Store,
        cx: &Context,
        group_id: &GroupId,
    ) -> Result<Option<Group>, StoreError> {
        let Some(meta) = groups::get(store, cx, group_id).await? else {
            return Ok(None);
        };
        let roster = self.roster(store, cx, group_id, meta.roster).await?;
        Ok(Some(Group { meta, roster }))
    }
}
