//! Requests that are not answered yet.

use super::action::{Generation, Notice, RequestFailure};
use heliograph_protocol::RequestId;
use heliograph_protocol::error::ErrorBody;
use heliograph_protocol::frame::ReplyOk;
use std::collections::BTreeMap;

/// Is a request that was not answered yet.
struct Asked {
    /// Not answered by then it has failed.
    until: u64,
    state: State,
}

enum State {
    /// It waits for a socket.
    Held(String),
    /// It was sent.
    Sent { on: Generation, at: u64 },
}

/// Are the requests that are not answered yet, by their number.
#[derive(Default)]
pub(super) struct Requests {
    drawn: u64,
    asked: BTreeMap<u64, Asked>,
}

/// Is a request that was sent and not answered in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Overdue {
    pub(super) on: Generation,
    pub(super) sent_at: u64,
}

impl Requests {
    /// Draws the number of a request; no two are the same.
    pub(super) fn draw(&mut self) -> u64 {
        self.drawn += 1;
        self.drawn
    }

    /// Keeps a request until there is a socket.
    pub(super) fn hold(&mut self, number: u64, text: String, until: u64) {
        let state = State::Held(text);
        self.asked.insert(number, Asked { until, state });
    }

    /// Gives the texts of those that wait for a socket, in order: they are sent on this one.
    pub(super) fn release(&mut self, on: Generation, at: u64) -> Vec<String> {
        let mut texts = Vec::new();
        for asked in self.asked.values_mut() {
            if let State::Held(text) = &mut asked.state {
                texts.push(std::mem::take(text));
                asked.state = State::Sent { on, at };
            }
        }
        texts
    }

    /// Takes an answer; nothing where nobody waits for it any more.
    pub(super) fn answered(
        &mut self,
        id: &str,
        outcome: Result<ReplyOk, ErrorBody>,
    ) -> Option<Notice> {
        let number: u64 = id.parse().ok()?;
        let is_sent = matches!(self.asked.get(&number)?.state, State::Sent { .. });
        if !is_sent {
            return None;
        }
        self.asked.remove(&number);
        let id = RequestId::from(number);
        Some(Notice::Reply { id, outcome })
    }

    /// Gives up those that were sent on a socket.
    pub(super) fn lost(&mut self, socket: Generation) -> Vec<Notice> {
        self.give_up(
            RequestFailure::Unknown,
            |asked| matches!(asked.state, State::Sent { on, .. } if on == socket),
        )
    }

    /// Gives up those that wait for a socket.
    pub(super) fn not_connected(&mut self) -> Vec<Notice> {
        self.give_up(RequestFailure::NotConnected, |asked| {
            matches!(asked.state, State::Held(_))
        })
    }

    /// Gives up those whose time is over, and tells which of them were sent.
    pub(super) fn time_out(&mut self, now: u64) -> (Vec<Notice>, Vec<Overdue>) {
        let over = |asked: &Asked| asked.until <= now;
        let late = self.asked.values().filter(|asked| over(asked));
        let late = late.filter_map(|asked| match asked.state {
            State::Sent { on, at: sent_at } => Some(Overdue { on, sent_at }),
            State::Held(_) => None,
        });
        let late = late.collect();
        let mut notices = self.give_up(RequestFailure::NotConnected, |asked| {
            over(asked) && matches!(asked.state, State::Held(_))
        });
        notices.extend(self.give_up(RequestFailure::Unknown, over));
        (notices, late)
    }

    /// Tells whether one that was sent on a socket is not answered.
    pub(super) fn is_waiting_on(&self, socket: Generation) -> bool {
        let mut asked = self.asked.values();
        asked.any(|asked| matches!(asked.state, State::Sent { on, .. } if on == socket))
    }

    /// Tells when the time of the next one is over.
    pub(super) fn next_at(&self) -> Option<u64> {
        self.asked.values().map(|asked| asked.until).min()
    }

    fn give_up(&mut self, failure: RequestFailure, which: impl Fn(&Asked) -> bool) -> Vec<Notice> {
        let lost = self.asked.extract_if(.., |_, asked| which(asked));
        lost.map(|(number, _)| {
            let id = RequestId::from(number);
            Notice::RequestFailed { id, failure }
        })
        .collect()
    }
}
