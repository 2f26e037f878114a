//! Reaching devices with what is stored for them: by their connections, by those that they have opened
//! meanwhile, and by waking them.

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::ports::Job;
use crate::store::{Consistency, Key};
use crate::tables::connections::{self, Connection, Connections};
use crate::usecases::push::{self, Posted};
use futures_util::future::{OptionFuture, join_all};
use heliograph_protocol::UserId;
use heliograph_protocol::event::Event;
use heliograph_protocol::limits::FRAME_BYTES_MAX;
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::Semaphore;

/// Why something did not reach its device.
#[derive(Clone, Debug, Default)]
pub(super) struct Missed {
    /// The connection that did not take it, if there was one.
    tried: Option<Connection>,
    /// Whether that connection is lost, and not perhaps still opening: then it is worth another post,
    /// as its client may have synced too early.
    is_lost: bool,
}

impl Missed {
    /// The device had no connection, or one that is as good as lost.
    pub(super) fn by(tried: Option<Connection>) -> Self {
        Self {
            tried,
            is_lost: true,
        }
    }

    /// What a post says; `None` when it was taken.
    pub(super) fn of(posted: Posted, connection: Connection) -> Option<Self> {
        match posted {
            Posted::Taken => None,
            Posted::Opening | Posted::Lost => Some(Self {
                tried: Some(connection),
                is_lost: posted == Posted::Lost,
            }),
        }
    }
}

/// The connections of devices as they are now that everything is stored: who connected before this was
/// read and synced too early is seen here; who connects later syncs late enough.
pub(super) struct Now<'a> {
    connections: BTreeMap<&'a UserId, Connections>,
    lost: BTreeMap<&'a Address, Connection>,
}

impl<'a> Now<'a> {
    /// Reads them; `None` when that fails.
    pub(super) async fn read(
        app: &App,
        cx: &Context,
        missed: impl Iterator<Item = (&'a Address, &Missed)> + Clone,
    ) -> Option<Self> {
        let users: BTreeSet<&UserId> = missed.clone().map(|(to, _)| &to.user_id).collect();
        let keys: Vec<Key> = users.iter().map(|id| connections::key(id)).collect();
        let items = match app.store.batch_get(cx, &keys, Consistency::Strong).await {
            Ok(items) => items.into_iter().map(Connections::from_item),
            Err(error) => {
                tracing::warn!(error = crate::chain(&error), "connections not read again");
                return None;
            }
        };
        let lost = missed.filter(|(_, missed)| missed.is_lost);
        let lost = lost.filter_map(|(to, missed)| Some((to, missed.tried.clone()?)));
        Some(Self {
            lost: lost.collect(),
            connections: users.into_iter().zip(items).collect(),
        })
    }

    /// The connection to try now, if there is one that is not lost.
    pub(super) fn of(&self, device: &Address, cx: &Context) -> Option<Connection> {
        let connection = self
            .connections
            .get(&device.user_id)?
            .of(device, cx.now_ms())?;
        let lost = self.lost.get(device).map(|lost| &lost.id);
        (lost != Some(&connection.id)).then_some(connection)
    }

    /// Notes which connection was tried before, where there was none to try now.
    pub(super) fn remember(&self, device: &Address, missed: &mut Missed) {
        let before = || self.lost.get(device).cloned();
        missed.tried = missed.tried.take().or_else(before);
    }
}

/// A device's copy of something.
pub(super) trait Addressed {
    /// The device.
    fn to(&self) -> &Address;

    /// More than it takes in a frame of messages, in bytes of JSON.
    fn json_bytes(&self) -> usize;
}

/// A copy that reached no connection.
pub(super) type Unreached<'c, T> = (&'c T, Missed);

/// Posts copies to their devices' connections.
pub(super) struct Posting<'a, E> {
    pub(super) app: &'a App,
    pub(super) cx: &'a Context,
    /// What a device is told of its copy.
    pub(super) event: E,
    /// How many posts are under way at a time, where many are.
    pub(super) slots: Option<&'a Semaphore>,
}

impl<E> Posting<'_, E> {
    /// Posts to each device's connection what is for it, in order; returns what nobody took.
    pub(super) async fn all<'c, T: Addressed>(
        &self,
        copies: &[&'c T],
        connection_of: impl Fn(&Address) -> Option<Connection>,
    ) -> Vec<Unreached<'c, T>>
    where
        E: Fn(&T) -> Event,
    {
        let mut by_device: BTreeMap<&Address, Vec<&'c T>> = BTreeMap::new();
        for copy in copies {
            by_device.entry(copy.to()).or_default().push(copy);
        }
        let (mut unreached, mut posts) = (Vec::new(), Vec::new());
        for (device, copies) in by_device {
            match connection_of(device) {
                None => unreached.extend(copies.into_iter().map(|it| (it, Missed::by(None)))),
                Some(connection) => posts.push(self.post(device, connection, copies)),
            }
        }
        unreached.extend(join_all(posts).await.into_iter().flatten());
        unreached
    }

    /// Reads connections once more, and posts to those that are new; returns what has still reached
    /// nobody.
    pub(super) async fn late<'c, T: Addressed>(
        &self,
        unreached: Vec<Unreached<'c, T>>,
    ) -> Vec<Unreached<'c, T>>
    where
        E: Fn(&T) -> Event,
    {
        let missed = unreached.iter().map(|(copy, missed)| (copy.to(), missed));
        let Some(now) = Now::read(self.app, self.cx, missed).await else {
            return unreached;
        };
        let copies: Vec<&'c T> = unreached.iter().map(|(copy, _)| *copy).collect();
        let mut still = self.all(&copies, |device| now.of(device, self.cx)).await;
        for (copy, missed) in &mut still {
            now.remember(copy.to(), missed);
        }
        still
    }

    async fn post<'c, T: Addressed>(
        &self,
        device: &Address,
        connection: Connection,
        copies: Vec<&'c T>,
    ) -> Vec<Unreached<'c, T>>
    where
        E: Fn(&T) -> Event,
    {
        // It is never closed.
        let _slot = OptionFuture::from(self.slots.map(Semaphore::acquire)).await;
        let mut rest = copies.as_slice();
        while let Some((event, after)) = frame(rest, &self.event) {
            let posted = push::post(self.app, self.cx, device, &connection, event).await;
            if let Some(missed) = Missed::of(posted, connection.clone()) {
                // What comes after it would not come in order.
                return rest.iter().map(|it| (*it, missed.clone())).collect();
            }
            rest = after;
        }
        Vec::new()
    }
}

/// The next frame for a device, and the copies that are left: messages beside each other share one as
/// far as it goes.
fn frame<'a, 'c, T: Addressed>(
    copies: &'a [&'c T],
    event: impl Fn(&T) -> Event,
) -> Option<(Event, &'a [&'c T])> {
    let (first, mut rest) = copies.split_first()?;
    let mut frame = event(first);
    let mut room = FRAME_BYTES_MAX.saturating_sub(first.json_bytes());
    if let Event::Messages(open) = &mut frame {
        while let Some((next, after)) = rest.split_first()
            && next.json_bytes() <= room
            && let Event::Messages(more) = event(next)
        {
            open.extend(more);
            room -= next.json_bytes();
            rest = after;
        }
    }
    Some((frame, rest))
}

/// Queues that devices are woken which nobody has reached, each with the entry that waits for it: one job
/// a device, as one notification is all it gets.
pub(super) async fn wake(
    app: &App,
    cx: &Context,
    unreached: impl Iterator<Item = (&Address, String, Missed)>,
) {
    let by_device: BTreeMap<&Address, (String, Missed)> = unreached
        .map(|(to, entry, missed)| (to, (entry, missed)))
        .collect();
    let job = |(to, (entry, missed)): (&Address, (String, Missed))| Job::Notify {
        device: to.clone(),
        entry,
        tried: missed.tried.map(|connection| connection.id),
    };
    let jobs: Vec<Job> = by_device.into_iter().map(job).collect();
    if jobs.is_empty() {
        return;
    }
    if let Err(error) = app.queue.send(cx, jobs).await {
        // What they would have been woken for is stored all the same.
        tracing::warn!(error = crate::chain(&error), "devices not woken");
    }
}
