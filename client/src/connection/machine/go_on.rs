//! What comes next: everything that is due, and when to look again.

use super::{Machine, Phase};
use crate::connection::action::{Action, Generation};
use crate::connection::ending::Ending;
use crate::connection::requests::Overdue;
use crate::connection::socket::{Look, Opening};
use heliograph_protocol::RequestId;
use heliograph_protocol::request::{Ping, Request};

/// Is how soon it is looked again where only others' answers are waited for, in milliseconds.
const LOOK_AGAIN_MS: u64 = 60 * 1_000;
/// Is how long a request waits for the socket that takes the place of another, in milliseconds: what is asked
/// on the old one may never be answered.
const HOLD_MS: u64 = 3_000;

impl Machine {
    /// Does what is due, and says when to come back.
    pub(super) fn settle(&mut self, now: u64) {
        self.time_out(now);
        if let Some(step) = self.credentials.store_again(now) {
            self.do_step(step);
        }
        if self.phase == Phase::Running {
            self.go_on(now);
        }
        self.send_held(now);
        self.leave(now);
        self.announce(now);
    }

    /// Opens the next socket, or gets the token for it, when it is time.
    fn go_on(&mut self, now: u64) {
        if self.opening.is_some() {
            return;
        }
        if !self.is_socket_due(now) {
            let is_ahead = |at: u64| at <= now;
            let ahead_at = self.credentials.ahead_at(&self.timing);
            if self.live.is_some() && ahead_at.is_some_and(is_ahead) {
                self.refresh(now);
            }
            return;
        }
        match self.credentials.access(now, &self.timing) {
            Some(token) => {
                let token = token.to_owned();
                self.open_socket(now, token);
            }
            None => self.refresh(now),
        }
    }

    fn is_socket_due(&self, now: u64) -> bool {
        let Some(live) = &self.live else {
            return self.retry_at <= now;
        };
        // Once its place is taken the old socket may be closed before it has brought all answers.
        let patience = live.renew_at.saturating_add(self.timing.renew_patience_ms);
        let is_quiet = !self.requests.is_waiting_on(live.generation);
        live.renew_at <= now && (is_quiet || patience <= now)
    }

    fn open_socket(&mut self, now: u64, token: String) {
        if let Some(old) = self.leaving.take() {
            self.drop_socket(old.generation);
        }
        self.tried_at = now;
        self.drawn = Generation(self.drawn.0 + 1);
        let generation = self.drawn;
        self.opening = Some(Opening {
            generation,
            since: now,
            renews: self.live.is_some(),
            until: now.saturating_add(self.timing.open_ms),
        });
        self.actions
            .push_back(Action::OpenSocket { token, generation });
    }

    fn refresh(&mut self, now: u64) {
        if let Some(step) = self.credentials.refresh(now) {
            self.do_step(step);
        }
    }

    fn time_out(&mut self, now: u64) {
        let late = self.opening.as_ref().filter(|it| it.until <= now);
        if let Some(generation) = late.map(|it| it.generation) {
            self.actions.push_back(Action::CloseSocket { generation });
            self.not_opened(now, generation, |it| it.failed_at = Some(now));
        }
        let (notices, overdue) = self.requests.time_out(now);
        self.tell_all(notices);
        let Some(live) = &mut self.live else {
            return;
        };
        if live.stable_at.take_if(|at| *at <= now).is_some() {
            self.backoff.reset();
        }
        // It owes an answer, and has said nothing at all.
        let is_silent =
            |it: &Overdue| it.on == live.generation && !live.has_heard_since(it.sent_at);
        let is_dead = overdue.iter().any(is_silent);
        match live.look(now, &self.keep_alive, &self.timing) {
            Look::Dead => self.drop_live(now, Ending::Cut),
            _ if is_dead => self.drop_live(now, Ending::Cut),
            Look::Ping => self.ping(now),
            Look::Nothing => {}
        }
    }

    /// Asks whether anybody is there.
    pub(super) fn ping(&mut self, now: u64) {
        let number = self.requests.draw();
        if let Some(live) = &mut self.live {
            live.pinged(number, now, &self.timing);
            let text = Ping::new(RequestId::from(number)).to_json();
            let generation = live.generation;
            self.actions
                .push_back(Action::SendText { generation, text });
        }
    }

    /// Sends what waits for a socket, or gives it up where none is coming.
    fn send_held(&mut self, now: u64) {
        let is_on_the_way = self.is_on_the_way(now);
        let is_held = self.held_until().is_some_and(|until| now < until);
        match &mut self.live {
            Some(live) if !is_held => {
                let generation = live.generation;
                for text in self.requests.release(generation, now) {
                    live.sent(now);
                    self.actions
                        .push_back(Action::SendText { generation, text });
                }
            }
            None if !is_on_the_way => {
                let notices = self.requests.not_connected();
                self.tell_all(notices);
            }
            _ => {}
        }
    }

    /// Tells until when requests wait for the socket that is being opened: where an old one still serves,
    /// for as long as one takes to open mostly.
    fn held_until(&self) -> Option<u64> {
        let opening = self.opening.as_ref()?;
        match &self.live {
            Some(live) if !live.is_displaced => Some(opening.since.saturating_add(HOLD_MS)),
            _ => Some(opening.until),
        }
    }

    fn is_on_the_way(&self, now: u64) -> bool {
        let is_running = self.phase == Phase::Running;
        let has_token_soon = self.retry_at <= now && self.credentials.is_busy();
        is_running && (self.opening.is_some() || has_token_soon)
    }

    /// Closes the old socket a while after a renewal, unless the server has: what it still brings is heard.
    fn leave(&mut self, now: u64) {
        if let Some(old) = self.leaving.take_if(|old| old.until <= now) {
            self.drop_socket(old.generation);
        }
    }

    fn announce(&mut self, now: u64) {
        let next_at = match self.phase {
            Phase::Running => self.next_at(now),
            _ => self.credentials.store_at(),
        };
        let next_at = next_at.map(|at| self.time.on_the_clock(at.max(now + 1)));
        if let Some(at) = next_at
            && self.announced != next_at
        {
            self.actions.push_back(Action::WakeAt(at));
        }
        self.announced = next_at;
    }

    /// Tells when something is due next.
    fn next_at(&self, now: u64) -> Option<u64> {
        let live = self.live.as_ref();
        let dates = [
            self.opening.as_ref().map(|it| it.until),
            self.held_until(),
            self.leaving.as_ref().map(|it| it.until),
            live.map(|it| it.look_at),
            live.and_then(|it| it.stable_at),
            live.and(self.credentials.ahead_at(&self.timing)),
            self.socket_at(now),
            self.requests.next_at(),
            self.credentials.store_at(),
        ];
        let dates = dates.into_iter().flatten().filter(|at| *at > now);
        dates.min()
    }

    /// Tells when the next socket is due, or what it waits for.
    fn socket_at(&self, now: u64) -> Option<u64> {
        if self.opening.is_some() {
            return None;
        }
        let due_at = match &self.live {
            Some(live) if live.renew_at <= now && !self.is_socket_due(now) => {
                live.renew_at.saturating_add(self.timing.renew_patience_ms)
            }
            Some(live) => live.renew_at,
            None => self.retry_at,
        };
        let look_again = now.saturating_add(LOOK_AGAIN_MS);
        match due_at > now {
            true => Some(due_at),
            // It waits for a token.
            false => Some(self.credentials.next_at().unwrap_or(look_again)),
        }
    }
}
