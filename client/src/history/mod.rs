//! The order of a chat: the same on every device, and no effect before its cause.
//!
//! The server keeps no order that a client can build on (frames overtake each other, a `sync` repeats what a
//! push has brought), and clocks of phones are wrong. So each message carries a [`Clock`], and a [`Chat`] makes
//! of messages that come in any order, late or twice, the one order in which they are shown.
//!
//! # Where a message stands
//! At its [`Position`]: (height, time, id), the time being that of the id. The height is when the message was
//! written, or 1 more than that of all its writer had seen, where that is later: a hybrid logical clock
//! ([Kulkarni et al. 2014]). So an effect stands behind its causes whatever the clocks say; messages that know
//! nothing of each other stand by time; and as the position is made of the message alone, a message that comes
//! a week late is put where it belongs, and no other one moves. A store sorts by
//! height and the bytes of the id and needs nothing else.
//!
//! # What a message carries
//! A whole vector clock of a group of 256 with five devices each would be 1,280 entries of some 40 bytes (an id
//! of a user has 36), 54 KB with a message of 200 bytes. A message has instead
//! * its writer's count: what the same device wrote before is known by it;
//! * the heads: the last messages of others, but not those that another head's writer had seen. All that was
//!   written before them is known through them, as they were shown only when that was;
//! * by how many milliseconds its height exceeds its own time, which is hardly ever more than 0.
//!
//! That is 8 bytes without a head and 56 with one, which is what a conversation takes in a group of any size.
//! There are as many heads as have written since anybody saw it all, but [`HEADS_MAX`] at most: 673 bytes. What
//! is left out there costs a wait at most: positions are right without.
//!
//! # What waits
//! A message of which a cause is missing is held back, until the cause is there, but for no more than
//! [`HOLD_MS`] and among no more than [`HELD_MAX`]: then it is shown with a mark that something is missing
//! before it. What is missing may still come, takes its place, and the mark goes. Nothing is ever refused or
//! dropped for its clock: a device that was set up anew and counts from 1 again is heard all the same.
//!
//! In a group the server numbers messages without gaps (`seq`, protocol §5). A number that is left out holds
//! nothing back (whether it is a cause, clocks say), but is marked as missing after the same time.
//!
//! # What is kept
//! Of a chat as such: what was placed, as spans of counts by device (one span where nothing is missing; some 60
//! bytes a device, 15 KB of a group of 256), at most 1,280 devices, from which then those go that were silent
//! for longest, so that nobody waits for what they wrote; what is held back; up to [`GAPS_MAX`] gaps. No message
//! is kept: a store has those, and is told what to do with them by [`Change`]s. Of one transaction each: the
//! message, the changes that it made, the chat.
//!
//! # What may be changed
//! Edits, deletions and reactions are messages with positions like all others, and what they do is [`Marks`] of
//! their target: registers of which the last write counts, in whichever order they came, and be it before the
//! target. Settings are [`Registers`].
//!
//! ```
//! use heliograph_client::DeviceAddress;
//! use heliograph_client::history::{Change, Chat, Message, Start};
//! use heliograph_protocol::{DeviceId, MessageId};
//!
//! let [alice, bob] = ["alice", "bob"].map(|name| name.parse().map(|id| DeviceAddress::from((id, DeviceId::PRIMARY))));
//! let (alice, bob) = (alice?, bob?);
//! let mut here = Chat::new(alice.clone(), Start::First);
//! let mut there = Chat::new(bob, Start::First);
//!
//! let [first, second] = [1_000, 2_000].map(|ms| MessageId::new(ms, &[7; 10]));
//! let written = [first, second].map(|id| {
//!     let (clock, _) = here.write(id, 2_000);
//!     Message { id, from: alice.clone(), clock: Some(clock), seq: None }
//! });
//! let [first, second] = written;
//! let positions = [first.position(), second.position()];
//! assert_eq!(there.receive(second, 3_000), []);
//! assert_eq!(there.receive(first, 3_100), positions.map(Change::Insert));
//! # Ok::<_, heliograph_protocol::InvalidId>(())
//! ```
//!
//! [Kulkarni et al. 2014]: https://cse.buffalo.edu/tech-reports/2014-04.pdf

mod change;
mod chat;
mod clock;
mod frontier;
mod gaps;
mod held;
mod marks;
pub(crate) mod message_id;
mod position;
mod register;
mod registers;
mod spans;
#[cfg(test)]
mod tests;

pub use change::Change;
pub use chat::{Chat, Message, Start};
pub use clock::{AHEAD_MS_MAX, COUNT_MAX, Clock, Dot, HEADS_MAX, InvalidClock};
pub use gaps::GAPS_MAX;
pub use held::{HELD_MAX, HOLD_MS};
pub use marks::{Mark, Marks, MessageRef};
pub use position::Position;
pub use register::Register;
pub use registers::{REGISTERS_MAX, Registers};
