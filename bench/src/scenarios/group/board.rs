//! Who has which message of which group, and what went wrong with it.

use crate::clock::{now_ns, unix_ms};
use crate::results::Latencies;
use crate::stamp::Stamp;
use anyhow::Result;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Semaphore;

/// Low bits of a message's id: its number in the run. Those above tell runs apart.
const NUMBER_BITS: u32 = 20;

/// The messages of a run.
pub(super) struct Board {
    first_id: u64,
    members: usize,
    /// How many groups have members of their own: all or one, as `members` clients are in all of them.
    crowds: usize,
    state: Mutex<State>,
    /// One for each message that may be sent.
    pub(super) slots: Semaphore,
}

struct State {
    is_measuring: bool,
    messages: Vec<Message>,
    /// The highest place each member of each group has seen of its messages.
    highest: Vec<u64>,
    tally: Tally,
}

struct Message {
    group: usize,
    from: usize,
    is_measured: bool,
    /// Which members have it, and how many do.
    has: Vec<bool>,
    had_by: usize,
    /// Its place among the group's messages, as the first member was told it.
    place: Option<u64>,
}

/// What a run comes to.
pub(super) struct Tally {
    /// Until a member had a message, and until the last one did.
    pub(super) each: Latencies,
    pub(super) last: Latencies,
    /// Messages sent while measuring, and deliveries in that time.
    pub(super) messages: u64,
    pub(super) deliveries: u64,
    pub(super) missing: u64,
    pub(super) dups: u64,
    /// After one with a higher place.
    pub(super) out_of_order: u64,
    /// Of another run.
    pub(super) strangers: u64,
    /// Refusals, lost connections, messages to whom they are not for, places that members disagree
    /// about or that are left out.
    pub(super) errors: u64,
}

impl Board {
    /// For groups of `members`, of which `crowds` have members of their own.
    pub(super) fn new(members: usize, groups: usize, crowds: usize, slots: usize) -> Result<Board> {
        Ok(Board {
            first_id: unix_ms() << NUMBER_BITS,
            members,
            crowds,
            slots: Semaphore::new(slots),
            state: Mutex::new(State {
                is_measuring: false,
                messages: Vec::new(),
                highest: vec![0; groups * members],
                tally: Tally {
                    each: Latencies::new()?,
                    last: Latencies::new()?,
                    messages: 0,
                    deliveries: 0,
                    missing: 0,
                    dups: 0,
                    out_of_order: 0,
                    strangers: 0,
                    errors: 0,
                },
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn measure(&self, is_measuring: bool) {
        self.state().is_measuring = is_measuring;
    }

    pub(super) fn error(&self) {
        self.state().tally.errors += 1;
    }

    /// Notes a message that a member of a group is about to send.
    pub(super) fn begin(&self, group: usize, from: usize) -> Stamp {
        let mut state = self.state();
        let id = self.first_id + state.messages.len() as u64;
        let is_measured = state.is_measuring;
        state.tally.messages += u64::from(is_measured);
        state.messages.push(Message {
            group,
            from,
            is_measured,
            has: vec![false; self.members],
            had_by: 0,
            place: None,
        });
        Stamp {
            id,
            sent_ns: now_ns(),
        }
    }

    /// Notes that a client got a message, with its place where the server tells it.
    pub(super) fn got(&self, client: usize, stamp: Stamp, place: Option<u64>, at_ns: u64) {
        let is_complete = self.state().got(self, client, stamp, place, at_ns);
        if is_complete {
            self.slots.add_permits(1);
        }
    }

    /// Deliveries that are still to come.
    pub(super) fn missing(&self) -> u64 {
        let state = self.state();
        let missing = state.messages.iter().map(|it| self.members - 1 - it.had_by);
        missing.sum::<usize>() as u64
    }

    /// Ends the run.
    pub(super) fn tally(self) -> Tally {
        let missing = self.missing();
        let state = self.state.into_inner();
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        state.tally.missing = missing;
        state.tally.errors += left_out(&state.messages);
        state.tally
    }
}

impl State {
    /// Tells whether the last member has the message now.
    fn got(
        &mut self,
        board: &Board,
        client: usize,
        stamp: Stamp,
        place: Option<u64>,
        at_ns: u64,
    ) -> bool {
        let (crowd, member) = (client / board.members, client % board.members);
        let number = stamp.id.checked_sub(board.first_id);
        let number = number.and_then(|n| usize::try_from(n).ok());
        let Some(message) = number.and_then(|n| self.messages.get_mut(n)) else {
            self.tally.strangers += 1;
            return false;
        };
        if message.group % board.crowds != crowd {
            self.tally.errors += 1;
            return false;
        }
        if message.from == member {
            // Some servers give a sender its own messages, too.
            return false;
        }
        if std::mem::replace(&mut message.has[member], true) {
            self.tally.dups += 1;
            return false;
        }
        if let Some(place) = place {
            let highest = &mut self.highest[message.group * board.members + member];
            self.tally.out_of_order += u64::from(place <= *highest);
            *highest = place.max(*highest);
            self.tally.errors += u64::from(*message.place.get_or_insert(place) != place);
        }
        message.had_by += 1;
        let is_complete = message.had_by == board.members - 1;
        let took_ns = at_ns.saturating_sub(stamp.sent_ns);
        self.tally.deliveries += u64::from(self.is_measuring);
        if message.is_measured {
            self.tally.each.record(took_ns);
            if is_complete {
                self.tally.last.record(took_ns);
            }
        }
        is_complete
    }
}

/// How many places are missing or taken twice, of those that were told.
fn left_out(messages: &[Message]) -> u64 {
    let mut places: Vec<(usize, u64)> = messages
        .iter()
        .filter_map(|it| Some((it.group, it.place?)))
        .collect();
    places.sort_unstable();
    let wrong = places.windows(2).filter(|pair| {
        let [(group, place), next] = [pair[0], pair[1]];
        next.0 == group && next.1 != place + 1
    });
    wrong.count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two groups of three; clients 0 to 2 are the first one's members.
    fn board() -> Board {
        let board = Board::new(3, 2, 2, 0).unwrap();
        board.measure(true);
        board
    }

    #[test]
    fn a_message_is_complete_when_the_last_of_the_others_has_it() {
        let board = board();
        let stamp = board.begin(0, 1);
        let at = |ms: u64| stamp.sent_ns + ms * 1_000_000;
        board.got(1, stamp, None, at(1));
        board.got(0, stamp, Some(1), at(2));
        assert_eq!((board.slots.available_permits(), board.missing()), (0, 1));
        board.got(2, stamp, Some(1), at(7));
        assert_eq!((board.slots.available_permits(), board.missing()), (1, 0));
        let tally = board.tally();
        assert_eq!((tally.messages, tally.deliveries), (1, 2));
        assert_eq!(tally.last.us(0.5).round(), 7000.0, "{}", tally.last.us(0.5));
        assert_eq!((tally.missing, tally.dups, tally.errors), (0, 0, 0));
    }

    #[test]
    fn what_is_missing_repeated_or_astray_is_counted() {
        let board = board();
        let stamp = board.begin(1, 0);
        board.got(4, stamp, None, now_ns());
        board.got(4, stamp, None, now_ns());
        board.got(2, stamp, None, now_ns());
        let other = Stamp { id: 5, sent_ns: 0 };
        board.got(4, other, None, now_ns());
        let tally = board.tally();
        assert_eq!((tally.missing, tally.dups), (1, 1));
        assert_eq!((tally.errors, tally.strangers), (1, 1));
    }

    #[test]
    fn the_same_clients_may_be_in_all_groups() {
        let board = Board::new(3, 2, 1, 0).unwrap();
        for (group, place) in [(0, 7), (1, 3)] {
            let stamp = board.begin(group, 0);
            for client in [1, 2] {
                board.got(client, stamp, Some(place), now_ns());
            }
        }
        assert_eq!((board.slots.available_permits(), board.missing()), (2, 0));
        let tally = board.tally();
        assert_eq!((tally.errors, tally.out_of_order), (0, 0));
    }

    #[test]
    fn places_rise_at_each_member_are_the_same_for_all_and_have_no_gaps() {
        let board = board();
        let [a, b, c] = [0; 3].map(|from| board.begin(0, from));
        for (stamp, place) in [(b, 2), (a, 1), (c, 3)] {
            board.got(1, stamp, Some(place), now_ns());
        }
        for (stamp, place) in [(a, 1), (b, 2), (c, 4)] {
            board.got(2, stamp, Some(place), now_ns());
        }
        let tally = board.tally();
        assert_eq!(tally.out_of_order, 1);
        assert_eq!(tally.errors, 1, "members disagree about the last place");

        let board = self::board();
        for (group, place) in [(0, 5), (0, 7), (1, 9)] {
            let stamp = board.begin(group, 0);
            board.got(3 * group + 1, stamp, Some(place), now_ns());
        }
        assert_eq!(board.tally().errors, 1, "6 is left out");
    }
}
