//! Carrying what was sent to a group to its members' inboxes and connections (`design.md` §4).
//!
//! Done again, it stores the same under the same names, for those who have not said that they have
//! it. Its end is that the note for the sweep is gone.

mod parcels;

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::ports::Job;
use crate::store::StoreError;
use crate::tables::cleanups::{self, Pending};
use crate::tables::connections::Connection;
use crate::tables::deliveries::{self, Sent};
use crate::tables::inbox::{self, Entry};
use crate::usecases::push;
use crate::usecases::reach::{self, Missed, Now};
use futures_util::future::{join, join_all};
use parcels::{Parcel, Parcels};
use std::collections::BTreeSet;

/// How long puts may take without connections being read once more, in milliseconds: nobody is taken
/// to reconnect and sync faster after their connection was read.
const SLOW_PUT_MS: u64 = 500;

/// Why something was not carried; it is to be tried again.
#[derive(Debug, thiserror::Error)]
pub enum FanOutFailure {
    /// The job names nothing that is sent to groups.
    #[error("nothing is called so")]
    Unnamed,
    /// The store failed.
    #[error("not carried")]
    Store(#[from] StoreError),
}

/// Queues that things are carried; where that fails, the sweep sees to it.
pub(super) async fn carry(app: &App, cx: &Context, pending: Vec<Pending>) {
    let job = |pending: &Pending| Job::FanOut {
        group_id: pending.group_id.clone(),
        sent: pending.sent.to_string(),
        due_at: pending.due_at,
    };
    let jobs: Vec<Job> = pending.iter().map(job).collect();
    if jobs.is_empty() {
        return;
    }
    if let Err(error) = app.queue.send(cx, jobs).await {
        tracing::warn!(error = crate::chain(&error), "left to the sweep");
    }
}

/// Carries what was sent to a group.
///
/// # Errors
/// [`FanOutFailure`]; some may have been carried then.
pub async fn fan_out(
    app: &App,
    cx: &Context,
    sent: &str,
    due_at: u64,
) -> Result<(), FanOutFailure> {
    let sent = Sent::parse(sent).ok_or(FanOutFailure::Unnamed)?;
    let store = &*app.store;
    if let Some(waiting) = deliveries::get(store, cx, &sent).await? {
        let parcels = parcels::of(app, cx, &sent, waiting).await?;
        deliver(app, cx, &sent, parcels).await?;
    }
    store.write(cx, cleanups::carried(&sent, due_at)).await?;
    Ok(())
}

async fn deliver(app: &App, cx: &Context, sent: &Sent, parcels: Parcels) -> Result<(), StoreError> {
    let store = &*app.store;
    let begun_ms = app.clock.now_ms();
    if let Sent::Message(..) = sent {
        // Before anybody can say that they have it.
        deliveries::give(store, cx, sent, parcels.devices, parcels.expires_at_s).await?;
    }
    let entries: Vec<(Address, Entry)> = parcels
        .waiting
        .iter()
        .map(|parcel| (parcel.to.clone(), parcel.entry()))
        .collect();
    let put = inbox::put_all(store, cx, &entries, parcels.expires_at_s);
    let known = |device: &Address| {
        parcels
            .connections
            .get(&device.user_id)?
            .of(device, cx.now_ms())
    };
    let all: Vec<&Parcel> = parcels.waiting.iter().collect();
    let (put, unreached) = join(put, post_all(app, cx, &all, known)).await;
    put?;
    if parcels.devices == 0 {
        // Nobody will say that they have it.
        return deliveries::drop_content(store, cx, sent).await;
    }
    if app.clock.now_ms() > begun_ms + SLOW_PUT_MS {
        let away: BTreeSet<&Address> = unreached.iter().map(|(parcel, _)| &parcel.to).collect();
        let taken = all.iter().filter(|parcel| !away.contains(&parcel.to));
        let taken = taken.map(|parcel| (*parcel, Missed::by(known(&parcel.to))));
        // Whoever has connected anew meanwhile has synced too early.
        post_late(app, cx, taken.collect()).await;
    }
    if unreached.is_empty() {
        return Ok(());
    }
    let still = post_late(app, cx, unreached).await.into_iter();
    let wakes = still.filter(|(parcel, _)| parcel.wakes);
    let entry = |parcel: &Parcel| parcel.entry().id().to_string();
    let wakes = wakes.map(|(parcel, missed)| (&parcel.to, entry(parcel), missed));
    reach::wake(app, cx, wakes).await;
    Ok(())
}

/// A parcel that reached no connection.
type Unreached<'a> = (&'a Parcel, Missed);

/// Posts each parcel to its device's connection; returns those that nobody took.
async fn post_all<'a>(
    app: &App,
    cx: &Context,
    parcels: &[&'a Parcel],
    connection_of: impl Fn(&Address) -> Option<Connection>,
) -> Vec<Unreached<'a>> {
    let post = |parcel: &&'a Parcel| {
        let parcel = *parcel;
        let connection = connection_of(&parcel.to);
        async move {
            let Some(connection) = connection else {
                return Some((parcel, Missed::by(None)));
            };
            let _permit = app.groups.post().await;
            let event = parcel.event(&app.keys);
            let posted = push::post(app, cx, &parcel.to, &connection, event).await;
            Missed::of(posted, connection).map(|missed| (parcel, missed))
        }
    };
    let posts: Vec<_> = parcels.iter().map(post).collect();
    join_all(posts).await.into_iter().flatten().collect()
}

/// Reads connections once more, and posts to those that are new; returns what has still reached
/// nobody.
async fn post_late<'a>(
    app: &App,
    cx: &Context,
    unreached: Vec<Unreached<'a>>,
) -> Vec<Unreached<'a>> {
    let missed = unreached
        .iter()
        .map(|(parcel, missed)| (&parcel.to, missed));
    let Some(now) = Now::read(app, cx, missed).await else {
        return unreached;
    };
    let parcels: Vec<&Parcel> = unreached.iter().map(|(parcel, _)| *parcel).collect();
    let mut still = post_all(app, cx, &parcels, |device| now.of(device, cx)).await;
    for (parcel, missed) in &mut still {
        now.remember(&parcel.to, missed);
    }
    still
}
