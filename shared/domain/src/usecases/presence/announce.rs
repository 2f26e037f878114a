//! Telling who watches a user how that user is now.

use crate::Context;
use crate::app::App;
use crate::ports::{Job, Moment, PostErrorKind};
use crate::privacy::{Said, Setting, Side, sees};
use crate::store::{Consistency, Key, StoreError, StoreErrorKind};
use crate::tables::cleanups::Lease;
use crate::tables::connections::{self, Connections};
use crate::tables::contacts::{blocks, book};
use crate::tables::subscriptions::{self, Watcher};
use crate::tables::users::{self, User};
use futures_util::future::{join_all, try_join};
use heliograph_protocol::UserId;
use heliograph_protocol::event::Event;
use heliograph_protocol::people::{Audience, Presence};
use std::collections::{BTreeMap, BTreeSet};

/// How many watchers are read, asked for and told at a time.
const BATCH: usize = 100;
/// How often a user's last time is written at most, in milliseconds.
const SEEN_EVERY_MS: u64 = 60_000;
/// How many batches of watchers one job tells.
const PAGES: usize = 10;
/// How often a job tells anew of a change that came while it told.
const LOOKS: usize = 3;

/// Tells all who watch a user and may know, and notes when the user was last connected.
///
/// `moment` is when the user came or went; `after` is where an earlier job for it has ended.
///
/// Costs one write, two reads of the user, and for each 100 watchers a page of them and one batch
/// read; another one for watchers who show theirs to contacts. Once, whom the user blocks, and where
/// the settings ask for it, the user's contacts.
///
/// # Errors
/// The store's; announcing again is safe.
pub async fn announce(
    app: &App,
    cx: &Context,
    user_id: &UserId,
    moment: Moment,
    after: Option<String>,
) -> Result<(), StoreError> {
    let Some(mut told) = look(app, cx, user_id, moment).await? else {
        return Ok(());
    };
    for _ in 0..LOOKS {
        if !tell_all(app, cx, &told, moment, after.clone()).await? {
            return Ok(());
        }
        // Another job may have told of a change before this one was through: the last word is to be
        // the right one.
        match look(app, cx, user_id, moment).await? {
            Some(now) if now.is_online() != told.is_online() => told = now,
            _ => return Ok(()),
        }
    }
    Ok(())
}

/// Reads how a user is now; `None` when nobody may know, or there is no such user.
async fn look(
    app: &App,
    cx: &Context,
    user_id: &UserId,
    Moment {
        at_ms,
        device_created_at,
    }: Moment,
) -> Result<Option<Told>, StoreError> {
    let store = &*app.store;
    let keys = [
        users::key(user_id),
        connections::key(user_id),
        subscriptions::seen_key(user_id),
    ];
    let items = store.batch_get(cx, &keys, Consistency::Strong).await?;
    let [user, row, seen] = &items[..] else {
        return Ok(None);
    };
    let Some(user) = user.as_ref().map(users::from_item).transpose()? else {
        return Ok(None);
    };
    let devices = user.addresses(user_id);
    let ends_at = Connections::from_item(row.clone()).lease_end_of(&devices, cx.now_ms());
    let mut last_seen = subscriptions::seen(seen.as_ref(), &user);
    let is_old = |seen: u64| seen + SEEN_EVERY_MS <= at_ms;
    // That a former holder's device went says nothing of who has the account now.
    let is_of_user = device_created_at >= user.created_at;
    if ends_at.is_none() && is_of_user && last_seen.is_none_or(is_old) {
        subscriptions::set_seen(store, cx, user_id, at_ms).await?;
        last_seen = Some(at_ms);
    }
    let told = Told {
        user_id: user_id.clone(),
        user,
        ends_at,
        last_seen,
    };
    Ok((!told.is_hidden()).then_some(told))
}

/// Tells the watchers, a job's worth of them, and queues the rest; tells whether there are any.
async fn tell_all(
    app: &App,
    cx: &Context,
    told: &Told,
    moment: Moment,
    after: Option<String>,
) -> Result<bool, StoreError> {
    let (store, user_id) = (&*app.store, &told.user_id);
    let mut page = subscriptions::watchers(store, cx, user_id, after, BATCH).await?;
    if page.watchers.is_empty() && page.next.is_none() {
        return Ok(false);
    }
    if let Some(ends_at) = told.ends_at {
        let user_id = user_id.clone();
        if let Err(error) = store.write(cx, Lease { user_id, ends_at }.note()).await {
            tracing::warn!(error = crate::chain(&error), "lease not noted");
        }
    }
    let people = People::load(app, cx, told).await?;
    for _ in 1..PAGES {
        tell(app, cx, told, &people, page.watchers).await?;
        let Some(next) = page.next else {
            return Ok(true);
        };
        page = subscriptions::watchers(store, cx, user_id, Some(next), BATCH).await?;
    }
    tell(app, cx, told, &people, page.watchers).await?;
    if page.next.is_some() {
        let rest = Job::Presence {
            user_id: user_id.clone(),
            moment,
            after: page.next,
        };
        let queued = app.queue.send(cx, vec![rest]).await;
        queued.map_err(|error| StoreError::because(StoreErrorKind::Unavailable, error))?;
    }
    Ok(true)
}

/// What there is to tell.
struct Told {
    user_id: UserId,
    user: User,
    /// When the last lease of the user's connections ends; `None` when there are none.
    ends_at: Option<u64>,
    last_seen: Option<u64>,
}

impl Told {
    fn is_online(&self) -> bool {
        self.ends_at.is_some()
    }

    /// Whether nobody else may know anything of it.
    fn is_hidden(&self) -> bool {
        let nobody = |setting: Setting| setting.audience(&self.user.privacy) == Audience::Nobody;
        nobody(Setting::Online) && nobody(Setting::LastSeen)
    }

    /// What a watcher is told; `None` when that is nothing.
    fn to(&self, watcher: &User, owner_said: Said, watcher_said: Said) -> Option<Presence> {
        let may_know = |setting: Setting| {
            let side = |user: &User, said| Side {
                audience: setting.audience(&user.privacy),
                said,
            };
            sees(
                setting,
                side(&self.user, owner_said),
                side(watcher, watcher_said),
            )
        };
        self.shown(may_know(Setting::Online), may_know(Setting::LastSeen))
    }

    fn shown(&self, online: bool, seen: bool) -> Option<Presence> {
        // That somebody has come is nothing to who may know only when they were last there.
        let is_news = online || (seen && !self.is_online());
        is_news.then(|| Presence {
            user_id: self.user_id.clone(),
            online: online.then_some(self.is_online()),
            last_seen: self.last_seen.filter(|_| seen),
        })
    }
}

/// Whom the user blocks and, if that matters, has in the contacts.
struct People {
    blocked: BTreeSet<UserId>,
    contacts: BTreeSet<UserId>,
}

impl People {
    async fn load(app: &App, cx: &Context, told: &Told) -> Result<Self, StoreError> {
        let owner = (&told.user_id, &told.user);
        let asks = |setting: Setting| setting.audience(&told.user.privacy) == Audience::Contacts;
        let contacts = async {
            match asks(Setting::Online) || asks(Setting::LastSeen) {
                true => book::ids(&*app.store, cx, owner).await,
                false => Ok(BTreeSet::new()),
            }
        };
        let blocked = blocks::ids(&*app.store, cx, owner);
        let (blocked, contacts) = try_join(blocked, contacts).await?;
        Ok(Self { blocked, contacts })
    }

    fn said_of(&self, other: &UserId) -> Said {
        Said {
            contact: self.contacts.contains(other),
            block: self.blocked.contains(other),
        }
    }
}

/// Tells some watchers, all at a time.
async fn tell(
    app: &App,
    cx: &Context,
    told: &Told,
    people: &People,
    watchers: Vec<Watcher>,
) -> Result<(), StoreError> {
    let me = &told.user_id;
    let ids = watchers.iter().map(|watcher| &watcher.device.user_id);
    let ids: BTreeSet<&UserId> = ids.filter(|id| *id != me).collect();
    let users = load(app, cx, &ids).await?;
    let asking = users.iter().filter(|(_, user)| {
        let asks = |setting: Setting| setting.audience(&user.privacy) == Audience::Contacts;
        asks(Setting::Online) || asks(Setting::LastSeen)
    });
    let asking: Vec<&UserId> = asking.map(|(id, _)| *id).collect();
    let friends = has_contact(app, cx, me, &users, &asking).await?;
    let posts = watchers.iter().filter_map(|watcher| {
        let id = &watcher.device.user_id;
        let user = if id == me { &told.user } else { users.get(id)? };
        // Who has been removed may still have a socket, and is told nothing.
        user.device(&watcher.device)?;
        let presence = if id == me {
            told.shown(true, true)
        } else {
            // A block by the watcher took the subscription away.
            let watcher_said = Said {
                contact: friends.contains(id),
                block: false,
            };
            told.to(user, people.said_of(id), watcher_said)
        };
        Some(post(app, cx, me, watcher, presence?))
    });
    join_all(posts).await;
    Ok(())
}

async fn load<'i>(
    app: &App,
    cx: &Context,
    ids: &BTreeSet<&'i UserId>,
) -> Result<BTreeMap<&'i UserId, User>, StoreError> {
    let keys: Vec<Key> = ids.iter().map(|id| users::key(id)).collect();
    let items = app.store.batch_get(cx, &keys, Consistency::Strong).await?;
    let mut users = BTreeMap::new();
    for (id, item) in std::iter::zip(ids, items) {
        if let Some(item) = item {
            users.insert(*id, users::from_item(&item)?);
        }
    }
    Ok(users)
}

/// Which of the watchers have the user in their contacts.
async fn has_contact<'i>(
    app: &App,
    cx: &Context,
    user_id: &UserId,
    users: &BTreeMap<&'i UserId, User>,
    asking: &[&'i UserId],
) -> Result<BTreeSet<&'i UserId>, StoreError> {
    let keys = asking.iter().map(|id| book::key(id, user_id));
    let keys: Vec<Key> = keys.collect();
    let items = app.store.batch_get(cx, &keys, Consistency::Strong).await?;
    let has = std::iter::zip(asking, items).filter(|(id, item)| {
        let owner = users.get(**id);
        owner.is_some_and(|owner| book::has(item.as_ref(), user_id, owner.created_at))
    });
    Ok(has.map(|(id, _)| *id).collect())
}

async fn post(app: &App, cx: &Context, target: &UserId, watcher: &Watcher, presence: Presence) {
    let event = Event::Presence(presence);
    let Err(error) = app.pusher.post(cx, &watcher.connection, event).await else {
        return;
    };
    if error.kind() == PostErrorKind::Gone {
        let forgotten = subscriptions::forget(&*app.store, cx, target, watcher).await;
        if let Err(error) = forgotten {
            tracing::warn!(error = crate::chain(&error), "watcher kept");
        }
    }
}
