//! Reaching devices with what has been stored for them, when their known connections did not take it:
//! by connections that they have opened meanwhile, and by waking them.

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::ports::Job;
use crate::store::{Consistency, Key};
use crate::tables::connections::{self, Connection, Connections};
use crate::usecases::push::Posted;
use heliograph_protocol::UserId;
use std::collections::{BTreeMap, BTreeSet};

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
