//! Which tokens there are, and when to get the next pair.
//!
//! A refresh token is good once and its second use revokes the device (protocol §1), so a lost answer may
//! cost the device. What can be done about that is done:
//! * One refresh is under way at a time, and no other begins before its tokens are stored.
//! * An access token is used as long as it is good.
//! * Where an answer was lost, the same token is not used again while there is another way: not before a
//!   socket must be opened that the access token does not open, and not before half a minute has passed, in
//!   which what was on its way has arrived or is lost.

use super::action::{RefreshAnswer, SignedOut};
use super::backoff::{ASKED_MS_MAX, Backoff};
use super::chance::Chance;
use super::timing::Timing;
use super::tokens::Tokens;
use heliograph_protocol::ErrorCode;

/// Is how long an access token is good at most, in milliseconds (protocol §1), whatever the clocks say.
const GOOD_MS_MAX: u64 = 15 * 60 * 1_000;
/// Is how long a new access token is taken to be good where the clocks of server and device differ so much
/// that its end says nothing, in milliseconds.
const GOOD_MS_GUESS: u64 = 10 * 60 * 1_000;
/// Is how long a token that has just come is not taken to be the reason of a refusal, in milliseconds.
const FRESH_MS: u64 = 60 * 1_000;

/// Says what a refresh is at.
enum State {
    /// There is none; not before then one may begin.
    Idle { not_before: u64 },
    /// It was asked for.
    Asked,
    /// Its tokens are being stored.
    Storing(Tokens),
    /// Its tokens are to be stored then, as they could not be before.
    ToStore(Tokens, u64),
}

/// Are the tokens, and what is known of them.
pub(super) struct Credentials {
    tokens: Tokens,
    good_until: u64,
    fresh_until: u64,
    rejected: bool,
    in_doubt: bool,
    /// Not before then a refresh may begin, whatever the app says.
    asked_until: u64,
    state: State,
    backoff: Backoff,
}

/// Says what is to be done about tokens.
pub(super) enum Step {
    Refresh(String),
    Store(Tokens),
}

/// Says what came of a refresh.
pub(super) enum Refreshed {
    /// There are tokens to be stored.
    Store(Tokens),
    /// It is to be tried again.
    Later,
    /// There are no tokens any more.
    SignedOut(SignedOut),
}

/// Says what an answer to a refresh means.
enum Verdict {
    /// These are the next tokens.
    Next(Tokens),
    /// There are none any more.
    Over(SignedOut),
    /// It may have been done.
    Unsure,
    /// Nothing was done; the service may have said when to try again.
    Undone { asked_ms: Option<u64> },
}

fn judge(answer: RefreshAnswer, in_doubt: bool) -> Verdict {
    let error = match answer {
        RefreshAnswer::Tokens(tokens) => return Verdict::Next(tokens),
        RefreshAnswer::NotSent => return Verdict::Undone { asked_ms: None },
        RefreshAnswer::Unknown => return Verdict::Unsure,
        RefreshAnswer::Refused(error) => error,
    };
    match error.code {
        ErrorCode::Forbidden if in_doubt => Verdict::Over(SignedOut::TokensLost),
        ErrorCode::Forbidden => Verdict::Over(SignedOut::Removed),
        ErrorCode::Unauthenticated => Verdict::Over(SignedOut::Unknown),
        ErrorCode::Internal => Verdict::Unsure,
        _ => Verdict::Undone {
            asked_ms: error.retry_after_ms,
        },
    }
}

impl Credentials {
    pub(super) fn new(tokens: Tokens) -> Self {
        Self {
            good_until: tokens.access_expires_at,
            tokens,
            fresh_until: 0,
            rejected: false,
            in_doubt: false,
            asked_until: 0,
            state: State::Idle { not_before: 0 },
            backoff: Backoff::default(),
        }
    }

    /// Gives the access token if it still opens a socket.
    pub(super) fn access(&self, now: u64, timing: &Timing) -> Option<&str> {
        let is_good = now.saturating_add(timing.token_margin_ms) < self.good_until;
        (is_good && !self.rejected).then_some(self.tokens.access_token.as_str())
    }

    /// Gives the access token, which may have ended.
    pub(super) fn any_access(&self) -> &str {
        &self.tokens.access_token
    }

    /// Tells whether the access token was taken to be why a socket was refused.
    pub(super) fn is_rejected(&self) -> bool {
        self.rejected
    }

    /// Notes that the access token may be why a socket was refused.
    pub(super) fn reject(&mut self, now: u64) {
        self.rejected |= now >= self.fresh_until;
    }

    /// Tells whether a refresh is under way, or its tokens are not stored yet.
    pub(super) fn is_busy(&self) -> bool {
        !matches!(self.state, State::Idle { .. })
    }

    /// Tells when a refresh may begin, or how it goes on; nothing while somebody else has to answer.
    pub(super) fn next_at(&self) -> Option<u64> {
        match self.state {
            State::Idle { not_before } => Some(not_before),
            State::ToStore(_, at) => Some(at),
            State::Asked | State::Storing(_) => None,
        }
    }

    /// Tells when tokens are to be stored again.
    pub(super) fn store_at(&self) -> Option<u64> {
        match self.state {
            State::ToStore(_, at) => Some(at),
            _ => None,
        }
    }

    /// Tells when the next pair is to be there while a socket is open.
    pub(super) fn ahead_at(&self, timing: &Timing) -> Option<u64> {
        match self.state {
            State::Idle { not_before } if timing.keep_token_fresh && !self.in_doubt => {
                let ends = self.good_until.saturating_sub(timing.token_margin_ms);
                Some(ends.max(not_before).max(self.fresh_until))
            }
            _ => None,
        }
    }

    /// Begins a refresh, if one may begin now.
    pub(super) fn refresh(&mut self, now: u64) -> Option<Step> {
        match self.state {
            State::Idle { not_before } if not_before <= now => {
                self.state = State::Asked;
                Some(Step::Refresh(self.tokens.refresh_token.clone()))
            }
            _ => None,
        }
    }

    /// Stores again what could not be stored, if it is time.
    pub(super) fn store_again(&mut self, now: u64) -> Option<Step> {
        let State::ToStore(tokens, at) = &self.state else {
            return None;
        };
        if *at > now {
            return None;
        }
        let tokens = tokens.clone();
        self.state = State::Storing(tokens.clone());
        Some(Step::Store(tokens))
    }

    /// Takes the answer to a refresh.
    pub(super) fn refreshed(
        &mut self,
        now: u64,
        answer: RefreshAnswer,
        timing: &Timing,
        chance: &mut Chance,
    ) -> Refreshed {
        let asked_ms = match judge(answer, self.in_doubt) {
            Verdict::Next(tokens) => {
                self.state = State::Storing(tokens.clone());
                return Refreshed::Store(tokens);
            }
            Verdict::Over(why) => {
                // There is nothing left to refresh, or to wait for.
                self.state = State::Idle {
                    not_before: u64::MAX,
                };
                return Refreshed::SignedOut(why);
            }
            Verdict::Unsure => {
                self.in_doubt = true;
                timing.doubt_ms
            }
            Verdict::Undone { asked_ms } => asked_ms.unwrap_or(0).min(ASKED_MS_MAX),
        };
        self.asked_until = now.saturating_add(asked_ms);
        let delay = self.backoff.failed(now, timing, chance);
        self.state = State::Idle {
            not_before: self.asked_until.saturating_add(delay),
        };
        Refreshed::Later
    }

    /// Takes tokens into use that are stored, or puts off storing them.
    pub(super) fn stored(
        &mut self,
        now: u64,
        is_stored: bool,
        clock_ms: u64,
        timing: &Timing,
        chance: &mut Chance,
    ) {
        let State::Storing(tokens) = &self.state else {
            return;
        };
        let tokens = tokens.clone();
        if !is_stored {
            let delay = self.backoff.failed(now, timing, chance);
            self.state = State::ToStore(tokens, now.saturating_add(delay));
            return;
        }
        let left = tokens.access_expires_at.saturating_sub(clock_ms);
        let is_plausible = left > timing.token_margin_ms && left <= GOOD_MS_MAX;
        let good_ms = if is_plausible { left } else { GOOD_MS_GUESS };
        *self = Self::new(tokens);
        self.good_until = now.saturating_add(good_ms);
        self.fresh_until = now.saturating_add(FRESH_MS);
    }

    /// Forgets failures: now is a good time to try.
    pub(super) fn network_is_back(&mut self, now: u64) {
        if let State::Idle { not_before } = &mut self.state {
            // What the server has asked for, and what is in doubt, still takes its time.
            *not_before = (*not_before).min(now.max(self.asked_until));
        }
        self.backoff.reset();
    }
}
