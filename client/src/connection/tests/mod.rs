//! The machine on a desk: a clock that turns by hand, and all that it says kept.

mod ends;
mod keeping;
mod random;
mod renewal;
mod requests;
mod retries;
mod tokens;

use super::*;
use heliograph_protocol::request::{Ping, Sync};
use heliograph_protocol::{ErrorBody, RequestId};

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const DAY: u64 = 24 * 60 * MINUTE;
const START: u64 = 1_764_000_000_000;

/// What the machine said, without what it is told by.
#[derive(Debug, Default)]
struct Said {
    opened: Vec<(Generation, String)>,
    sent: Vec<(Generation, String)>,
    closed: Vec<Generation>,
    refreshed: Vec<String>,
    stored: Vec<Tokens>,
    told: Vec<Notice>,
    wakes: usize,
    /// What was done with which socket, in order.
    done: Vec<(Generation, Done)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Done {
    Opened,
    Sent,
    Closed,
}

struct Desk {
    now: u64,
    machine: Machine,
    wake: Option<u64>,
    said: Said,
}

fn tokens(number: u64, expires_at: u64) -> Tokens {
    Tokens {
        access_token: format!("access {number}"),
        access_expires_at: expires_at,
        refresh_token: format!("refresh {number}"),
    }
}

fn ok(id: &str) -> String {
    format!(r#"{{"event":"reply","id":"{id}","ok":{{}}}}"#)
}

/// Reads the id of a request that was sent.
fn id_of(text: &str) -> String {
    heliograph_protocol::peek(text).id.unwrap()
}

impl Desk {
    fn new() -> Self {
        Self::seeded(7)
    }

    fn seeded(seed: u64) -> Self {
        // Nobody refreshes meanwhile where a test is about something else.
        let timing = Timing {
            keep_token_fresh: false,
            ..Timing::default()
        };
        Self::with(timing, tokens(1, START + 30 * DAY), seed)
    }

    fn with(timing: Timing, tokens: Tokens, seed: u64) -> Self {
        Self {
            now: START,
            machine: Machine::new(tokens, timing, Chance::new(seed)),
            wake: None,
            said: Said::default(),
        }
    }

    /// Opens a machine and its first socket.
    fn connected() -> Self {
        let mut desk = Self::new();
        desk.connect();
        desk
    }

    fn connect(&mut self) {
        self.take(Input::Open);
        self.opens();
        self.said = Said::default();
    }

    /// Lets the socket open that was asked for last.
    fn opens(&mut self) -> Generation {
        let of = self.said.opened.last().expect("a socket was asked for").0;
        self.socket(of, SocketEvent::Opened);
        of
    }

    fn take(&mut self, input: Input) {
        self.machine.take(self.now, input);
        self.listen();
    }

    fn socket(&mut self, of: Generation, event: SocketEvent) {
        self.take(Input::Socket(of, event));
    }

    fn text(&mut self, of: Generation, text: impl Into<String>) {
        self.socket(of, SocketEvent::Text(text.into()));
    }

    fn closes(&mut self, of: Generation, code: Option<u16>) {
        self.socket(of, SocketEvent::Closed { code });
    }

    fn refused(&mut self, status: u16) {
        let of = self.said.opened.last().expect("a socket was asked for").0;
        self.socket(
            of,
            SocketEvent::Refused {
                status: Some(status),
                retry_after_ms: None,
            },
        );
    }

    fn refused_by_server(&mut self, error: ErrorBody) {
        self.take(Input::Refreshed(RefreshAnswer::Refused(error)));
    }

    /// Gives the next pair of tokens, and stores it.
    fn refreshes(&mut self, number: u64) {
        let next = tokens(number, self.now + 15 * MINUTE);
        self.take(Input::Refreshed(RefreshAnswer::Tokens(next)));
        self.take(Input::TokensStored(true));
    }

    fn ask(&mut self) -> String {
        let id = self.machine.request(self.now, Ping::new);
        self.listen();
        id.as_str().to_owned()
    }

    fn sync(&mut self) -> String {
        let id = self.machine.request(self.now, |id| Sync::new(id, None));
        self.listen();
        id.as_str().to_owned()
    }

    /// Turns the clock, and wakes the machine whenever it wants to be.
    fn pass(&mut self, ms: u64) {
        let end = self.now + ms;
        while let Some(at) = self.wake.filter(|at| *at <= end) {
            assert!(at >= self.now, "it wants to be woken in the past");
            self.now = at;
            self.wake = None;
            self.said.wakes += 1;
            assert!(self.said.wakes < 10_000, "it is busy");
            self.take(Input::Wake);
        }
        self.now = end;
    }

    /// Turns the clock to when the machine wants to be woken.
    fn pass_to_wake(&mut self) {
        let at = self.wake.expect("it wants to be woken");
        self.pass(at - self.now);
    }

    /// Answers all pings on a socket while the clock turns.
    fn pass_answering(&mut self, of: Generation, ms: u64) {
        let end = self.now + ms;
        while self.now < end {
            let step = self.wake.map_or(end, |at| at.min(end)) - self.now;
            self.pass(step.max(1));
            for (on, text) in std::mem::take(&mut self.said.sent) {
                if on == of {
                    self.text(of, ok(&id_of(&text)));
                }
            }
        }
    }

    /// Turns the clock to when the next socket is asked for, and answers pings on this one meanwhile.
    fn pass_to_next(&mut self, of: Generation) -> Generation {
        let before = self.said.opened.len();
        while self.said.opened.len() == before {
            let step = self.wake.expect("it wants to be woken") - self.now;
            self.pass_answering(of, step);
        }
        self.said.opened[before].0
    }

    fn listen(&mut self) {
        while let Some(action) = self.machine.next_action() {
            let said = &mut self.said;
            match &action {
                Action::OpenSocket { generation, .. } => {
                    said.done.push((*generation, Done::Opened))
                }
                Action::SendText { generation, .. } => said.done.push((*generation, Done::Sent)),
                Action::CloseSocket { generation } => said.done.push((*generation, Done::Closed)),
                _ => {}
            }
            match action {
                Action::OpenSocket { token, generation } => said.opened.push((generation, token)),
                Action::SendText { generation, text } => said.sent.push((generation, text)),
                Action::CloseSocket { generation } => said.closed.push(generation),
                Action::RefreshToken { refresh_token } => said.refreshed.push(refresh_token),
                Action::StoreTokens(tokens) => said.stored.push(tokens),
                Action::WakeAt(at) => self.wake = Some(at),
                Action::Tell(notice) => said.told.push(notice),
            }
        }
    }

    /// Tells when the next try is, by the last word of it.
    fn retry_at(&self) -> u64 {
        let told = self.said.told.iter().rev();
        let mut told = told.filter_map(|notice| match notice {
            Notice::Offline { retry_at } => Some(*retry_at),
            _ => None,
        });
        told.next().expect("it told when it tries again")
    }

    fn was_told(&self, is_it: impl Fn(&Notice) -> bool) -> bool {
        self.said.told.iter().any(is_it)
    }

    /// Gives how a request ended; it must have ended once.
    fn end_of(&self, id: &str) -> Result<(), RequestFailure> {
        let ends = self.said.told.iter().filter_map(|notice| match notice {
            Notice::Reply { id: of, .. } if of.as_str() == id => Some(Ok(())),
            Notice::RequestFailed { id: of, failure } if of.as_str() == id => Some(Err(*failure)),
            _ => None,
        });
        let ends: Vec<_> = ends.collect();
        assert_eq!(ends.len(), 1, "{id}: {ends:?}");
        ends[0]
    }

    fn has_ended(&self, id: &str) -> bool {
        self.said.told.iter().any(|notice| match notice {
            Notice::Reply { id: of, .. } | Notice::RequestFailed { id: of, .. } => {
                *of == id.parse::<RequestId>().unwrap()
            }
            _ => false,
        })
    }
}
