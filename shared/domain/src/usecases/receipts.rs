//! Telling the sender of a message to a group who has it and who has seen it, many at a time.

use super::push::{self, Posted};
use super::shown::Shown;
use super::sync;
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::ports::Job;
use crate::store::{Consistency, StoreError};
use crate::tables::connections::{self, Connection, Connections};
use crate::tables::deliveries::words::{self, Place, Said, Word, Words};
use crate::tables::deliveries::{self, Outbox, Sent};
use crate::tables::groups::Roster;
use crate::tables::inbox::{self, Entry, EnvelopeId, ReceiptsId, StoredReceipts};
use crate::tables::users::User;
use crate::tokens::AckTokens;
use futures_util::future::try_join_all;
use heliograph_protocol::event::{Event, Receipt};
use heliograph_protocol::limits::EXPIRES_IN_S_MAX;
use heliograph_protocol::{DeviceId, GroupId};

/// How long what is said is collected before it is told, in milliseconds.
const COLLECT_MS: u64 = 200;
/// How many words of the members who share a row are told at once, though the time has not come.
const MANY: usize = 32;
/// How many words go into one push, so that it fits a frame: about 300 bytes each.
const TOLD_AT_ONCE: usize = 256;
/// After how long somebody else tells, if who took it upon themselves has not, in milliseconds.
const OVERDUE_MS: u64 = 5_000;

/// Notes what a device says of a message to a group, and sees to it that the sender is told.
///
/// # Errors
/// The store's; saying it again is safe.
pub(super) async fn say(
    app: &App,
    cx: &Context,
    by: DeviceId,
    id: &EnvelopeId,
    word: Word,
    is_shown: bool,
) -> Result<(), StoreError> {
    let Some(slot) = id.slot else { return Ok(()) };
    let sent = Sent::of(id);
    let place = Place {
        slot,
        device_id: by,
    };
    let said = Said {
        at: cx.now_ms(),
        is_told: false,
        is_shown,
    };
    let row = (sent.clone(), place.row());
    let say = async |words| say_all(app, cx, (&sent, place.row()), words).await;
    app.groups.words.with(row, (place, word, said), say).await
}

/// Notes what devices who share a row say, and sees to it that the sender is told.
async fn say_all(
    app: &App,
    cx: &Context,
    (sent, row): (&Sent, u8),
    words: Vec<(Place, Word, Said)>,
) -> Result<(), StoreError> {
    // Who says the same twice at once is noted once: a write names each field once.
    let new: Words = words.iter().copied().collect();
    let before = words::say(&*app.store, cx, (sent, row), &new).await?;
    let others = before.untold().filter(|it| new.get(it.0, it.1).is_none());
    let others: Vec<u64> = others.map(|(_, _, said)| said.at).collect();
    let is_repeated = |(place, word, _)| before.get(place, word).is_some_and(|said| !said.is_told);
    let all = others.len() + new.iter().count();
    // Whoever said it first may have died before the job was queued: one too many does no harm.
    if new.iter().any(is_repeated) {
        tell_soon(app, cx, sent).await;
        return Ok(());
    }
    if all / MANY > others.len() / MANY {
        tell_at(app, cx, sent, cx.now_ms(), Some(row)).await;
    }
    let first = others.iter().min();
    // Whoever was the first has seen to it that the whole message is told.
    let is_seen_to = first.is_some_and(|since| since + OVERDUE_MS > cx.now_ms());
    if !is_seen_to && words::begin_telling(&*app.store, cx, sent, OVERDUE_MS).await? {
        tell_soon(app, cx, sent).await;
    }
    Ok(())
}

async fn tell_soon(app: &App, cx: &Context, sent: &Sent) {
    tell_at(app, cx, sent, cx.now_ms() + COLLECT_MS, None).await;
}

async fn tell_at(app: &App, cx: &Context, sent: &Sent, at_ms: u64, row: Option<u8>) {
    let job = Job::Receipts {
        sent: sent.to_string(),
        at_ms,
        row,
    };
    if let Err(error) = app.queue.send(cx, vec![job]).await {
        // `status` answers instead, and a later word is told with this one.
        tracing::warn!(error = crate::chain(&error), "sender not told");
    }
}

/// Tells the sender of a message what has been said of it, by the members of one row or by all; then,
/// when every device has it, drops its content.
///
/// # Errors
/// The store's; telling again is safe.
pub async fn tell_receipts(
    app: &App,
    cx: &Context,
    sent: &str,
    row: Option<u8>,
) -> Result<(), StoreError> {
    let Some(sent) = Sent::parse(sent) else {
        return Ok(());
    };
    let Sent::Message(_, sender_id) = &sent else {
        return Ok(());
    };
    let store = &*app.store;
    if row.is_none() {
        words::end_telling(store, cx, &sent).await?;
    }
    let Some(waiting) = deliveries::get(store, cx, &sent).await? else {
        return Ok(());
    };
    let Outbox {
        group_id, roster, ..
    } = &waiting.outbox;
    let roster = app.groups.roster(store, cx, group_id, *roster).await?;
    let rows = match row {
        Some(row) => vec![sent.said_key(row)],
        None => sent.said_keys(roster.members.len()),
    };
    let mut said = words::said(store, cx, &rows).await?;
    if said.untold().next().is_some() {
        let asked = Shown::asked(&roster, &said).collect();
        let shown = Shown::load(app, cx, sender_id, asked).await?;
        said.hide_untold_unless(shown.may_know(&roster));
        let untold: Vec<(Place, Word, Said)> = said.untold().collect();
        // A sender who is gone needs no receipts.
        if let Some(sender) = shown.sender(&roster) {
            tell(app, cx, &sent, sender, (group_id, &roster), &untold).await?;
        }
        if words::told(store, cx, &sent, &untold).await?
            && words::begin_telling(store, cx, &sent, OVERDUE_MS).await?
        {
            tell_soon(app, cx, &sent).await;
        }
    }
    let is_complete = waiting.due.is_some_and(|due| said.delivered() >= due);
    if row.is_none() && is_complete && waiting.content.is_some() {
        deliveries::drop_content(store, cx, &sent).await?;
    }
    Ok(())
}

/// Posts receipts to the sender's devices, or keeps them in their inboxes.
async fn tell(
    app: &App,
    cx: &Context,
    sent: &Sent,
    sender: &User,
    (group_id, roster): (&GroupId, &Roster),
    untold: &[(Place, Word, Said)],
) -> Result<(), StoreError> {
    let Sent::Message(message_id, sender_id) = sent else {
        return Ok(());
    };
    let shown = untold.iter().filter(|(_, _, said)| said.is_shown);
    let said = shown.filter_map(|(place, word, said)| {
        let member = roster.members.get(usize::from(place.slot))?;
        Some((
            member.user_id.clone(),
            place.device_id,
            (*word).into(),
            said.at,
        ))
    });
    let said: Vec<_> = said.collect();
    let key = connections::key(sender_id);
    let connections = app.store.get(cx, &key, Consistency::Strong).await?;
    let connections = Connections::from_item(connections);
    for some in said.chunks(TOLD_AT_ONCE) {
        let (number, _) = app.ids.uuid().as_u64_pair();
        let id = ReceiptsId {
            message_id: *message_id,
            number,
        };
        let stored = StoredReceipts {
            group_id: group_id.clone(),
            said: some.to_vec(),
        };
        let tells = sender.addresses(sender_id).into_iter().map(|to| {
            let connection = connections.of(&to, cx.now_ms());
            tell_device(app, cx, to, connection, (&id, &stored))
        });
        try_join_all(tells).await?;
    }
    Ok(())
}

async fn tell_device(
    app: &App,
    cx: &Context,
    to: Address,
    connection: Option<Connection>,
    (id, stored): (&ReceiptsId, &StoredReceipts),
) -> Result<(), StoreError> {
    let receipts = sync::receipts(&AckTokens::of(&app.keys, &to), id.clone(), stored.clone());
    let lost = match connection {
        Some(connection) => {
            let event = Event::Receipts(without_tokens(receipts.clone()));
            match push::post(app, cx, &to, &connection, event).await {
                Posted::Taken => return Ok(()),
                Posted::Opening => None,
                Posted::Lost => Some(connection.id),
            }
        }
        None => None,
    };
    let expires_at_s = cx.now_s() + u64::from(EXPIRES_IN_S_MAX);
    let entry = Entry::Receipts(id.clone(), stored.clone());
    inbox::put(&*app.store, cx, &to, &entry, expires_at_s).await?;
    push::late(app, cx, &to, lost.as_ref(), Event::Receipts(receipts)).await
}

/// Receipts that are in no inbox need no ack.
fn without_tokens(receipts: Vec<Receipt>) -> Vec<Receipt> {
    let without = |receipt| Receipt {
        ack_token: None,
        ..receipt
    };
    receipts.into_iter().map(without).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::stage::Stage;

    /// Acks that meet in one process can bring that many in one write.
    #[tokio::test]
    async fn of_a_row_that_fills_at_once_the_whole_message_is_told_too() {
        let stage = Stage::new(7).unwrap();
        let cx = stage.app.context();
        let sender_id = "3f1c9d52-7f64-4a0e-9d2b-6c8a5e1f0b47".parse().unwrap();
        let sent = Sent::Message(stage.message_id().unwrap(), sender_id);
        let word = |slot| {
            let device_id = DeviceId::new(1).unwrap();
            let said = Said {
                at: cx.now_ms(),
                is_told: false,
                is_shown: true,
            };
            (Place { slot, device_id }, Word::Delivered, said)
        };
        let words = (0..32).map(word).collect();
        say_all(&stage.app, &cx, (&sent, 0), words).await.unwrap();
        let jobs = stage.jobs.take().into_iter();
        let rows = jobs.map(|job| match job {
            Job::Receipts { row, .. } => row,
            other => panic!("{other:?}"),
        });
        assert_eq!(rows.collect::<Vec<_>>(), [Some(0), None]);
    }
}
