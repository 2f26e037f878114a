//! The machine: what goes in, what comes out, and what it keeps in between.

mod go_on;
mod sockets;

use super::action::{Action, Input, Notice, RequestFailure, SignedOut};
use super::backoff::Backoff;
use super::chance::Chance;
use super::credentials::{Credentials, Refreshed, Step};
use super::keep_alive::KeepAlive;
use super::requests::Requests;
use super::socket::{Leaving, Live, Opening};
use super::time::Time;
use super::timing::Timing;
use super::tokens::Tokens;
use super::{Generation, RefreshAnswer};
use heliograph_protocol::RequestId;
use heliograph_protocol::limits::FRAME_BYTES_MAX;
use heliograph_protocol::request::Request;
use std::collections::VecDeque;
use std::fmt;

/// Is how long after one try the app may have another, in milliseconds, however often it says that the
/// network is back.
const TRIES_APART_MS: u64 = 1_000;

/// Says what the app wants, and may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Not to be connected, for now.
    Closed,
    /// To be connected.
    Running,
    /// Another client is connected as this device.
    Displaced,
    /// There are no tokens.
    SignedOut,
}

/// Keeps a device connected: decides what to open, send, close, refresh and tell, and when.
///
/// It does nothing itself and never waits. Whoever runs it gives it what happens ([`Machine::take`],
/// [`Machine::request`]) with what the clock shows, in milliseconds since the epoch, and does what it says
/// ([`Machine::next_action`]), in order.
pub struct Machine {
    timing: Timing,
    chance: Chance,
    time: Time,
    phase: Phase,
    credentials: Credentials,
    requests: Requests,
    keep_alive: KeepAlive,
    backoff: Backoff,
    /// The socket that was asked for last.
    drawn: Generation,
    live: Option<Live>,
    opening: Option<Opening>,
    leaving: Option<Leaving>,
    /// When the next socket is tried where there is none.
    retry_at: u64,
    /// When a socket was tried last.
    tried_at: u64,
    /// Not before then, whatever the app says, as the server wants it.
    asked_until: u64,
    /// When a socket failed to open that the server may have seen all the same.
    failed_at: Option<u64>,
    /// How many sockets in a row failed for which a browser gives no reason.
    mute: u32,
    /// Whether the token was refused since a socket was open.
    was_rejected: bool,
    actions: VecDeque<Action>,
    /// What the last [`Action::WakeAt`] said.
    announced: Option<u64>,
}

impl Machine {
    /// Makes one that is closed.
    pub fn new(tokens: Tokens, timing: Timing, chance: Chance) -> Self {
        Self {
            keep_alive: KeepAlive::new(timing.ping_ms),
            timing,
            chance,
            time: Time::default(),
            phase: Phase::Closed,
            credentials: Credentials::new(tokens),
            requests: Requests::default(),
            backoff: Backoff::default(),
            drawn: Generation(0),
            live: None,
            opening: None,
            leaving: None,
            retry_at: 0,
            tried_at: 0,
            asked_until: 0,
            failed_at: None,
            mute: 0,
            was_rejected: false,
            actions: VecDeque::new(),
            announced: None,
        }
    }

    /// Takes what has happened.
    pub fn take(&mut self, now_ms: u64, input: Input) {
        let now = self.time.at(now_ms);
        match input {
            Input::Open => self.open(now),
            Input::Close => self.end(Phase::Closed),
            Input::NetworkIsBack => self.network_is_back(now),
            Input::Wake => self.announced = None,
            Input::Socket(generation, event) => self.take_of_socket(now, generation, event),
            Input::Refreshed(answer) => self.refreshed(now, answer),
            Input::TokensStored(is_stored) => {
                let (timing, chance) = (&self.timing, &mut self.chance);
                self.credentials
                    .stored(now, is_stored, now_ms, timing, chance);
            }
        }
        self.settle(now);
    }

    /// Sends a request as soon as it can be, and tells in any case what became of it: one
    /// [`Notice::Reply`] or [`Notice::RequestFailed`] with this id.
    ///
    /// It waits for a socket that is being opened; where none is, it fails at once. `make` has to put the
    /// id into the request.
    pub fn request<R: Request>(
        &mut self,
        now_ms: u64,
        make: impl FnOnce(RequestId) -> R,
    ) -> RequestId {
        self.ask(now_ms, |id| make(id).to_json())
    }

    /// Sends a request that is text already.
    pub(crate) fn ask(&mut self, now_ms: u64, make: impl FnOnce(RequestId) -> String) -> RequestId {
        let now = self.time.at(now_ms);
        let number = self.requests.draw();
        let id = RequestId::from(number);
        let text = make(id.clone());
        if text.len() > FRAME_BYTES_MAX {
            let (id, failure) = (id.clone(), RequestFailure::TooLarge);
            self.tell(Notice::RequestFailed { id, failure });
        } else {
            let until = now.saturating_add(self.timing.answer_ms);
            self.requests.hold(number, text, until);
        }
        self.settle(now);
        id
    }

    /// Gives the next thing to do; nothing until something happens.
    pub fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Tells whether a refresh is under way, or its tokens are not stored yet: a bad time to end.
    pub fn is_busy(&self) -> bool {
        self.credentials.is_busy()
    }

    /// Gives the access token as it is now, for calls over HTTP; it may have ended.
    pub fn access_token(&self) -> &str {
        self.credentials.any_access()
    }

    fn open(&mut self, now: u64) {
        if matches!(self.phase, Phase::Closed | Phase::Displaced) {
            self.phase = Phase::Running;
            self.retry_at = now.max(self.asked_until);
        }
    }

    /// Ends everything, but for a refresh: its tokens are stored whatever the app wants.
    fn end(&mut self, phase: Phase) {
        if self.phase == Phase::SignedOut {
            return;
        }
        self.phase = phase;
        let (live, opening, leaving) = (self.live.take(), self.opening.take(), self.leaving.take());
        let sockets = [
            live.map(|socket| socket.generation),
            opening.map(|socket| socket.generation),
            leaving.map(|socket| socket.generation),
        ];
        for generation in sockets.into_iter().flatten() {
            self.drop_socket(generation);
        }
        let notices = self.requests.not_connected();
        self.tell_all(notices);
    }

    fn network_is_back(&mut self, now: u64) {
        if self.phase != Phase::Running {
            return;
        }
        let apart = |since: u64| since.saturating_add(TRIES_APART_MS);
        if apart(self.tried_at) <= now {
            self.backoff.reset();
        }
        self.credentials.network_is_back(now);
        let is_stuck = |opening: &mut Opening| apart(opening.since) <= now;
        // What is being opened may be on its way by the network that is gone.
        if let Some(stuck) = self.opening.take_if(is_stuck) {
            self.drop_socket(stuck.generation);
            self.failed_at = Some(now);
            self.retry_at = now;
        }
        match &self.live {
            Some(live) if !live.is_pinging() && apart(live.heard_at()) <= now => self.ping(now),
            Some(_) => {}
            None => {
                let soon = now.max(self.asked_until).max(apart(self.tried_at));
                self.retry_at = self.retry_at.min(soon);
            }
        }
    }

    fn refreshed(&mut self, now: u64, answer: RefreshAnswer) {
        let (timing, chance) = (&self.timing, &mut self.chance);
        match self.credentials.refreshed(now, answer, timing, chance) {
            Refreshed::Store(tokens) => self.do_step(Step::Store(tokens)),
            Refreshed::Later if self.is_offline() => {
                let retry_at = self.credentials.next_at().unwrap_or(now);
                self.tell_offline(retry_at);
            }
            Refreshed::Later => {}
            Refreshed::SignedOut(why) => self.sign_out(why),
        }
    }

    fn sign_out(&mut self, why: SignedOut) {
        self.end(Phase::SignedOut);
        self.tell(Notice::SignedOut(why));
    }

    fn is_offline(&self) -> bool {
        self.phase == Phase::Running && self.live.is_none() && self.opening.is_none()
    }

    fn do_step(&mut self, step: Step) {
        self.actions.push_back(match step {
            Step::Refresh(refresh_token) => Action::RefreshToken { refresh_token },
            Step::Store(tokens) => Action::StoreTokens(tokens),
        });
    }

    fn tell_offline(&mut self, retry_at: u64) {
        let retry_at = self.time.on_the_clock(retry_at);
        self.tell(Notice::Offline { retry_at });
    }

    fn tell_all(&mut self, notices: Vec<Notice>) {
        let notices = notices.into_iter().map(Action::Tell);
        self.actions.extend(notices);
    }

    fn tell(&mut self, notice: Notice) {
        self.actions.push_back(Action::Tell(notice));
    }
}

impl fmt::Debug for Machine {
    /// Prints which sockets there are, and nothing that was said on them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine")
            .field("phase", &self.phase)
            .field("live", &self.live)
            .field("opening", &self.opening)
            .field("leaving", &self.leaving)
            .finish_non_exhaustive()
    }
}
