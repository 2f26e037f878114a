//! What a send must know of its recipients, in one batch read.

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::privacy::Setting;
use crate::store::{Key, StoreError};
use crate::tables::connections::{self, Connections};
use crate::tables::users::{self, User};
use crate::usecases::relation::{Relation, read_rows};
use heliograph_protocol::UserId;
use heliograph_protocol::request::{OutgoingMessage, Recipient};
use std::collections::{BTreeMap, BTreeSet};

/// The recipients of one frame that exist.
#[derive(Debug, Default)]
pub(super) struct Recipients(BTreeMap<UserId, RecipientState>);

/// A recipient as it was when the send began.
#[derive(Debug)]
pub(super) struct RecipientState {
    pub(super) user: User,
    pub(super) connections: Connections,
    pub(super) blocks_sender: bool,
    /// Whether the recipient may know of the sender's presence; asked for what is ephemeral only.
    pub(super) sees_sender: bool,
}

impl Recipients {
    /// Reads users, connections and blocks: 3 keys a recipient, at most 96 in a frame. For what is
    /// ephemeral, as typing is, the sender and what both have said of each other, too.
    pub(super) async fn load(
        app: &App,
        cx: &Context,
        from: &Address,
        messages: &[OutgoingMessage],
    ) -> Result<Self, StoreError> {
        let mut asked: BTreeMap<&UserId, bool> = BTreeMap::new();
        for message in messages {
            if let Recipient::User(user_id) = &message.to {
                *asked.entry(user_id).or_default() |= message.ephemeral;
            }
        }
        if asked.is_empty() {
            return Ok(Self::default());
        }
        let from_id = &from.user_id;
        let mut keys = BTreeSet::new();
        for (id, is_ephemeral) in &asked {
            keys.extend([users::key(id), connections::key(id)]);
            keys.extend(relation_keys(id, from_id, *is_ephemeral));
            if *is_ephemeral {
                keys.insert(users::key(from_id));
            }
        }
        let rows = read_rows(app, cx, keys).await?;

        let user_of = |id| rows.get(&users::key(id)).map(users::from_item).transpose();
        let sender = user_of(from_id)?;
        let mut states = BTreeMap::new();
        for id in asked.into_keys() {
            let Some(user) = user_of(id)? else { continue };
            let other = sender.as_ref().unwrap_or(&user);
            let relation = Relation::of(&rows, (id, &user), (from_id, other));
            let state = RecipientState {
                blocks_sender: relation.i_block(),
                sees_sender: id == from_id || relation.i_see(Setting::Online, &user, other),
                connections: Connections::from_item(rows.get(&connections::key(id)).cloned()),
                user,
            };
            states.insert(id.clone(), state);
        }
        Ok(Self(states))
    }

    pub(super) fn get(&self, user_id: &UserId) -> Option<&RecipientState> {
        self.0.get(user_id)
    }
}

/// The recipient's block on the sender; for what is ephemeral, all that both have said.
fn relation_keys(to: &UserId, from: &UserId, is_ephemeral: bool) -> impl Iterator<Item = Key> {
    let count = match (to == from, is_ephemeral) {
        (true, _) => 0,
        (false, false) => 1,
        (false, true) => 4,
    };
    Relation::keys(to, from).into_iter().take(count)
}
