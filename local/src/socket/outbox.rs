//! What waits to be written to one socket.

use heliograph_protocol::event::Event;
use heliograph_protocol::groups::GroupChange;
use heliograph_protocol::json_bytes;
use heliograph_protocol::limits::FRAME_BYTES_MAX;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;

/// The most that may wait for a client that does not read.
const ITEMS_MAX: usize = 4096;
/// The most bytes of it, about: what 32 of the largest frames take.
const BYTES_MAX: usize = 4 * 1024 * 1024;
/// More than an entry of an event takes besides its content.
const ENTRY_BYTES: usize = 512;
/// More than a user takes whom a change of a group names.
const NAME_BYTES: usize = 64;

/// What waits to be written, and whether the socket is to be closed after it.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    items: VecDeque<Outgoing>,
    bytes: usize,
    closing: Option<Close>,
}

/// One thing to write.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// An event; adjacent ones of a kind share a frame.
    Event(Box<Event>),
    /// The JSON text of a reply.
    Reply(String),
}

/// Why a socket is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Close {
    /// Another function asked for it: displaced, or revoked.
    Asked,
    /// The client does not read.
    Slow,
    /// The server stops.
    GoingAway,
}

/// The socket takes no more.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// Its client does not read.
    Slow,
    /// It is being closed.
    Closing,
}

impl Outbox {
    /// Adds something to write.
    pub(crate) fn push(&self, item: Outgoing) -> Result<(), Full> {
        let mut state = self.state();
        if state.closing.is_some() {
            return Err(Full::Closing);
        }
        let bytes = weight(&item);
        if state.items.len() >= ITEMS_MAX || state.bytes + bytes > BYTES_MAX {
            state.closing = Some(Close::Slow);
            drop(state);
            self.changed.notify_one();
            return Err(Full::Slow);
        }
        state.bytes += bytes;
        state.items.push_back(item);
        let was_empty = state.items.len() == 1;
        drop(state);
        if was_empty {
            self.changed.notify_one();
        }
        Ok(())
    }

    /// Asks for the socket to be closed after what waits.
    pub(crate) fn close(&self, why: Close) {
        self.state().closing.get_or_insert(why);
        self.changed.notify_one();
    }

    /// Wakes whoever waits: something else than the outbox has changed.
    pub(crate) fn wake(&self) {
        self.changed.notify_one();
    }

    /// Waits until there may be something to take.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Takes what waits, as frames; and whether to close after them.
    pub(crate) fn take(&self) -> (Vec<String>, Option<Close>) {
        let (items, closing) = {
            let mut state = self.state();
            state.bytes = 0;
            // An idle socket keeps no room for what a busy moment needed.
            (std::mem::take(&mut state.items), state.closing)
        };
        // A client that does not read is not written to any more.
        let items = if closing == Some(Close::Slow) {
            VecDeque::new()
        } else {
            items
        };
        (frames(items), closing)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// About how many bytes something takes while it waits.
fn weight(item: &Outgoing) -> usize {
    match item {
        Outgoing::Reply(json) => json.len(),
        Outgoing::Event(event) => match &**event {
            Event::Messages(messages) => {
                let bytes = messages.iter().map(|it| it.content.len() + ENTRY_BYTES);
                bytes.sum()
            }
            Event::Receipts(receipts) => receipts.len() * ENTRY_BYTES,
            Event::Group(told) => ENTRY_BYTES + NAME_BYTES * named(&told.change),
            _ => ENTRY_BYTES,
        },
    }
}

/// How many users a change names.
fn named(change: &GroupChange) -> usize {
    match change {
        GroupChange::Created { user_ids, .. }
        | GroupChange::Added { user_ids, .. }
        | GroupChange::Removed { user_ids, .. } => user_ids.len(),
        _ => 1,
    }
}

/// Writes items as frames: adjacent events of a kind together, as far as a frame goes.
fn frames(items: VecDeque<Outgoing>) -> Vec<String> {
    let mut frames = Vec::with_capacity(items.len());
    let mut open: Option<(Event, usize)> = None;
    for item in items {
        match item {
            Outgoing::Reply(json) => {
                frames.extend(open.take().map(|(event, _)| event.to_json()));
                frames.push(json);
            }
            Outgoing::Event(event) => open = join(open, *event, &mut frames),
        }
    }
    frames.extend(open.map(|(event, _)| event.to_json()));
    frames
}

/// Adds an event to the open one, or closes that and opens another.
fn join(
    open: Option<(Event, usize)>,
    next: Event,
    frames: &mut Vec<String>,
) -> Option<(Event, usize)> {
    let Some((mut event, bytes)) = open else {
        // Only a second event makes the size of the first one matter.
        return Some((next, 0));
    };
    let bytes = if bytes == 0 {
        json_bytes(&event)
    } else {
        bytes
    };
    let together = bytes + json_bytes(&next);
    match (&mut event, next) {
        (Event::Messages(messages), Event::Messages(more)) if together <= FRAME_BYTES_MAX => {
            messages.extend(more);
            Some((event, together))
        }
        (Event::Receipts(receipts), Event::Receipts(more)) if together <= FRAME_BYTES_MAX => {
            receipts.extend(more);
            Some((event, together))
        }
        (_, next) => {
            frames.push(event.to_json());
            Some((next, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_does_not_read_is_given_up_by_bytes_and_by_items() {
        for (bytes, most) in [(128 * 1024, 32), (1, ITEMS_MAX)] {
            let outbox = Outbox::default();
            let reply = || Outgoing::Reply("x".repeat(bytes));
            for _ in 0..most {
                assert_eq!(outbox.push(reply()), Ok(()));
            }
            assert_eq!(outbox.push(reply()), Err(Full::Slow));
            assert_eq!(outbox.push(reply()), Err(Full::Closing));
            assert_eq!(outbox.take(), (Vec::new(), Some(Close::Slow)));
        }
    }

    #[test]
    fn what_was_taken_makes_room() {
        let outbox = Outbox::default();
        for _ in 0..10 {
            for _ in 0..32 {
                let reply = Outgoing::Reply("x".repeat(128 * 1024));
                assert_eq!(outbox.push(reply), Ok(()));
            }
            assert_eq!(outbox.take().0.len(), 32);
        }
    }
}
