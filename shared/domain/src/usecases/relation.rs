//! What two people have said of each other, as the rules of privacy need it.

use crate::Context;
use crate::app::App;
use crate::privacy::{Said, Setting, Side, sees};
use crate::store::{Consistency, Item, Key, StoreError};
use crate::tables::contacts::{self, blocks, book};
use crate::tables::users::{self, User};
use heliograph_protocol::UserId;
use std::collections::{BTreeMap, BTreeSet};

/// What `me` and another person have said of each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Relation {
    mine: Said,
    theirs: Said,
}

/// Rows by their keys, each read once whatever it is needed for.
pub(super) type Rows = BTreeMap<Key, Item>;

/// Reads rows in one batch.
///
/// # Errors
/// The store's.
pub(super) async fn read_rows(
    app: &App,
    cx: &Context,
    keys: BTreeSet<Key>,
) -> Result<Rows, StoreError> {
    let keys: Vec<Key> = keys.into_iter().collect();
    let items = app.store.batch_get(cx, &keys, Consistency::Strong).await?;
    let found = std::iter::zip(keys, items);
    Ok(found.filter_map(|(key, item)| Some((key, item?))).collect())
}

impl Relation {
    /// The rows that say it, to be read together with the users: the blocks, then the contacts.
    pub(super) fn keys(me: &UserId, other: &UserId) -> [Key; 4] {
        [
            blocks::key(me, other),
            blocks::key(other, me),
            book::key(me, other),
            book::key(other, me),
        ]
    }

    /// Reads it of the rows of [`keys`](Self::keys); what was not read was not said.
    pub(super) fn of(
        rows: &Rows,
        (me_id, me): (&UserId, &User),
        (other_id, other): (&UserId, &User),
    ) -> Self {
        let [my_block, block, my_contact, contact] = Self::keys(me_id, other_id);
        Self {
            mine: Said {
                contact: book::has(rows.get(&my_contact), other_id, me.created_at),
                block: contacts::counts(rows.get(&my_block), me.created_at),
            },
            theirs: Said {
                contact: book::has(rows.get(&contact), me_id, other.created_at),
                block: contacts::counts(rows.get(&block), other.created_at),
            },
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
    /// Reads everybody in one batch, 4 rows each and the contacts of `me`; `None` when `me` is no more.
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
        let mut keys = BTreeSet::from([users::key(me)]);
        for id in &ids {
            keys.insert(users::key(id));
            keys.extend(Relation::keys(me, id));
        }
        let rows = read_rows(app, cx, keys).await?;
        let user_of = |id| rows.get(&users::key(id)).map(users::from_item).transpose();
        let my_id = me;
        let Some(me) = user_of(my_id)? else {
            return Ok(None);
        };
        let mut others = BTreeMap::new();
        for id in ids {
            if let Some(user) = user_of(id)? {
                let relation = Relation::of(&rows, (my_id, &me), (id, &user));
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
