//! Where something is missing.

use super::frontier::{Cause, Frontier};
use super::held::HOLD_MS;
use super::spans::{Span, Spans};
use super::{Change, Position};
use serde::{Deserialize, Serialize};

/// Bounds the gaps that are waited for. Chosen here: where there are more, the first one's mark stays,
/// whatever comes.
pub const GAPS_MAX: usize = 64;

/// Is what was missing when a message was placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Gap {
    before: Position,
    causes: Vec<Cause>,
    seqs: Vec<Span>,
    /// Since when it is known of, as long as it was not told.
    untold_since_ms: Option<u64>,
}

impl Gap {
    fn is_healed(&self, frontier: &Frontier, seqs: &Spans) -> bool {
        let mut causes = self.causes.iter();
        causes.all(|cause| frontier.has(&cause.from, cause.counts))
            && self.seqs.iter().all(|span| seqs.has(*span))
    }

    fn due_ms(&self) -> Option<u64> {
        Some(self.untold_since_ms?.saturating_add(HOLD_MS))
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Gaps(Vec<Gap>);

impl Gaps {
    pub(super) fn due_ms(&self) -> Option<u64> {
        self.0.iter().filter_map(Gap::due_ms).min()
    }

    /// Lets nothing wait longer because the time was set back.
    pub(super) fn turn_back(&mut self, now_ms: u64) {
        let untold = self
            .0
            .iter_mut()
            .filter_map(|gap| gap.untold_since_ms.as_mut());
        untold.for_each(|since_ms| *since_ms = now_ms.min(*since_ms));
    }

    /// Expects numbers of a group for a while, and then tells that they are missing.
    pub(super) fn expect(&mut self, before: Position, seqs: Vec<Span>, now_ms: u64) {
        if !seqs.is_empty() {
            self.push(Gap {
                before,
                causes: Vec::new(),
                seqs,
                untold_since_ms: Some(now_ms),
            });
        }
    }

    /// Tells that causes of a message are missing.
    pub(super) fn open(&mut self, before: Position, causes: Vec<Cause>, changes: &mut Vec<Change>) {
        let known = self.0.iter_mut().find(|gap| gap.before == before);
        if let Some(gap) = known {
            gap.causes.extend(causes);
            gap.untold_since_ms = None;
        } else {
            self.push(Gap {
                before,
                causes,
                seqs: Vec::new(),
                untold_since_ms: None,
            });
        }
        changes.push(Change::GapOpened(before));
    }

    fn push(&mut self, gap: Gap) {
        self.0.push(gap);
        let first = self.0.iter().enumerate().min_by_key(|(_, gap)| gap.before);
        if let Some((first, _)) = first.filter(|_| self.0.len() > GAPS_MAX) {
            self.0.remove(first);
        }
    }

    /// Forgets the gaps that are filled, and tells of those that were told.
    pub(super) fn heal(&mut self, frontier: &Frontier, seqs: &Spans, changes: &mut Vec<Change>) {
        self.0.retain(|gap| {
            let is_healed = gap.is_healed(frontier, seqs);
            if is_healed && gap.untold_since_ms.is_none() {
                changes.push(Change::GapHealed(gap.before));
            }
            !is_healed
        });
    }

    /// Tells of the gaps that nothing came to fill.
    pub(super) fn tell_due(&mut self, now_ms: u64, changes: &mut Vec<Change>) {
        for gap in &mut self.0 {
            if gap.due_ms().is_some_and(|due_ms| due_ms <= now_ms) {
                gap.untold_since_ms = None;
                changes.push(Change::GapOpened(gap.before));
            }
        }
    }
}
