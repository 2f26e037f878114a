//! Messages that came before their causes.

use super::chat::Message;
use super::frontier::{Cause, Frontier};
use super::spans::Span;
use super::{Clock, Position};
use crate::DeviceAddress;
use serde::{Deserialize, Serialize};

/// Bounds how long a message is held back, in milliseconds. Chosen here: longer than a message is late
/// that is on its way, shorter than anybody waits for one that is there.
pub const HOLD_MS: u64 = 2_000;

/// Bounds the messages that are held back at once. Chosen here.
pub const HELD_MAX: usize = 64;

/// Is a message that is to be placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    position: Position,
    from: DeviceAddress,
    clock: Option<Clock>,
    since_ms: u64,
}

impl Held {
    pub(super) fn new(position: Position, message: Message, now_ms: u64) -> Self {
        Self {
            position,
            from: message.from,
            clock: message.clock,
            since_ms: now_ms,
        }
    }

    pub(super) fn position(&self) -> Position {
        self.position
    }

    /// Gives what it waits for. A message that was placed before, and comes again, waits for nothing.
    pub(super) fn causes(&self, frontier: &Frontier) -> Vec<Cause> {
        let Some(clock) = &self.clock else {
            return Vec::new();
        };
        match frontier.has(&self.from, Span::from((clock.count, clock.count))) {
            true => Vec::new(),
            false => frontier.missing(&self.from, clock),
        }
    }

    /// Notes that it was placed.
    pub(super) fn place(&self, frontier: &mut Frontier) {
        if let Some(clock) = &self.clock {
            frontier.place(&self.from, clock, self.position.height);
        }
    }

    fn due_ms(&self) -> u64 {
        self.since_ms.saturating_add(HOLD_MS)
    }

    /// Tells whether another one has to be placed before it, be it by way of others that did not come.
    fn waits_for(&self, other: &Self) -> bool {
        let (Some(clock), Some(others)) = (&self.clock, &other.clock) else {
            return false;
        };
        let is_own = self.from == other.from && others.count < clock.count;
        let is_named = |head: &super::Dot| head.from == other.from && others.count <= head.count;
        // A cause stands before what it is the cause of: who claims otherwise makes nobody go in circles.
        other.position < self.position && (is_own || clock.heads.iter().any(is_named))
    }
}

/// Is what waits, in no order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct HeldBack(Vec<Held>);

impl HeldBack {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn has(&self, position: Position) -> bool {
        self.0.iter().any(|held| held.position == position)
    }

    pub(super) fn push(&mut self, held: Held) {
        self.0.push(held);
    }

    pub(super) fn due_ms(&self) -> Option<u64> {
        self.0.iter().map(Held::due_ms).min()
    }

    /// Lets nothing wait longer because the time was set back.
    pub(super) fn turn_back(&mut self, now_ms: u64) {
        for held in &mut self.0 {
            held.since_ms = held.since_ms.min(now_ms);
        }
    }

    /// Takes the first one whose causes are all there.
    pub(super) fn take_ready(&mut self, frontier: &Frontier) -> Option<Held> {
        let waiting = self.0.iter().enumerate();
        let ready = waiting.filter(|(_, held)| held.causes(frontier).is_empty());
        let (first, _) = ready.min_by_key(|(_, held)| held.position)?;
        Some(self.0.swap_remove(first))
    }

    /// Takes one that is not to wait any longer: the longest here, or of those that it waits for the first.
    pub(super) fn take_overdue(&mut self, now_ms: u64) -> Option<Held> {
        let oldest = self
            .0
            .iter()
            .min_by_key(|held| (held.since_ms, held.position))?;
        if oldest.due_ms() > now_ms && self.0.len() <= HELD_MAX {
            return None;
        }
        let mut root = oldest;
        while let Some(cause) = self.0.iter().find(|held| root.waits_for(held)) {
            root = cause;
        }
        let root = root.position;
        let at = self.0.iter().position(|held| held.position == root)?;
        Some(self.0.swap_remove(at))
    }
}
