//! What is held back, and where messages stand.

use super::samples::{Person, id, position};
use crate::history::Change::{GapOpened, Insert};
use crate::history::{AHEAD_MS_MAX, Dot, HEADS_MAX, HELD_MAX, HOLD_MS, Message, Start};

#[test]
fn an_effect_waits_for_its_cause() {
    let [mut alice, mut bob, mut carol] = ["alice", "bob", "carol"].map(Person::new);
    let question = alice.write(1_000);
    bob.hears(&question);
    let answer = bob.write(2_000);
    assert_eq!(carol.chat.receive(answer.clone(), 3_000), []);
    assert_eq!(
        (carol.chat.held_back(), carol.chat.next_tick()),
        (1, Some(5_000))
    );
    let shown = [Insert(position(&question)), Insert(position(&answer))];
    assert_eq!(carol.chat.receive(question, 3_001), shown);
    assert_eq!((carol.chat.held_back(), carol.chat.next_tick()), (0, None));
}

#[test]
fn an_answer_stands_behind_the_question_whatever_the_clocks_say() {
    let [mut alice, mut bob] = ["alice", "bob"].map(Person::new);
    let question = alice.write(1_000_000);
    bob.hears(&question);
    let answers = [bob.write(5), bob.write(6)];
    assert_eq!(position(&answers[0]).height, 1_000_001);
    assert!(position(&question) < position(&answers[0]));
    assert!(position(&answers[0]) < position(&answers[1]));
}

#[test]
fn nothing_waits_longer_than_it_may() {
    let [mut alice, mut bob] = ["alice", "bob"].map(Person::new);
    let _lost = alice.write(1_000);
    let second = alice.write(2_000);
    bob.chat.receive(second.clone(), 10_000);
    assert_eq!(bob.chat.tick(10_000 + HOLD_MS - 1), []);
    let at = position(&second);
    assert_eq!(bob.chat.tick(10_000 + HOLD_MS), [Insert(at), GapOpened(at)]);
}

#[test]
fn nothing_waits_longer_when_the_time_is_set_back() {
    let [mut alice, mut bob] = ["alice", "bob"].map(Person::new);
    let _lost = alice.write(1_000);
    let second = alice.write(2_000);
    bob.chat.receive(second, 1_000_000);
    bob.chat.tick(10_000);
    assert_eq!(bob.chat.next_tick(), Some(10_000 + HOLD_MS));
    assert_eq!(bob.chat.tick(10_000 + HOLD_MS).len(), 2);
}

#[test]
fn no_more_wait_than_may() {
    let [mut alice, mut bob] = ["alice", "bob"].map(Person::new);
    let _lost = alice.write(1_000);
    let late: Vec<Message> = (2..)
        .take(HELD_MAX)
        .map(|ms| alice.write(ms * 1_000))
        .collect();
    for message in &late {
        assert_eq!(bob.chat.receive(message.clone(), 100_000), []);
    }
    let last = alice.write(900_000);
    let changes = bob.chat.receive(last, 100_000);
    // The first one ends its wait, and so the others' causes are there.
    let first = position(&late[0]);
    assert_eq!(changes[..2], [Insert(first), GapOpened(first)]);
    assert_eq!((changes.len(), bob.chat.held_back()), (HELD_MAX + 2, 0));
}

#[test]
fn the_first_of_those_that_wait_for_each_other_has_the_gap() {
    let [mut alice, mut bob] = ["alice", "bob"].map(Person::new);
    let [_lost, second, third] = [1_000, 2_000, 3_000].map(|ms| alice.write(ms));
    bob.chat.receive(third.clone(), 10_000);
    bob.chat.receive(second.clone(), 11_000);
    let (second, third) = (position(&second), position(&third));
    let shown = [Insert(second), GapOpened(second), Insert(third)];
    assert_eq!(bob.chat.tick(10_000 + HOLD_MS), shown);
}

#[test]
fn what_comes_again_is_put_where_it_is() {
    let [mut alice, mut bob] = ["alice", "bob"].map(Person::new);
    let [first, second] = [1_000, 2_000].map(|ms| alice.write(ms));
    assert_eq!(bob.chat.receive(second.clone(), 3_000), []);
    assert_eq!(bob.chat.receive(second.clone(), 3_000), []);
    assert_eq!(bob.chat.held_back(), 1);
    bob.chat.receive(first.clone(), 3_000);
    let before = bob.chat.clone();
    for message in [first, second] {
        let at = position(&message);
        assert_eq!(bob.chat.receive(message, 3_000), [Insert(at)]);
    }
    assert_eq!(bob.chat, before);
}

#[test]
fn a_device_that_counts_anew_is_heard() {
    let [mut alice, mut bob] = ["alice", "bob"].map(Person::new);
    for ms in 1..=5 {
        let message = alice.write(ms * 1_000);
        bob.hears(&message);
    }
    let mut again = Person::new("alice");
    let message = again.write(60_000);
    let at = position(&message);
    assert_eq!(bob.chat.receive(message, 60_000), [Insert(at)]);
    assert!(position(&bob.write(1)) > at);
}

#[test]
fn who_comes_later_waits_for_nothing_that_was_before() {
    let [mut alice, mut bob] = ["alice", "bob"].map(Person::new);
    let mut carol = Person::started("carol", Start::Later);
    let before = alice.write(1_000);
    bob.hears(&before);
    let [first, lost, third] = [2_000, 3_000, 4_000].map(|ms| bob.write(ms));
    let at = position(&first);
    assert_eq!(carol.chat.receive(first, 5_000), [Insert(at)]);
    assert_eq!(carol.chat.receive(third, 5_000), []);
    assert_eq!(carol.chat.receive(lost, 5_000).len(), 2);
}

#[test]
fn what_has_no_clock_stands_by_its_time() {
    let mut bob = Person::new("bob");
    let message = Message {
        id: id(7_000, 1),
        from: super::samples::address("alice", 1),
        clock: None,
        seq: None,
    };
    let at = position(&message);
    assert_eq!(at.height, 7_000);
    assert_eq!(bob.chat.receive(message, 8_000), [Insert(at)]);
    assert!(position(&bob.write(1)) > at);
}

#[test]
fn heads_are_as_many_as_write_at_once() {
    let mut people: Vec<Person> = (0..40).map(|n| Person::new(&format!("user-{n}"))).collect();
    let first: Vec<Message> = people
        .iter_mut()
        .map(|person| person.write(1_000))
        .collect();
    let mut last = Person::new("last");
    first.iter().for_each(|message| last.hears(message));
    // What does not fit is named next time.
    let named: Vec<Vec<Dot>> = [2_000, 3_000, 4_000, 5_000]
        .map(|ms| last.write(ms).clock.unwrap().heads)
        .to_vec();
    let lens: Vec<usize> = named.iter().map(Vec::len).collect();
    assert_eq!(lens, [HEADS_MAX, HEADS_MAX, 8, 0]);
    let mut all: Vec<Dot> = named.concat();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 40);
}

#[test]
fn a_lie_about_the_height_ends_with_its_time() {
    let [mut mallory, mut bob] = ["mallory", "bob"].map(Person::new);
    let mut lie = mallory.write(1_000);
    lie.clock.as_mut().unwrap().ahead_ms = u64::MAX;
    bob.hears(&lie);
    assert_eq!(position(&lie).height, 1_000 + AHEAD_MS_MAX);
    let answer = bob.write(3_000);
    assert!(answer.clock.as_ref().unwrap().check().is_ok());
    assert!(position(&answer) > position(&lie));
}

#[test]
fn who_claims_to_wait_for_each_other_does_not_wait_for_ever() {
    let [mut mallory, mut bob] = ["mallory", "bob"].map(Person::new);
    let mut circle = [mallory.write(1_000), mallory.write(2_000)];
    let from = |name| super::samples::address(name, 1);
    for (message, name, other) in [(0, "mallory", "eve"), (1, "eve", "mallory")] {
        let clock = circle[message].clock.as_mut().unwrap();
        clock.count = 1;
        clock.heads = vec![Dot {
            from: from(other),
            count: 1,
        }];
        circle[message].from = from(name);
    }
    for message in circle {
        assert_eq!(bob.chat.receive(message, 3_000), []);
    }
    assert_eq!(bob.chat.tick(3_000 + HOLD_MS).len(), 4);
    assert_eq!(bob.chat.held_back(), 0);
}
