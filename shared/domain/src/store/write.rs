//! Writes, their conditions and their outcomes.
//!
//! [`Condition::holds`] and [`Update::apply`] are the meaning of both; adapters use them or are
//! held to them by the contract suite.

use super::{Field, Item, Key};
use std::borrow::Cow;

/// What must be true of the item that a write meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Anything.
    None,
    /// There is no item.
    Absent,
    /// There is an item.
    Present,
    /// There is an item, and each of these fields equals its value.
    Equals(Vec<(Cow<'static, str>, Field)>),
    /// There is no item, or there is one without this field.
    Lacks(Cow<'static, str>),
}

impl Condition {
    /// Asks for an item whose field equals the value.
    pub fn equals(name: impl Into<Cow<'static, str>>, value: Field) -> Self {
        Condition::Equals(vec![(name.into(), value)])
    }

    /// Asks for an item with several fields that equal their values.
    pub fn all_equal<const N: usize>(fields: [(&'static str, Field); N]) -> Self {
        const { assert!(N > 0, "Present asks for no field") }
        Condition::Equals(fields.map(|(name, value)| (name.into(), value)).into())
    }

    /// Tells whether the condition holds for the item there is; an expired item must be passed as
    /// `None`.
    pub fn holds(&self, current: Option<&Item>) -> bool {
        match (self, current) {
            (Condition::None, _) => true,
            (Condition::Absent, current) => current.is_none(),
            (Condition::Present, current) => current.is_some(),
            (Condition::Equals(fields), Some(item)) => fields
                .iter()
                .all(|(name, value)| item.fields.get(name) == Some(value)),
            (Condition::Equals(_), None) => false,
            (Condition::Lacks(name), Some(item)) => !item.fields.contains_key(name),
            (Condition::Lacks(_), None) => true,
        }
    }
}

/// A change of some fields of an item, which is made when there is none.
///
/// A field is named once in all of it, and what it adds to is a number or missing (DynamoDB refuses
/// the rest).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// Fields to set.
    pub set: Vec<(Cow<'static, str>, Field)>,
    /// Fields to take away.
    pub remove: Vec<Cow<'static, str>>,
    /// Counters to add to; one that is missing counts as 0.
    pub add: Vec<(Cow<'static, str>, i64)>,
    /// A new end, in seconds since the Unix epoch; `None` leaves it as it is.
    pub expires_at_s: Option<u64>,
}

impl Update {
    /// Sets a field.
    #[must_use]
    pub fn set(mut self, name: impl Into<Cow<'static, str>>, value: Field) -> Self {
        self.set.push((name.into(), value));
        self
    }

    /// Takes a field away.
    #[must_use]
    pub fn remove(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.remove.push(name.into());
        self
    }

    /// Adds to a counter.
    #[must_use]
    pub fn add(mut self, name: impl Into<Cow<'static, str>>, by: i64) -> Self {
        self.add.push((name.into(), by));
        self
    }

    /// Sets when the item ends, in seconds since the Unix epoch.
    #[must_use]
    pub fn expiring(mut self, expires_at_s: u64) -> Self {
        self.expires_at_s = Some(expires_at_s);
        self
    }

    /// Makes the item that the update leaves behind; an expired item must be passed as `None`.
    pub fn apply(&self, key: &Key, current: Option<&Item>) -> Item {
        let mut item = current.cloned().unwrap_or_else(|| Item::new(key.clone()));
        for (name, value) in &self.set {
            item.fields.insert(name.clone(), value.clone());
        }
        for name in &self.remove {
            item.fields.remove(name);
        }
        for (name, by) in &self.add {
            let sum = item.int(name).unwrap_or(0).saturating_add(*by);
            item.fields.insert(name.clone(), Field::Int(sum));
        }
        item.expires_at_s = self.expires_at_s.or(item.expires_at_s);
        item
    }
}

/// What a write does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Puts the item in place of whatever is there.
    Put(Item),
    /// Changes the item at the key.
    Update(Key, Update),
    /// Deletes the item at the key; none there is fine.
    Delete(Key),
    /// Changes nothing: a condition on an item that a transaction depends on.
    Check(Key),
}

/// A write and its condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// What it does.
    pub action: Action,
    /// What must be true for it to be done.
    pub condition: Condition,
}

impl Write {
    /// Puts an item.
    pub fn put(item: Item) -> Self {
        Self {
            action: Action::Put(item),
            condition: Condition::None,
        }
    }

    /// Updates an item.
    pub fn update(key: Key, update: Update) -> Self {
        Self {
            action: Action::Update(key, update),
            condition: Condition::None,
        }
    }

    /// Deletes an item.
    pub fn delete(key: Key) -> Self {
        Self {
            action: Action::Delete(key),
            condition: Condition::None,
        }
    }

    /// Checks a condition in a transaction.
    pub fn check(key: Key) -> Self {
        Self {
            action: Action::Check(key),
            condition: Condition::None,
        }
    }

    /// Sets the condition.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.condition = condition;
        self
    }

    /// The key of the item that the write is about.
    pub fn key(&self) -> &Key {
        match &self.action {
            Action::Put(item) => &item.key,
            Action::Update(key, _) | Action::Delete(key) | Action::Check(key) => key,
        }
    }
}

/// How a write ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    /// It was done; `old` is the item it met, unless there was none or it had expired.
    Applied {
        /// The item that the write met.
        old: Option<Item>,
    },
    /// Its condition did not hold; nothing changed.
    Refused {
        /// The item that stood in the way; `None` where there was none or it had expired.
        old: Option<Item>,
    },
}

/// How a transaction ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactOutcome {
    /// Every write was done.
    Applied,
    /// The condition of the write at `index` (the first such one) did not hold; nothing changed.
    Refused {
        /// The position of the write in the transaction.
        index: usize,
        /// The item that stood in the way.
        old: Option<Item>,
    },
}
