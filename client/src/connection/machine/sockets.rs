//! What comes of sockets, and what it means.

use super::{Machine, Phase};
use crate::connection::action::{Action, Generation, Notice, SocketEvent};
use crate::connection::backoff::ASKED_MS_MAX;
use crate::connection::ending::Ending;
use crate::connection::socket::{Leaving, Live};
use heliograph_protocol::ErrorBody;
use heliograph_protocol::event::Event;
use heliograph_protocol::frame::{ReplyOk, ServerFrame, decode_frame};
use heliograph_protocol::socket::{IDLE_MS_MAX, LIFE_MS_MAX};

/// Is how long a socket that failed to open may still be let in by the server, in milliseconds: it notes a
/// connection before it answers, and displaces the one before.
const LATE_MS: u64 = 60 * 1_000;
/// Is how many sockets in a row may fail in a browser, which does not say why, until the token is taken to be
/// the reason.
const MUTE_MAX: u32 = 3;
/// Is how long a renewal that failed is left alone, in milliseconds, besides what else is waited.
const RENEW_AGAIN_MS: u64 = 30 * 1_000;
/// Is by how much the server's limits are met early, as the clocks and the way differ, in milliseconds.
const EARLY_MS: u64 = 30 * 1_000;

impl Machine {
    pub(super) fn take_of_socket(&mut self, now: u64, of: Generation, event: SocketEvent) {
        match event {
            SocketEvent::Opened => self.opened(now, of),
            SocketEvent::Unreachable => self.not_opened(now, of, |it| it.failed_at = Some(now)),
            SocketEvent::Refused {
                status,
                retry_after_ms,
            } => self.refused(now, of, status, retry_after_ms),
            SocketEvent::Text(text) => self.text(now, of, &text),
            SocketEvent::Closed { code } => self.closed(now, of, code),
        }
    }

    fn opened(&mut self, now: u64, of: Generation) {
        let Some(opening) = self.opening.take_if(|it| it.generation == of) else {
            return;
        };
        self.leaving = self.live.take().map(|old| Leaving {
            generation: old.generation,
            until: now.saturating_add(self.timing.leave_ms),
        });
        let renew_at = now.saturating_add(self.timing.renew_ms);
        let renew_at = self.chance.around(renew_at, self.timing.renew_jitter_ms);
        self.live = Some(Live::new(of, now, renew_at, &self.timing));
        self.backoff.went_well();
        (self.was_rejected, self.mute) = (false, 0);
        // The server closes the old one as soon as it lets the new one in: which is seen first is chance.
        let renewed = opening.renews;
        self.tell(Notice::Connected { renewed });
    }

    fn refused(&mut self, now: u64, of: Generation, status: Option<u16>, asked_ms: Option<u64>) {
        self.not_opened(now, of, |it| {
            let asked_ms = asked_ms.unwrap_or(0).min(ASKED_MS_MAX);
            it.asked_until = it.asked_until.max(now.saturating_add(asked_ms));
            match status {
                // A device that is revoked has no use for a refresh; who asks for one learns it for sure,
                // where this status may be anybody's between here and the server.
                Some(401 | 403) => it.credentials.reject(now),
                Some(_) => it.failed_at = Some(now),
                None => {
                    it.failed_at = Some(now);
                    it.mute += 1;
                    if it.mute.is_multiple_of(MUTE_MAX) {
                        it.credentials.reject(now);
                    }
                }
            }
        });
    }

    /// Notes why a socket did not open, and plans the next one.
    pub(super) fn not_opened(&mut self, now: u64, of: Generation, note: impl FnOnce(&mut Self)) {
        if self.opening.take_if(|it| it.generation == of).is_none() {
            return;
        }
        note(self);
        // A token that has ended is no failure yet.
        let is_first = self.credentials.is_rejected() && !self.was_rejected;
        self.was_rejected |= is_first;
        let delay = match is_first {
            true => 0,
            false => self.backoff.failed(now, &self.timing, &mut self.chance),
        };
        let next_at = now.max(self.asked_until).saturating_add(delay);
        // Nothing comes of one that has lost its place.
        if let Some(deaf) = self.live.take_if(|live| live.is_displaced) {
            self.drop_socket(deaf.generation);
        }
        match &mut self.live {
            Some(live) if is_first => live.renew_at = next_at,
            Some(live) => live.renew_at = next_at.saturating_add(RENEW_AGAIN_MS),
            None => self.retry_at(next_at),
        }
    }

    fn text(&mut self, now: u64, of: Generation, text: &str) {
        let is_leaving = self.is_leaving(of);
        match &mut self.live {
            Some(live) if live.generation == of => live.heard(now),
            _ if is_leaving => {}
            _ => return,
        }
        match decode_frame(text) {
            Ok(ServerFrame::Reply {
                id: Some(id),
                outcome,
            }) => self.answered(&id, outcome),
            Ok(ServerFrame::Event(Event::Displaced)) => self.displaced(now, of),
            Ok(ServerFrame::Event(event)) => self.tell(Notice::Event(event)),
            // Of a later version; or the gateway's own words for a function that failed, which do not say
            // whose request it was.
            _ => {}
        }
    }

    fn answered(&mut self, id: &str, outcome: Result<ReplyOk, ErrorBody>) {
        if !self.ponged(id) {
            let notice = self.requests.answered(id, outcome);
            self.tell_all(notice.into_iter().collect());
        }
    }

    /// Takes the answer to a ping, if it is one.
    fn ponged(&mut self, id: &str) -> bool {
        let live = self.live.as_mut();
        let Some(silent_ms) = live.and_then(|live| live.ponged(id, &self.keep_alive)) else {
            return false;
        };
        // One that was not silent for long says nothing about that.
        if silent_ms >= self.keep_alive.interval_ms() / 4 * 3 {
            self.keep_alive.answered();
        }
        true
    }

    /// Is told that another connection has taken the place of this one.
    ///
    /// The server tells it before the new socket is open, and does not say whose that is. It is one of this
    /// client where a later one is open or being opened, or has failed to open so lately that the server
    /// may have let it in; who else connected meanwhile displaces that one in turn.
    fn displaced(&mut self, now: u64, of: Generation) {
        if self.is_leaving(of) {
            return;
        }
        if let (Some(live), Some(_)) = (&mut self.live, &self.opening) {
            live.is_displaced = true;
            return;
        }
        let is_late = |at: u64| now.saturating_sub(at) < LATE_MS;
        if self.failed_at.is_some_and(is_late) {
            self.drop_live(now, Ending::Ended);
        } else {
            self.end(Phase::Displaced);
            self.tell(Notice::Displaced);
        }
    }

    fn closed(&mut self, now: u64, of: Generation, code: Option<u16>) {
        self.not_opened(now, of, |it| it.failed_at = Some(now));
        if self.leaving.take_if(|it| it.generation == of).is_some() {
            let notices = self.requests.lost(of);
            self.tell_all(notices);
        }
        if self.live.as_ref().is_some_and(|it| it.generation == of) {
            self.lose_live(now, Ending::of(code));
        }
    }

    /// Closes the socket in use, as nobody is there.
    pub(super) fn drop_live(&mut self, now: u64, ending: Ending) {
        if let Some(live) = &self.live {
            let generation = live.generation;
            self.actions.push_back(Action::CloseSocket { generation });
            self.lose_live(now, ending);
        }
    }

    /// Closes a socket and gives up what was asked on it.
    pub(super) fn drop_socket(&mut self, generation: Generation) {
        self.actions.push_back(Action::CloseSocket { generation });
        let notices = self.requests.lost(generation);
        self.tell_all(notices);
    }

    fn lose_live(&mut self, now: u64, ending: Ending) {
        let Some(live) = self.live.take() else {
            return;
        };
        let notices = self.requests.lost(live.generation);
        self.tell_all(notices);
        if self.opening.is_some() {
            // The next one is on its way.
            return;
        }
        self.learn(now, &live, ending);
        let delay = self.backoff.failed(now, &self.timing, &mut self.chance);
        self.retry_at(now.max(self.asked_until).saturating_add(delay));
    }

    /// Learns from the end of a socket how long one may be silent, and how many are coming back.
    fn learn(&mut self, now: u64, live: &Live, ending: Ending) {
        let silent_ms = live.silent_ms(now);
        match ending {
            Ending::GoingAway if live.age_ms(now) >= LIFE_MS_MAX - EARLY_MS => {}
            // The server counts what comes from here.
            Ending::GoingAway if live.unsent_ms(now) >= IDLE_MS_MAX - EARLY_MS => {
                self.keep_alive.shorten(IDLE_MS_MAX);
            }
            Ending::GoingAway | Ending::Crowd => self.backoff.crowded(),
            Ending::Cut if live.is_pinging() => self.keep_alive.unanswered(silent_ms),
            Ending::Cut => self.keep_alive.cut(silent_ms),
            Ending::Ended | Ending::Refused => {}
        }
    }

    fn retry_at(&mut self, at: u64) {
        self.retry_at = at;
        self.tell_offline(at);
    }

    fn is_leaving(&self, of: Generation) -> bool {
        self.leaving.as_ref().is_some_and(|it| it.generation == of)
    }
}
