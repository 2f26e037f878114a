//! How much is sent with a message, and kept of a chat.

use super::samples::Person;
use crate::history::{HEADS_MAX, Message};

/// Ids of users are UUIDs as text.
fn person(number: usize) -> Person {
    Person::new(&format!("00000000-0000-4000-8000-{number:012}"))
}

fn clock_bytes(message: &Message) -> usize {
    rmp_serde::to_vec_named(&message.clock).unwrap().len()
}

fn state_bytes(person: &Person) -> usize {
    rmp_serde::to_vec(&person.chat).unwrap().len()
}

#[test]
fn a_message_in_a_group_of_256_carries_what_its_doc_says() {
    let mut people: Vec<Person> = (0..256).map(person).collect();
    let all: Vec<Message> = people.iter_mut().map(|it| it.write(1_000)).collect();
    let [first, one, many] = [0, 1, 255].map(|heads| {
        let mut writer = person(1_000);
        all[..heads]
            .iter()
            .for_each(|message| writer.hears(message));
        writer.write(2_000)
    });
    assert_eq!(many.clock.as_ref().unwrap().heads.len(), HEADS_MAX);
    let bytes = [first, one, many].map(|message| clock_bytes(&message));
    assert_eq!(bytes, [8, 56, 673]);
}

#[test]
fn a_chat_in_a_group_of_256_keeps_what_its_doc_says() {
    let mut people: Vec<Person> = (0..256).map(person).collect();
    let mut reader = person(1_000);
    for n in 0..1_024 {
        let message = people[n % 256].write(1_764_000_000_000 + n as u64);
        reader.hears(&message);
    }
    assert!(state_bytes(&reader) < 256 * 60, "{}", state_bytes(&reader));
}

#[test]
fn a_liar_takes_no_more_than_a_group_does() {
    let mut reader = person(1_000);
    let mut liar = person(1_001);
    for n in 0..300 {
        let mut message = liar.write(1_000 + n);
        let clock = message.clock.as_mut().unwrap();
        clock.count = n * 3 + 2;
        clock.heads = (0..HEADS_MAX)
            .map(|head| super::samples::dot(&format!("{n:032}-{head:031}"), u64::MAX))
            .collect();
        message.seq = Some(u64::MAX / 300 * n + 1);
        reader.hears(&message);
    }
    reader.chat.tick(u64::MAX);
    assert!(state_bytes(&reader) < 400_000, "{}", state_bytes(&reader));
}
