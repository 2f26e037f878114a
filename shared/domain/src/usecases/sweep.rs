//! What a schedule tidies up: what was noted to be removed.

use super::cleanup::{Effort, clean_up_account, clean_up_device, close_all};
use super::media::{self, MediaError, Settled};
use super::{fan_out, presence};
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::{Consistency, StoreError, StoreErrorKind};
use crate::tables::cleanups::{self, Lease, Note, Subject};
use crate::tables::connections::{self, Connections};
use crate::tables::users;
use futures_util::future::try_join_all;
use std::error::Error;

/// How many ended leases are looked after at a time.
const LEASES_AT_ONCE: usize = 16;

/// How many notes of what was sent to groups are moved at a time.
const PENDING_AT_ONCE: usize = 16;

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct SweepReport {
    /// Devices and accounts that nothing is left of, and photos that are as they should be.
    pub cleaned: u64,
    /// Notes of devices that turned out to live.
    pub alive: u64,
    /// Notes that stay for the next sweep.
    pub left: u64,
}

/// Works through the notes that are due: closes the connections of all, then removes the rest. Looks
/// after users whose connections have ended without a word.
///
/// # Errors
/// The store's, when the notes cannot be read.
pub async fn sweep(app: &App, cx: &Context) -> Result<SweepReport, StoreError> {
    let mut report = SweepReport::default();
    // First, as they are small: what must be removed may be much.
    if let Err(error) = end_leases(app, cx).await {
        left(&mut report, &error);
    }
    if let Err(error) = carry_overdue(app, cx).await {
        left(&mut report, &error);
    }
    let mut dead = Vec::new();
    let mut after = None;
    loop {
        let page = cleanups::due(&*app.store, cx, after).await?;
        for note in page.due {
            match withdraw_if_alive(app, cx, &note).await {
                Ok(true) => report.alive += 1,
                Ok(false) => dead.push(note),
                Err(error) => left(&mut report, &error),
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let subjects: Vec<Subject> = dead.iter().map(|note| note.subject.clone()).collect();
    close_all(app, cx, &subjects).await;
    // Accounts last: the leases of everybody are looked through for each.
    dead.sort_by_key(|note| matches!(note.subject, Subject::Account(_)));
    for note in dead {
        match tidy(app, cx, &note).await {
            Ok(true) => report.cleaned += 1,
            Ok(false) => report.left += 1,
            // The others are not to wait behind it.
            Err(error) => left(&mut report, &error),
        }
    }
    Ok(report)
}

/// Queues once more what was sent to groups and is in nobody's inbox after 30 s: whoever was to queue
/// it has died, or `fanout` keeps failing, for which it comes less and less often.
async fn carry_overdue(app: &App, cx: &Context) -> Result<(), StoreError> {
    let overdue = cleanups::overdue(&*app.store, cx).await?;
    let mut again = Vec::new();
    for some in overdue.chunks(PENDING_AT_ONCE) {
        let postponed = some.iter().map(async |pending| {
            let next = pending.postponed(cx.now_ms());
            let writes = vec![next.note(), pending.done()];
            app.store.transact(cx, writes).await.map(|_| next)
        });
        again.extend(try_join_all(postponed).await?);
    }
    fan_out::carry(app, cx, again).await;
    Ok(())
}

/// Queues all that was sent to groups and may be in nobody's inbox, as a process must whose queue of
/// it ended with the process before.
///
/// # Errors
/// The store's.
pub async fn carry_left(app: &App, cx: &Context) -> Result<(), StoreError> {
    let store = &*app.store;
    for shard in 0..cleanups::PENDING_SHARDS {
        let mut after = None;
        loop {
            let page = cleanups::pending(store, cx, shard, after).await?;
            // Each with its note as it is, which goes when it has been carried.
            fan_out::carry(app, cx, page.pending).await;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(())
}

/// Forgets connections whose lease has ended and whose end nobody has told, and tells who watches
/// that their user is gone.
async fn end_leases(app: &App, cx: &Context) -> Result<(), StoreError> {
    let store = &*app.store;
    loop {
        let leases = cleanups::ended_leases(store, cx).await?;
        if leases.is_empty() {
            return Ok(());
        }
        for some in leases.chunks(LEASES_AT_ONCE) {
            try_join_all(some.iter().map(|lease| end_lease(app, cx, lease))).await?;
        }
    }
}

async fn end_lease(app: &App, cx: &Context, lease: &Lease) -> Result<(), StoreError> {
    let store = &*app.store;
    let key = connections::key(&lease.user_id);
    let item = store.get(cx, &key, Consistency::Strong).await?;
    let ghosts = Connections::from_item(item).ghosts(&lease.user_id, cx.now_ms());
    // Told first: what is forgotten is not found again. All that is known is when they came.
    let last = ghosts
        .iter()
        .max_by_key(|(_, connection)| connection.connected_at);
    if let Some((device, connection)) = last
        && !presence::changed(app, cx, device, connection.connected_at).await
    {
        return Err(StoreError::new(StoreErrorKind::Unavailable));
    }
    for (device, connection) in ghosts {
        connections::close(store, cx, &device, &connection.id).await?;
    }
    store.write(cx, lease.done()).await.map(drop)
}

fn left(report: &mut SweepReport, error: &(dyn Error + 'static)) {
    tracing::warn!(error = crate::chain(error), "left to the next sweep");
    report.left += 1;
}

/// Takes the note of a device away that lives after all; tells whether it does.
async fn withdraw_if_alive(app: &App, cx: &Context, note: &Note) -> Result<bool, StoreError> {
    let Subject::Device(device) = &note.subject else {
        return Ok(false);
    };
    let is_alive = is_alive(app, cx, device).await?;
    if is_alive {
        app.store.write(cx, cleanups::withdrawn(note)).await?;
    }
    Ok(is_alive)
}

/// Works off one note; tells whether that is done for good.
async fn tidy(app: &App, cx: &Context, note: &Note) -> Result<bool, MediaError> {
    let effort = Effort::sweep(note.due_at);
    let is_clean = match &note.subject {
        Subject::Photo(photo) => match media::settle(app, cx, photo).await? {
            Settled::Done => true,
            Settled::Waiting => note.is_too_late(cx.now_ms()),
        },
        Subject::Device(device) => clean_up_device(app, cx, device, effort).await?,
        Subject::Account(user_id) => clean_up_account(app, cx, user_id, effort).await?,
    };
    let is_done = is_clean && note.is_final(cx.now_ms());
    if is_done {
        app.store.write(cx, cleanups::withdrawn(note)).await?;
    }
    Ok(is_done)
}

async fn is_alive(app: &App, cx: &Context, device: &Address) -> Result<bool, StoreError> {
    let user = users::get(&*app.store, cx, &device.user_id).await?;
    Ok(user.is_some_and(|user| user.device(device).is_some()))
}
