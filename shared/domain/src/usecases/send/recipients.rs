//! What a send must know of its recipients, in one batch read.

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::{Consistency, Key, StoreError};
use crate::tables::connections::{self, Connections};
use crate::tables::contacts;
use crate::tables::users::{self, User};
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
}

impl Recipients {
    /// Reads users, connections and blocks: 3 keys a recipient, at most 96 in a frame.
    pub(super) async fn load(
        app: &App,
        cx: &Context,
        from: &Address,
        messages: &[OutgoingMessage],
    ) -> Result<Self, StoreError> {
        let user_ids: BTreeSet<&UserId> = messages.iter().filter_map(user_of).collect();
        if user_ids.is_empty() {
            return Ok(Self::default());
        }
        let keys: Vec<Key> = user_ids.iter().flat_map(|id| keys_of(id, from)).collect();
        let mut items = app
            .store
            .batch_get(cx, &keys, Consistency::Strong)
            .await?
            .into_iter();
        let mut found = BTreeMap::new();
        for user_id in user_ids {
            let (user, connections, block) = (
                items.next().flatten(),
                items.next().flatten(),
                items.next().flatten(),
            );
            if let Some(user) = user {
                let user = users::from_item(&user)?;
                let state = RecipientState {
                    blocks_sender: contacts::counts(block.as_ref(), &user),
                    connections: Connections::from_item(connections),
                    user,
                };
                found.insert(user_id.clone(), state);
            }
        }
        Ok(Self(found))
    }

    pub(super) fn get(&self, user_id: &UserId) -> Option<&RecipientState> {
        self.0.get(user_id)
    }
}

fn user_of(message: &OutgoingMessage) -> Option<&UserId> {
    match &message.to {
        Recipient::User(user_id) => Some(user_id),
        Recipient::Group(_) => None,
    }
}

fn keys_of(to: &UserId, from: &Address) -> [Key; 3] {
    [
        users::key(to),
        connections::key(to),
        contacts::block_key(to, &from.user_id),
    ]
}
