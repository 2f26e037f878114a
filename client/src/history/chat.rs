//! One chat as it comes.

use super::frontier::Frontier;
use super::gaps::Gaps;
use super::held::{Held, HeldBack};
use super::spans::{Span, Spans};
use super::{AHEAD_MS_MAX, Change, Clock, Position};
use crate::DeviceAddress;
use heliograph_protocol::MessageId;
use serde::{Deserialize, Serialize};

/// Says from when on a device gets what is written in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// From the first message on.
    First,
    /// From later on, as who joins a group or has linked a device: what was written before does not come,
    /// and nothing waits for it.
    Later,
}

/// Is a message as far as order is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The device that wrote it.
    pub from: DeviceAddress,
    /// Its clock. Where it has none that can be read, it goes by the time of its id and waits for nothing.
    pub clock: Option<Clock>,
    /// Its number among the group's messages (protocol §5).
    pub seq: Option<u64>,
}

impl Message {
    /// Tells where it stands.
    pub fn position(&self) -> Position {
        let by_time = Position {
            height: self.id.created_at(),
            message_id: self.id,
        };
        let clock = self.clock.as_ref();
        clock.map_or(by_time, |clock| clock.position(self.id))
    }
}

/// Decides in which order the messages of one chat are shown on one device; see the [module](super).
///
/// It does nothing itself: it is told what comes and what time it is, and tells what is to be done. What is
/// serialised and read again goes on as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    own: DeviceAddress,
    frontier: Frontier,
    held: HeldBack,
    gaps: Gaps,
    /// The height of the highest message that was placed.
    height: u64,
    /// Whether the group's numbers are to come from 1 on.
    is_whole: bool,
    /// The group's numbers that have come.
    seqs: Spans,
    /// Up to which of the group's numbers it is known what has not come.
    seqs_seen: u64,
}

impl Chat {
    /// Begins a chat, for one's own device.
    pub fn new(own: DeviceAddress, start: Start) -> Self {
        let is_whole = start == Start::First;
        Self {
            own,
            frontier: Frontier::new(is_whole),
            held: HeldBack::default(),
            gaps: Gaps::default(),
            height: 0,
            is_whole,
            seqs: Spans::default(),
            seqs_seen: 0,
        }
    }

    /// Writes a message here: gives the clock to send with it, and places it.
    pub fn write(&mut self, id: MessageId, now_ms: u64) -> (Clock, Vec<Change>) {
        let above = self.height.saturating_add(1);
        let clock = Clock {
            count: self.frontier.count(&self.own).saturating_add(1),
            ahead_ms: above.saturating_sub(id.created_at()).min(AHEAD_MS_MAX),
            heads: self.frontier.heads(&self.own),
        };
        let message = Message {
            id,
            from: self.own.clone(),
            clock: Some(clock.clone()),
            seq: None,
        };
        (clock, self.receive(message, now_ms))
    }

    /// Takes a message: of somebody else, or what another one of one's own devices has sent.
    pub fn receive(&mut self, message: Message, now_ms: u64) -> Vec<Change> {
        let mut changes = Vec::new();
        let position = message.position();
        self.look_for_seqs(position, message.seq, now_ms);
        if !self.held.has(position) {
            let held = Held::new(position, message, now_ms);
            match held.causes(&self.frontier).is_empty() {
                true => self.place(&held, &mut changes),
                false => self.held.push(held),
            }
        }
        self.settle(now_ms, &mut changes);
        changes
    }

    /// Notes the number that one's own message was accepted with, or that of a message that nothing can be
    /// made of: it is not missing.
    pub fn note_seq(&mut self, seq: u64, now_ms: u64) -> Vec<Change> {
        self.seqs.insert(seq);
        self.tick(now_ms)
    }

    /// Begins anew, as who comes back into a group does: what was written meanwhile does not come, and
    /// nothing waits for it. What is shown already stays, and so do the marks of its gaps.
    pub fn rejoin(&mut self, now_ms: u64) -> Vec<Change> {
        self.frontier.forget_others(&self.own);
        self.is_whole = false;
        self.seqs = Spans::default();
        self.seqs_seen = 0;
        self.tick(now_ms)
    }

    /// Does what was waiting for this moment.
    pub fn tick(&mut self, now_ms: u64) -> Vec<Change> {
        let mut changes = Vec::new();
        self.settle(now_ms, &mut changes);
        changes
    }

    /// Tells when there is something to do even if nothing comes, in ms since the epoch.
    pub fn next_tick(&self) -> Option<u64> {
        let due = [self.held.due_ms(), self.gaps.due_ms()];
        due.into_iter().flatten().min()
    }

    /// Tells how many messages are held back.
    pub fn held_back(&self) -> usize {
        self.held.len()
    }

    /// Expects the numbers of the group that were left out before this one, a while.
    fn look_for_seqs(&mut self, position: Position, seq: Option<u64>, now_ms: u64) {
        let Some(seq) = seq else { return };
        let is_first = self.seqs_seen == 0 && !self.is_whole;
        if seq > self.seqs_seen && !is_first {
            let before = Span::from((self.seqs_seen + 1, seq - 1));
            self.gaps
                .expect(position, self.seqs.missing(before), now_ms);
        }
        self.seqs_seen = self.seqs_seen.max(seq);
        self.seqs.insert(seq);
    }

    fn place(&mut self, held: &Held, changes: &mut Vec<Change>) {
        held.place(&mut self.frontier);
        self.frontier.prune(&self.own);
        self.height = self.height.max(held.position().height);
        changes.push(Change::Insert(held.position()));
    }

    /// Places what need not or must not wait any longer, and tells of gaps.
    fn settle(&mut self, now_ms: u64, changes: &mut Vec<Change>) {
        self.held.turn_back(now_ms);
        self.gaps.turn_back(now_ms);
        self.place_ready(changes);
        while let Some(held) = self.held.take_overdue(now_ms) {
            let causes = held.causes(&self.frontier);
            self.place(&held, changes);
            self.gaps.open(held.position(), causes, changes);
            self.place_ready(changes);
        }
        self.gaps.heal(&self.frontier, &self.seqs, changes);
        self.gaps.tell_due(now_ms, changes);
    }

    fn place_ready(&mut self, changes: &mut Vec<Change>) {
        while let Some(held) = self.held.take_ready(&self.frontier) {
            self.place(&held, changes);
        }
    }
}
