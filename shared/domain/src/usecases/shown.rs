//! What the sender of messages to groups may know of who has them.

use crate::Context;
use crate::app::App;
use crate::store::{Consistency, Key, StoreError};
use crate::tables::contacts::{self, blocks};
use crate::tables::deliveries::words::{Place, Word, Words};
use crate::tables::groups::Roster;
use crate::tables::users::{self, User};
use heliograph_protocol::UserId;
use std::collections::{BTreeMap, BTreeSet};

/// A sender, and the members who do not hide from them.
pub(super) struct Shown {
    sender_id: UserId,
    sender: Option<User>,
    /// When the accounts were made that are still there and have no block between them and the sender.
    open: BTreeMap<UserId, u64>,
}

impl Shown {
    /// Whom to ask about what nobody has told yet. Who has seen a message was asked when they said so,
    /// with their settings.
    pub(super) fn asked<'a>(
        roster: &'a Roster,
        words: &'a Words,
    ) -> impl Iterator<Item = &'a UserId> {
        let untold = words.untold();
        let open = untold.filter(|(_, word, said)| *word == Word::Delivered && said.is_shown);
        let members = open.filter_map(|(place, ..)| roster.members.get(usize::from(place.slot)));
        members.map(|member| &member.user_id)
    }

    /// Asks about members, about all of them at once.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn load(
        app: &App,
        cx: &Context,
        sender_id: &UserId,
        members: BTreeSet<&UserId>,
    ) -> Result<Self, StoreError> {
        let people = members.iter().copied().chain([sender_id]).map(users::key);
        let theirs = members.iter().map(|id| blocks::key(id, sender_id));
        let senders = members.iter().map(|id| blocks::key(sender_id, id));
        let keys: Vec<Key> = people.chain(theirs).chain(senders).collect();
        let mut people = app.store.batch_get(cx, &keys, Consistency::Strong).await?;
        let mut theirs = people.split_off(members.len() + 1);
        let senders = theirs.split_off(members.len());
        let sender = people.pop().flatten();
        let sender = sender.as_ref().map(users::from_item).transpose()?;
        let rows = people.into_iter().zip(theirs).zip(senders);
        let mut open = BTreeMap::new();
        for (id, ((user, theirs), senders)) in members.into_iter().zip(rows) {
            let (Some(user), Some(sender)) = (user, &sender) else {
                continue;
            };
            let account_at = users::created_at(&user)?;
            if !contacts::counts(theirs.as_ref(), account_at)
                && !contacts::counts(senders.as_ref(), sender.created_at)
            {
                open.insert(id.clone(), account_at);
            }
        }
        Ok(Self {
            sender_id: sender_id.clone(),
            sender,
            open,
        })
    }

    /// The sender, unless somebody else has the account since they sent to this roster.
    pub(super) fn sender(&self, roster: &Roster) -> Option<&User> {
        let member = roster.get(&self.sender_id)?;
        let sender = self.sender.as_ref()?;
        member.is_of(sender.created_at).then_some(sender)
    }

    /// Tells of what was said to a roster whether the sender may know it. Who is gone has taken their
    /// blocks along: nothing is known of them.
    pub(super) fn may_know<'a>(&'a self, roster: &'a Roster) -> impl Fn(Place, Word) -> bool + 'a {
        let has_sender = self.sender(roster).is_some();
        let is_open = |place: Place| {
            let member = roster.members.get(usize::from(place.slot));
            member.is_some_and(|member| {
                let account_at = self.open.get(&member.user_id);
                account_at.is_some_and(|account_at| member.is_of(*account_at))
            })
        };
        move |place, word| has_sender && (word == Word::Read || is_open(place))
    }
}
