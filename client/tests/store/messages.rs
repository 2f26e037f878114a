use super::{ALICE, BOB, message, open, step, with};
use heliograph_client::store::messages::{Message, page, put, remove};
use heliograph_client::store::{Store, search};
use heliograph_protocol::request::Recipient;
use proptest::prelude::*;
use std::collections::BTreeMap;
use tempfile::tempdir;

fn group() -> Recipient {
    Recipient::Group("0193a1b2-0000-7000-8000-000000000001".parse().unwrap())
}

fn say(store: &Store, chat: &Recipient, message: &Message) {
    let words = String::from_utf8(message.body.clone()).unwrap();
    step(store, |step| put(step, chat, message, &words));
}

fn found(store: &Store, words: &str) -> Vec<(Recipient, String)> {
    let found = step(store, |step| search(step, words, 10)).into_iter();
    found
        .map(|(chat, message)| (chat, String::from_utf8(message.body).unwrap()))
        .collect()
}

#[test]
fn pages_go_back_in_the_order_of_the_chat() {
    let directory = tempdir().unwrap();
    let store = open(directory.path());
    // It came last and belongs to the beginning.
    for (number, height) in [(1, 2), (2, 3), (3, 3), (4, 4), (5, 1)] {
        say(
            &store,
            &with(BOB),
            &message(number, height, ALICE, &format!("{number}")),
        );
    }
    say(&store, &group(), &message(6, 1, BOB, "elsewhere"));
    let bodies = |messages: &[Message]| -> Vec<String> {
        let bodies = messages.iter().map(|it| String::from_utf8(it.body.clone()));
        bodies.map(Result::unwrap).collect()
    };
    let last = step(&store, |step| page(step, &with(BOB), None, 2));
    assert_eq!(bodies(&last), ["3", "4"]);
    let before = step(&store, |step| {
        page(step, &with(BOB), Some(last[0].position), 10)
    });
    assert_eq!(bodies(&before), ["5", "1", "2"]);
    assert_eq!(before[0].author.as_str(), ALICE);
    assert!(step(&store, |step| page(step, &with(ALICE), None, 10)).is_empty());
}

#[test]
fn a_group_that_is_called_as_a_user_is_no_chat_with_them() {
    let directory = tempdir().unwrap();
    let store = open(directory.path());
    let group = Recipient::Group(BOB.parse().unwrap());
    say(&store, &group, &message(1, 1, ALICE, "for the group"));
    assert!(step(&store, |step| page(step, &with(BOB), None, 10)).is_empty());
    let elsewhere = (group, "for the group".to_owned());
    assert_eq!(found(&store, "group"), [elsewhere]);
}

#[test]
fn words_are_found_whatever_signs_surround_them() {
    let directory = tempdir().unwrap();
    let store = open(directory.path());
    say(
        &store,
        &with(BOB),
        &message(1, 1, ALICE, "Träffas vi på Café Nord-Süd?"),
    );
    say(
        &store,
        &group(),
        &message(2, 1, BOB, "the cafeteria is closed"),
    );
    let cafe = (with(BOB), "Träffas vi på Café Nord-Süd?".to_owned());
    let cafeteria = (group(), "the cafeteria is closed".to_owned());
    assert_eq!(found(&store, "cafe"), [cafeteria, cafe.clone()]);
    for words in [
        "nord-süd",
        "cafe nord",
        "traffas PA",
        "\"café\" nor",
        "sud NEAR(cafe)* traffas",
    ] {
        let expected: &[_] = match words.contains("NEAR") {
            true => &[],
            false => std::slice::from_ref(&cafe),
        };
        assert_eq!(found(&store, words), expected, "{words}");
    }
    for nothing in ["", "\"*)(^:", "cafe closed nord", "ord"] {
        assert!(found(&store, nothing).is_empty(), "{nothing}");
    }
}

#[test]
fn what_was_replaced_or_removed_is_not_found() {
    let directory = tempdir().unwrap();
    let store = open(directory.path());
    say(&store, &with(BOB), &message(1, 1, ALICE, "first words"));
    say(&store, &with(BOB), &message(1, 1, ALICE, "other words"));
    // Another author's of the same id is another message.
    say(&store, &with(BOB), &message(1, 1, BOB, "third words"));
    assert!(found(&store, "first").is_empty());
    assert_eq!(found(&store, "words").len(), 2);
    let id = message(1, 1, ALICE, "").position.message_id;
    let gone = |author: &str| {
        step(&store, |step| {
            remove(step, &with(BOB), &author.parse().unwrap(), id)
        })
    };
    assert!(gone(ALICE) && !gone(ALICE));
    assert_eq!(found(&store, "words").len(), 1);
    assert_eq!(
        step(&store, |step| page(step, &with(BOB), None, 10)).len(),
        1
    );
}

#[test]
fn words_of_all_scripts_are_found_by_their_beginning() {
    let directory = tempdir().unwrap();
    let store = open(directory.path());
    let texts = [
        "नमस्ते दुनिया",
        "Größe ist égal",
        "Ⓐ marks it",
        "привет мир",
        "a👍b",
    ];
    for (number, text) in (0..).zip(texts) {
        say(&store, &with(BOB), &message(number, number, ALICE, text));
    }
    let queries = [
        "नम",
        "दुनिया",
        "grosse",
        "groß",
        "EGAL",
        "Ⓐ marks",
        "мир при",
        "👍",
        "a b",
    ];
    let found = queries.map(|words| found(&store, words).len());
    assert_eq!(found, [1, 1, 0, 1, 1, 1, 1, 0, 1]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whatever_is_searched_for_is_no_error(texts in prop::collection::vec(any::<String>(), 1..20)) {
        let directory = tempdir().unwrap();
        let store = open(directory.path());
        for (number, text) in (0..).zip(&texts) {
            say(&store, &with(BOB), &message(number, number, ALICE, text));
        }
        for text in &texts {
            _ = found(&store, text);
        }
    }

    #[test]
    fn a_chat_is_what_was_put_and_not_removed(
        steps in prop::collection::vec((0..12_u64, 0..4_u64, any::<bool>(), 0..5_u8), 1..40),
        size in 1..5_usize,
    ) {
        let directory = tempdir().unwrap();
        let store = open(directory.path());
        let mut model = BTreeMap::new();
        for (number, height, by_alice, kind) in steps {
            let author = if by_alice { ALICE } else { BOB };
            let it = message(number, height, author, "text");
            model.retain(|_, kept: &mut Message| {
                (kept.position.message_id, &kept.author) != (it.position.message_id, &it.author)
            });
            if kind == 0 {
                step(&store, |step| remove(step, &group(), &it.author, it.position.message_id));
            } else {
                say(&store, &group(), &it);
                model.insert((it.position, it.author.clone()), it);
            }
        }
        let all = step(&store, |step| page(step, &group(), None, 100));
        prop_assert_eq!(all.len(), model.len());
        let positions = |all: &[Message]| all.iter().map(|it| it.position).collect::<Vec<_>>();
        let expected: Vec<_> = model.keys().map(|(position, _)| *position).collect();
        prop_assert_eq!(positions(&all), expected);
        if let Some(last) = all.last() {
            let before = step(&store, |step| page(step, &group(), Some(last.position), size));
            prop_assert!(before.len() <= size && before.iter().all(|it| it.position < last.position));
        }
    }
}
