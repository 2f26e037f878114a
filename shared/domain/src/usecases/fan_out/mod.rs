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
use crate::tables::inbox;
use crate::usecases::reach::{self, Missed, Now};
use crate::usecases::{push, receipts};
use futures_util::future::{join_all, join3, try_join_all};
use parcels::{Given, Parcel, Parcels};
use std::collections::{BTreeMap, BTreeSet};

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
    let all: Vec<&Parcel> = parcels.waiting.iter().collect();
    let entries = all.iter().map(|it| (&it.to, it.entry(), it.expires_at_s));
    let put = inbox::put_all(store, cx, entries);
    let give = give(app, cx, &parcels.given);
    let known = |device: &Address| {
        parcels
            .connections
            .get(&device.user_id)?
            .of(device, cx.now_ms())
    };
    let (given, put, unreached) = join3(give, put, post_all(app, cx, &all, known)).await;
    given?;
    put?;
    let for_nobody = parcels.given.iter().filter(|(_, given)| given.devices == 0);
    // Nobody will say that they have it.
    try_join_all(for_nobody.map(|(sent, _)| deliveries::drop_content(store, cx, sent))).await?;
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

/// Notes how many devices get each message, beside carrying it: who acks sooner is heard all the same.
async fn give(app: &App, cx: &Context, given: &[(Sent, Given)]) -> Result<(), StoreError> {
    let begun_ms = app.clock.now_ms();
    let messages = given
        .iter()
        .filter(|(sent, _)| matches!(sent, Sent::Message(..)));
    let notes = messages.clone().map(|(sent, given)| {
        deliveries::give(&*app.store, cx, sent, given.devices, given.expires_at_s)
    });
    try_join_all(notes).await?;
    if app.clock.now_ms() >= begun_ms + receipts::COLLECT_MS {
        // Whoever told the sender that all have it did not know that these were all.
        join_all(messages.map(|(sent, _)| receipts::tell_at(app, cx, sent, app.clock.now_ms())))
            .await;
    }
    Ok(())
}

/// A parcel that reached no connection.
type Unreached<'a> = (&'a Parcel, Missed);

/// Posts to each device's connection what is for it; returns what nobody took.
async fn post_all<'a>(
    app: &App,
    cx: &Context,
    parcels: &[&'a Parcel],
    connection_of: impl Fn(&Address) -> Option<Connection>,
) -> Vec<Unreached<'a>> {
    let mut by_device: BTreeMap<&Address, Vec<&'a Parcel>> = BTreeMap::new();
    for parcel in parcels {
        by_device.entry(&parcel.to).or_default().push(parcel);
    }
    let posts = by_device.into_iter().map(|(to, parcels)| {
        let connection = connection_of(to);
        async move {
            let Some(connection) = connection else {
                let missed = |parcel| (parcel, Missed::by(None));
                return parcels.into_iter().map(missed).collect();
            };
            post(app, cx, to, connection, parcels).await
        }
    });
    join_all(posts).await.into_iter().flatten().collect()
}

/// Posts a device's parcels in as few frames as hold them.
async fn post<'a>(
    app: &App,
    cx: &Context,
    to: &Address,
    connection: Connection,
    parcels: Vec<&'a Parcel>,
) -> Vec<Unreached<'a>> {
    let _permit = app.groups.post().await;
    let mut unreached = Vec::new();
    for (event, parcels) in parcels::events(parcels, &app.keys) {
        let posted = push::post(app, cx, to, &connection, event).await;
        if let Some(missed) = Missed::of(posted, connection.clone()) {
            unreached.extend(parcels.into_iter().map(|it| (it, missed.clone())));
        }
    }
    unreached
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
