//! Carrying what was sent to a group to its members' inboxes and connections (`design.md` §4).
//!
//! Done again, it stores the same under the same names, for those who have not said that they have
//! it. Its end is that the note for the sweep is gone.

mod parcels;
mod recipients;

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::ports::Job;
use crate::store::StoreError;
use crate::tables::cleanups::{self, Pending};
use crate::tables::deliveries::{self, Sent};
use crate::tables::inbox;
use crate::usecases::reach::{self, Missed, Posting};
use futures_util::future::{join, try_join_all};
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

/// One thing that was sent to a group and is to be carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// What.
    pub sent: String,
    /// Which note of the sweep's goes when that is done.
    pub due_at: u64,
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

/// Carries some things that were sent to one group: what goes to one connection shares frames, in
/// order, and members are read once for all of it.
///
/// # Errors
/// [`FanOutFailure`]; some may have been carried then.
pub async fn fan_out(app: &App, cx: &Context, carried: &[Carried]) -> Result<(), FanOutFailure> {
    let (mut sent, mut notes) = (Vec::new(), BTreeSet::new());
    for it in carried {
        let one = Sent::parse(&it.sent).ok_or(FanOutFailure::Unnamed)?;
        // A queue may hand the same over twice.
        if !sent.contains(&one) {
            sent.push(one.clone());
        }
        notes.insert((one, it.due_at));
    }
    let store = &*app.store;
    let waiting = deliveries::get_all(store, cx, &sent).await?;
    let waiting = std::iter::zip(sent, waiting).filter_map(|(sent, it)| Some((sent, it?)));
    let parcels = parcels::of(app, cx, waiting.collect()).await?;
    deliver(app, cx, parcels).await?;
    let notes = notes.iter();
    let carried = notes.map(|(sent, due_at)| store.write(cx, cleanups::carried(sent, *due_at)));
    try_join_all(carried).await?;
    Ok(())
}

async fn deliver(app: &App, cx: &Context, parcels: Parcels) -> Result<(), StoreError> {
    let store = &*app.store;
    let begun_ms = app.clock.now_ms();
    let messages = parcels.given.iter();
    let messages = messages.filter(|(sent, _)| matches!(sent, Sent::Message(..)));
    // Before anybody can say that they have it.
    let give = messages
        .map(|(sent, given)| deliveries::give(store, cx, sent, given.devices, given.expires_at_s));
    try_join_all(give).await?;
    let all: Vec<&Parcel> = parcels.waiting.iter().collect();
    let entries = all.iter().map(|it| (&it.to, it.entry(), it.expires_at_s));
    let put = inbox::put_all(store, cx, entries);
    let known = |device: &Address| {
        parcels
            .connections
            .get(&device.user_id)?
            .of(device, cx.now_ms())
    };
    let posting = Posting {
        app,
        cx,
        event: |parcel: &Parcel| parcel.event(&app.keys),
        slots: Some(app.groups.posts()),
    };
    let (put, unreached) = join(put, posting.all(&all, known)).await;
    put?;
    let for_nobody = parcels.given.iter().filter(|(_, given)| given.devices == 0);
    // Nobody will say that they have it.
    try_join_all(for_nobody.map(|(sent, _)| deliveries::drop_content(store, cx, sent))).await?;
    if app.clock.now_ms() > begun_ms + SLOW_PUT_MS {
        let away: BTreeSet<&Address> = unreached.iter().map(|(parcel, _)| &parcel.to).collect();
        let taken = all.iter().filter(|parcel| !away.contains(&parcel.to));
        let taken = taken.map(|parcel| (*parcel, Missed::by(known(&parcel.to))));
        // Whoever has connected anew meanwhile has synced too early.
        posting.late(taken.collect()).await;
    }
    if unreached.is_empty() {
        return Ok(());
    }
    let still = posting.late(unreached).await.into_iter();
    let wakes = still.filter(|(parcel, _)| parcel.wakes);
    let entry = |parcel: &Parcel| parcel.entry().id().to_string();
    let wakes = wakes.map(|(parcel, missed)| (&parcel.to, entry(parcel), missed));
    reach::wake(app, cx, wakes).await;
    Ok(())
}
