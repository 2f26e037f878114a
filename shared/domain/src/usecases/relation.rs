//! What two people have said of each other, as the rules of privacy need it.

use crate::Context;
use crate::app::App;
use crate::privacy::{Said, Setting, Side, sees};
use crate::store::{Consistency, Item, Key, StoreError};
use crate::tables::contacts;
use crate::tables::users::{self, User};
use heliograph_protocol::UserId;
use std::collections::{BTreeMap, BTreeSet};

/// What `me` and another person have said of each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Relation {
    mine: Said,
    theirs: Said,
}

impl Relation {
    /// The rows that say it, to be read together with the users: the blocks, then the contacts.
    pub(super) fn keys(me: &UserId, other: &UserId) -> [Key; 4] {
        [
            contacts::block_key(me, other),
            contacts::block_key(other, me),
            contacts::contact_key(me, other),
            contacts::contact_key(other, me),
        ]
    }

    /// Reads the rows of [`keys`](Self::keys).
    pub(super) fn read(rows: [Option<Item>; 4], me: &User, other: &User) -> Self {
        let says = |contact: &Option<Item>, block: &Option<Item>, owner: &User| Said {
            contact: contacts::counts(contact.as_ref(), owner.created_at),
            block: contacts::counts(block.as_ref(), owner.created_at),
        };
        let [my_block, block, my_contact, contact] = &rows;
        Self {
            mine: says(my_contact, my_block, me),
            theirs: says(contact, block, other),
        }
    }

    /// Whether I block the other.
    pub(super) fn i_block(self) -> bool {
        self.mine.block
    }

    /// Whether either blocks the other.
    pub(super) fn has_block(self) -> bool {
        self.mine.block || self.theirs.block
    }

    /// Whether I may know it of the other.
    pub(super) fn i_see(self, setting: Setting, me: &User, other: &User) -> bool {
        let (mine, theirs) = self.sides(setting, me, other);
        sees(setting, theirs, mine)
    }

    /// Whether the other may know it of me.
    pub(super) fn they_see(self, setting: Setting, me: &User, other: &User) -> bool {
        let (mine, theirs) = self.sides(setting, me, other);
        sees(setting, mine, theirs)
    }

    fn sides(self, setting: Setting, me: &User, other: &User) -> (Side, Side) {
        let side = |user: &User, said| Side {
            audience: setting.audience(&user.privacy),
            said,
        };
        (side(me, self.mine), side(other, self.theirs))
    }
}

/// A person and those they ask about.
pub(super) struct Circle {
    pub(super) me: User,
    others: BTreeMap<UserId, (User, Relation)>,
}

impl Circle {
    /// Reads everybody in one batch, 5 rows each; `None` when `me` is no more.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn load(
        app: &App,
        cx: &Context,
        me: &UserId,
        others: impl IntoIterator<Item = &UserId>,
    ) -> Result<Option<Self>, StoreError> {
        let ids: BTreeSet<&UserId> = others.into_iter().filter(|id| *id != me).collect();
        let mut keys = vec![users::key(me)];
        for id in &ids {
            keys.push(users::key(id));
            keys.extend(Relation::keys(me, id));
        }
        let items = app.store.batch_get(cx, &keys, Consistency::Strong).await?;
        let mut items = items.into_iter();
        let Some(me) = items.next().flatten() else {
            return Ok(None);
        };
        let me = users::from_item(&me)?;
        let mut others = BTreeMap::new();
        for id in ids {
            let user = items.next().flatten();
            let rows = std::array::from_fn(|_| items.next().flatten());
            if let Some(user) = user {
                let user = users::from_item(&user)?;
                let relation = Relation::read(rows, &me, &user);
                others.insert(id.clone(), (user, relation));
            }
        }
        Ok(Some(Self { me, others }))
    }

    /// Somebody of the circle, who is not oneself; `None` when there is no such user.
    pub(super) fn get(&self, user_id: &UserId) -> Option<&(User, Relation)> {
        self.others.get(user_id)
    }
}
