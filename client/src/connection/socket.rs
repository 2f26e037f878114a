//! One socket, from its opening to its end.

use super::action::Generation;
use super::keep_alive::KeepAlive;
use super::timing::Timing;

/// Is a socket that is being opened.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) generation: Generation,
    pub(super) since: u64,
    /// Whether it is to take the place of one that was open when this one began.
    pub(super) renews: bool,
    /// Not open by then it is given up.
    pub(super) until: u64,
}

/// Is a socket whose place another one has taken; what it still brings is taken.
#[derive(Debug)]
pub(super) struct Leaving {
    pub(super) generation: Generation,
    /// It is closed then.
    pub(super) until: u64,
}

/// Is a ping that was not answered yet.
#[derive(Debug)]
struct Ping {
    number: u64,
    sent_at: u64,
    /// How long nothing had come or gone when it was sent, in milliseconds.
    silent_ms: u64,
}

/// Is the socket in use.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) generation: Generation,
    /// When it has lasted long enough for failures to be forgotten; nothing once they are.
    pub(super) stable_at: Option<u64>,
    /// When the next one is to take its place.
    pub(super) renew_at: u64,
    /// When it is looked whether a ping is due; that may be later by then, as other things are sent.
    pub(super) look_at: u64,
    /// Whether the server has said that another one took its place.
    pub(super) is_displaced: bool,
    opened_at: u64,
    sent_at: u64,
    heard_at: u64,
    ping: Option<Ping>,
}

/// Says what there is to do about silence.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Nothing, for now.
    Nothing,
    /// Ask whether anybody is there.
    Ping,
    /// Nobody is.
    Dead,
}

impl Live {
    pub(super) fn new(generation: Generation, now: u64, renew_at: u64, timing: &Timing) -> Self {
        Self {
            generation,
            stable_at: Some(now.saturating_add(timing.stable_ms)),
            renew_at,
            // There and then it is seen how long it really may be silent.
            look_at: now,
            is_displaced: false,
            opened_at: now,
            sent_at: now,
            heard_at: now,
            ping: None,
        }
    }

    /// Notes that something was sent.
    pub(super) fn sent(&mut self, now: u64) {
        self.sent_at = now;
    }

    /// Notes that something has come.
    pub(super) fn heard(&mut self, now: u64) {
        self.heard_at = now;
    }

    /// Tells whether something has come since.
    pub(super) fn has_heard_since(&self, at: u64) -> bool {
        self.heard_at > at
    }

    /// Tells for how long nothing has come or gone, in milliseconds; of a ping without an answer, before it.
    pub(super) fn silent_ms(&self, now: u64) -> u64 {
        match &self.ping {
            Some(ping) => ping.silent_ms,
            None => now.saturating_sub(self.sent_at.max(self.heard_at)),
        }
    }

    /// Tells for how long it has been open, in milliseconds.
    pub(super) fn age_ms(&self, now: u64) -> u64 {
        now.saturating_sub(self.opened_at)
    }

    /// Tells for how long nothing was sent, in milliseconds.
    pub(super) fn unsent_ms(&self, now: u64) -> u64 {
        now.saturating_sub(self.sent_at)
    }

    /// Tells when something has come last.
    pub(super) fn heard_at(&self) -> u64 {
        self.heard_at
    }

    /// Sees whether a ping is due, or overdue.
    pub(super) fn look(&mut self, now: u64, keep_alive: &KeepAlive, timing: &Timing) -> Look {
        if self.look_at > now {
            return Look::Nothing;
        }
        let Some(ping) = &mut self.ping else {
            self.look_at = self.sent_at.saturating_add(keep_alive.interval_ms());
            return match self.look_at <= now {
                true => Look::Ping,
                false => Look::Nothing,
            };
        };
        if self.heard_at <= ping.sent_at {
            return Look::Dead;
        }
        // Somebody is there and has much to say, or much to do.
        ping.sent_at = now;
        self.look_at = now.saturating_add(timing.pong_ms);
        Look::Nothing
    }

    /// Notes that a ping is on its way.
    pub(super) fn pinged(&mut self, number: u64, now: u64, timing: &Timing) {
        let silent_ms = self.silent_ms(now);
        self.ping = Some(Ping {
            number,
            sent_at: now,
            silent_ms,
        });
        self.look_at = now.saturating_add(timing.pong_ms);
        self.sent_at = now;
    }

    /// Tells whether a ping is on its way.
    pub(super) fn is_pinging(&self) -> bool {
        self.ping.is_some()
    }

    /// Takes the answer to a ping, if this is one: for how long it had been silent, in milliseconds.
    pub(super) fn ponged(&mut self, id: &str, keep_alive: &KeepAlive) -> Option<u64> {
        let ping = self.ping.take_if(|ping| id == ping.number.to_string())?;
        self.look_at = self.sent_at.saturating_add(keep_alive.interval_ms());
        Some(ping.silent_ms)
    }
}
