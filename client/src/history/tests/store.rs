//! What a store makes of changes: a model of how one is to be used.

use crate::history::{Change, Mark, Marks, MessageRef, Position, Register};
use heliograph_protocol::{MessageId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// What a message of the test does.
#[derive(Clone, Debug)]
pub(super) enum Says {
    Text,
    Mark(MessageRef, Mark),
    Timer(u32),
}

/// Is what is shown, and what is kept to show it.
#[derive(Clone, Default)]
pub(super) struct Store {
    /// All that has come, by id, as it is before anything is shown of it.
    pub(super) come: BTreeMap<MessageId, (UserId, Says)>,
    pub(super) rows: BTreeMap<Position, MessageRef>,
    pub(super) marks: BTreeMap<MessageRef, Marks>,
    pub(super) timer: Option<Register<u32>>,
    pub(super) gaps: BTreeSet<Position>,
    /// Everything that was inserted.
    pub(super) inserted: BTreeSet<Position>,
}

impl Store {
    pub(super) fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Insert(position) => self.insert(*position),
                Change::GapOpened(before) => {
                    assert!(self.inserted.contains(before));
                    assert!(self.gaps.insert(*before), "opened twice");
                }
                Change::GapHealed(before) => assert!(self.gaps.remove(before), "healed twice"),
            }
        }
    }

    fn insert(&mut self, position: Position) {
        if !self.inserted.insert(position) {
            return;
        }
        let (by, says) = self.come[&position.message_id].clone();
        let message_id = position.message_id;
        match says {
            Says::Text => {
                let message = MessageRef {
                    author: by,
                    message_id,
                };
                self.rows.insert(position, message);
            }
            Says::Mark(target, mark) => {
                self.marks
                    .entry(target)
                    .or_default()
                    .apply(mark, &by, position);
            }
            Says::Timer(timer_s) => {
                Register::set_in(&mut self.timer, timer_s, position);
            }
        }
    }

    /// Gives what is shown, in its order.
    pub(super) fn shown(&self) -> Vec<(MessageId, Option<&Marks>)> {
        let rows = self.rows.iter();
        rows.map(|(position, message)| (position.message_id, self.marks.get(message)))
            .collect()
    }
}
