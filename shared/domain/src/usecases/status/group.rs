//! How far messages to groups got, by member.

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::{Consistency, Key, StoreError};
use crate::tables::deliveries::words::{Word, Words};
use crate::tables::deliveries::{self, Load, Sent};
use crate::tables::groups::Roster;
use crate::usecases::shown::Shown;
use heliograph_protocol::reply::{DeliveryStatus, MessageStatus};
use heliograph_protocol::request::{Recipient, StatusQuery};
use heliograph_protocol::{GroupId, MessageId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// Answers how far the caller's messages to groups got; of those that are not known, nothing.
///
/// # Errors
/// The store's.
pub(super) async fn statuses(
    app: &App,
    cx: &Context,
    from: &Address,
    queries: &[StatusQuery],
) -> Result<BTreeMap<(MessageId, GroupId), MessageStatus>, StoreError> {
    let mut asked: Vec<(MessageId, GroupId)> = Vec::new();
    for query in queries {
        if let Recipient::Group(group_id) = &query.to {
            asked.push((query.message_id, group_id.clone()));
        }
    }
    asked.sort();
    // A message id names one message of its sender.
    asked.dedup_by_key(|(message_id, _)| *message_id);
    let sent = asked
        .iter()
        .map(|(message_id, _)| Sent::Message(*message_id, from.user_id.clone()));
    let sent: Vec<Sent> = sent.collect();
    let keys: Vec<Key> = sent.iter().map(Sent::outbox_key).collect();
    let items = app.store.batch_get(cx, &keys, Consistency::Strong).await?;
    let mut known = Vec::new();
    for (((message_id, group_id), sent), item) in asked.into_iter().zip(&sent).zip(items) {
        let Some(item) = item else { continue };
        let outbox = deliveries::from_item(&item)?;
        if outbox.group_id != group_id || !matches!(outbox.load, Load::Message { .. }) {
            continue;
        }
        let roster = app
            .groups
            .roster(&*app.store, cx, &group_id, outbox.roster)
            .await?;
        let said = sent.said_keys(roster.members.len());
        known.push((message_id, group_id, roster, said));
    }
    let keys: Vec<Key> = known
        .iter()
        .flat_map(|(_, _, _, said)| said.clone())
        .collect();
    let items = app.store.batch_get(cx, &keys, Consistency::Strong).await?;
    let mut items = items.into_iter();
    let words = known.iter().map(|(_, _, _, said)| {
        let rows: Vec<_> = items.by_ref().take(said.len()).flatten().collect();
        Words::from_items(&rows)
    });
    let words: Vec<Words> = words.collect();
    let untold = std::iter::zip(&known, &words);
    // Of the last moments, or as those died who would have told.
    let untold = untold.flat_map(|((_, _, roster, _), words)| Shown::asked(roster, words));
    let untold: BTreeSet<&UserId> = untold.collect();
    let shown = match untold.is_empty() {
        true => None,
        false => Some(Shown::load(app, cx, &from.user_id, untold).await?),
    };
    let mut statuses = BTreeMap::new();
    for ((message_id, group_id, roster, _), mut words) in std::iter::zip(known, words) {
        if let Some(shown) = &shown {
            words.hide_untold_unless(shown.may_know(&roster));
        }
        let answer = decide(message_id, &from.user_id, &roster, &words);
        statuses.insert((message_id, group_id), answer);
    }
    Ok(statuses)
}

/// The rule, pure. What a member does not show is as if it had not happened.
fn decide(message_id: MessageId, from: &UserId, roster: &Roster, words: &Words) -> MessageStatus {
    let shown = words.iter().filter(|(_, _, said)| said.is_shown);
    let shown: BTreeSet<(usize, Word)> = shown
        .map(|(place, word, _)| (usize::from(place.slot), word))
        .collect();
    let has_said = |slot: usize, word: Word| shown.contains(&(slot, word));
    let mut answer = MessageStatus {
        message_id,
        status: DeliveryStatus::Delivered,
        delivered: Vec::new(),
        read: Vec::new(),
        waiting: Vec::new(),
    };
    for (slot, member) in roster.members.iter().enumerate() {
        if member.user_id == *from {
            continue;
        }
        let user_id = member.user_id.clone();
        if has_said(slot, Word::Read) {
            answer.read.push(user_id.clone());
        }
        // Who has seen it has it.
        if has_said(slot, Word::Delivered) || has_said(slot, Word::Read) {
            answer.delivered.push(user_id);
        } else {
            answer.waiting.push(user_id);
        }
    }
    if !answer.waiting.is_empty() {
        answer.status = DeliveryStatus::Waiting;
    }
    answer
}
