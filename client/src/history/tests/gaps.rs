//! What is missing, and comes or does not.

use super::samples::{Person, numbered, position};
use crate::history::Change::{GapHealed, GapOpened, Insert};
use crate::history::{GAPS_MAX, HOLD_MS, Message, Start};

#[test]
fn what_comes_late_takes_its_place_and_the_mark_goes() {
    let [mut alice, mut bob] = ["alice", "bob"].map(Person::new);
    let [late, second, third] = [1_000, 2_000, 3_000].map(|ms| alice.write(ms));
    bob.chat.receive(second.clone(), 10_000);
    bob.chat.tick(10_000 + HOLD_MS);
    bob.hears(&third);
    let at = position(&late);
    assert!(at < position(&second));
    let healed = [Insert(at), GapHealed(position(&second))];
    assert_eq!(bob.chat.receive(late, 1_000_000), healed);
    // It is heard once that it has gone.
    assert_eq!(bob.chat.tick(2_000_000), []);
}

#[test]
fn a_number_left_out_holds_nothing_back_but_is_marked() {
    let [mut alice, mut bob, mut carol] = ["alice", "bob", "carol"].map(Person::new);
    let first = numbered(alice.write(1_000), 1);
    let second = numbered(carol.write(1_500), 2);
    bob.chat.receive(first, 2_000);
    let third = numbered(alice.write(2_000), 3);
    let at = position(&third);
    assert_eq!(bob.chat.receive(third, 3_000), [Insert(at)]);
    assert_eq!(bob.chat.next_tick(), Some(3_000 + HOLD_MS));
    assert_eq!(bob.chat.tick(3_000 + HOLD_MS), [GapOpened(at)]);
    let late = position(&second);
    assert_eq!(
        bob.chat.receive(second, 60_000),
        [Insert(late), GapHealed(at)]
    );
}

#[test]
fn a_number_that_comes_in_time_is_not_told_of() {
    let [mut alice, mut bob, mut carol] = ["alice", "bob", "carol"].map(Person::new);
    let second = numbered(alice.write(2_000), 2);
    let first = numbered(carol.write(1_000), 1);
    bob.chat.receive(second, 3_000);
    bob.chat.receive(first, 3_500);
    assert_eq!(
        (bob.chat.next_tick(), bob.chat.tick(60_000)),
        (None, vec![])
    );
}

#[test]
fn ones_own_numbers_and_unreadable_ones_are_not_missing() {
    let [mut alice, mut bob] = ["alice", "bob"].map(Person::new);
    bob.write(500);
    let third = numbered(alice.write(2_000), 3);
    bob.chat.receive(third, 3_000);
    bob.chat.note_seq(1, 3_100);
    bob.chat.note_seq(2, 3_200);
    assert_eq!(
        (bob.chat.next_tick(), bob.chat.tick(60_000)),
        (None, vec![])
    );
}

#[test]
fn numbers_from_before_are_not_missing_to_who_comes_later() {
    let mut alice = Person::new("alice");
    let mut bob = Person::started("bob", Start::Later);
    bob.chat.receive(numbered(alice.write(1_000), 41), 2_000);
    assert_eq!(bob.chat.next_tick(), None);
    let [_lost, next] = [2_000, 3_000].map(|ms| alice.write(ms));
    let at = position(&next);
    assert_eq!(bob.chat.receive(numbered(next, 43), 3_000), []);
    // One gap, though both clock and number tell of it.
    assert_eq!(bob.chat.tick(60_000), [Insert(at), GapOpened(at)]);
}

#[test]
fn a_gap_is_one_though_clock_and_number_tell_of_it() {
    let [mut alice, mut bob] = ["alice", "bob"].map(Person::new);
    let [lost, next] = [1_000, 2_000].map(|ms| alice.write(ms));
    bob.chat.receive(numbered(next.clone(), 2), 3_000);
    let at = position(&next);
    assert_eq!(bob.chat.tick(60_000), [Insert(at), GapOpened(at)]);
    // The same one by way of another device has no number: one is still left out.
    assert_eq!(
        bob.chat.receive(lost.clone(), 70_000),
        [Insert(position(&lost))]
    );
    let healed = [Insert(position(&lost)), GapHealed(at)];
    assert_eq!(bob.chat.receive(numbered(lost, 1), 70_000), healed);
}

#[test]
fn gaps_are_bounded() {
    let [mut alice, mut bob] = ["alice", "bob"].map(Person::new);
    let mut opened = Vec::new();
    let mut lost: Vec<Message> = Vec::new();
    for n in 1..=GAPS_MAX as u64 + 9 {
        lost.push(alice.write(n * 10_000));
        bob.hears(&alice.write(n * 10_000 + 1));
        opened.extend(bob.chat.tick(n * 10_000 + 1 + HOLD_MS));
    }
    assert_eq!(opened.len(), 2 * (GAPS_MAX + 9));
    let changes = lost
        .into_iter()
        .flat_map(|message| bob.chat.receive(message, 9_999_999));
    let healed = changes.filter(|change| matches!(change, GapHealed(_)));
    assert_eq!(healed.count(), GAPS_MAX);
}

#[test]
fn who_comes_back_misses_nothing_of_what_was_written_meanwhile() {
    let [mut alice, mut bob] = ["alice", "bob"].map(Person::new);
    bob.chat.receive(numbered(alice.write(1_000), 1), 1_000);
    let own = bob.write(1_500);
    let _meanwhile = alice.write(2_000);
    bob.chat.rejoin(3_000);
    let next = alice.write(4_000);
    let at = position(&next);
    assert_eq!(bob.chat.receive(numbered(next, 7), 4_000), [Insert(at)]);
    assert_eq!(bob.chat.next_tick(), None);
    let [before, after] = [own, bob.write(1)].map(|message| message.clock.unwrap().count);
    assert_eq!(after, before + 1);
}
