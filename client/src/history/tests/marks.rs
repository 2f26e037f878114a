//! Edits, deletions, reactions and settings in any order.

use super::samples::{address, id};
use crate::history::{Mark, Marks, Position, Register, Registers};
use heliograph_protocol::UserId;
use proptest::prelude::*;

fn at(height: u64) -> Position {
    let message_id = id(height, 0);
    Position { height, message_id }
}

fn user(name: &str) -> UserId {
    address(name, 1).user_id
}

fn done() -> impl Strategy<Value = (Mark, UserId)> {
    let mark = prop_oneof![
        8 => "[a-c]{1,2}".prop_map(Mark::Edit),
        1 => Just(Mark::Delete),
        8 => proptest::option::of("[😀❤]").prop_map(Mark::Reaction),
    ];
    (mark, "[ab]".prop_map(|name| user(&name)))
}

proptest! {
    #[test]
    fn the_order_of_coming_does_not_count(
        (marks, shuffled) in proptest::collection::vec(done(), 0..12).prop_flat_map(|marks| {
            let numbered: Vec<_> = (1..).zip(marks).collect();
            (Just(numbered.clone()), Just(numbered).prop_shuffle())
        })
    ) {
        let [mut one, mut other] = [Marks::default(), Marks::default()];
        for (height, (mark, by)) in marks {
            one.apply(mark, &by, at(height));
        }
        for (height, (mark, by)) in shuffled {
            other.apply(mark.clone(), &by, at(height));
            other.apply(mark, &by, at(height));
        }
        prop_assert!(one == other);
        let bytes = rmp_serde::to_vec_named(&one).unwrap();
        prop_assert!(rmp_serde::from_slice::<Marks>(&bytes).unwrap() == one);
    }

    #[test]
    fn what_others_know_adds_up_to_all(
        marks in proptest::collection::vec((done(), any::<[bool; 2]>()), 0..12)
    ) {
        let [mut all, mut one, mut other] = [(); 3].map(|()| Marks::default());
        for (height, ((mark, by), is_known)) in (1..).zip(marks) {
            let [is_ones, is_others] = is_known;
            for (knows, marks) in [(is_ones, &mut one), (is_others, &mut other)] {
                if knows {
                    marks.apply(mark.clone(), &by, at(height));
                }
            }
            if is_ones || is_others {
                all.apply(mark, &by, at(height));
            }
        }
        let mut others = other.clone();
        others.merge(one.clone());
        one.merge(other);
        prop_assert!(one == others);
        prop_assert!(one == all);
    }

    #[test]
    fn settings_of_others_count_where_they_are_later(
        sets in proptest::collection::vec(("[ab]", any::<Option<u8>>(), any::<bool>()), 0..12)
    ) {
        let [mut all, mut one, mut other] = [(); 3].map(|()| Registers::default());
        for (height, (name, value, is_ones)) in (1..).zip(sets) {
            let value = value.map(|value| vec![value]);
            let known = if is_ones { &mut one } else { &mut other };
            known.set(&name, value.clone(), at(height));
            all.set(&name, value, at(height));
        }
        let mut others = other.clone();
        others.merge(one.clone());
        one.merge(other);
        prop_assert!(one == others && one == all);
    }
}

#[test]
fn each_has_one_reaction() {
    let mut marks = Marks::default();
    let (alice, bob) = (user("alice"), user("bob"));
    let emoji = |emoji: &str| Mark::Reaction(Some(emoji.to_owned()));
    assert!(marks.apply(emoji("❤"), &alice, at(1)));
    assert!(marks.apply(emoji("😀"), &alice, at(3)));
    assert!(!marks.apply(emoji("👎"), &alice, at(2)));
    assert!(marks.apply(emoji("👍"), &bob, at(2)));
    let reactions: Vec<_> = marks.reactions().collect();
    assert_eq!(reactions, [(&alice, "😀"), (&bob, "👍")]);
    assert!(marks.apply(Mark::Reaction(None), &alice, at(4)));
    assert_eq!(marks.reactions().count(), 1);
}

#[test]
fn a_deletion_leaves_nothing_and_ends_all() {
    let mut marks = Marks::default();
    let alice = user("alice");
    marks.apply(Mark::Edit("secret".to_owned()), &alice, at(5));
    assert_eq!(marks.edited(), Some("secret"));
    assert!(marks.apply(Mark::Delete, &alice, at(2)));
    assert!(!marks.apply(Mark::Edit("again".to_owned()), &alice, at(9)));
    assert!(marks.is_deleted() && marks.edited().is_none());
    assert!(!serde_json::to_string(&marks).unwrap().contains("secret"));
}

#[test]
fn debug_hides_what_was_written() {
    let mut marks = Marks::default();
    let mark = Mark::Edit("secret".to_owned());
    let register = Register::new("secret", at(1));
    let debug = format!("{mark:?} {register:?}");
    marks.apply(mark, &user("alice"), at(1));
    let debug = format!("{debug} {marks:?}");
    assert!(!debug.contains("secret"), "{debug}");
    assert!(debug.ends_with("Marks { is_edited: true, is_deleted: false, reactions: 0 }"));
}

#[test]
fn the_last_setting_counts() {
    let mut settings = Registers::default();
    assert!(settings.set("theme", Some(b"dark".to_vec()), at(2)));
    assert!(!settings.set("theme", None, at(1)));
    assert_eq!(settings.get("theme"), Some(b"dark".as_slice()));
    assert!(settings.set("theme", None, at(3)));
    assert_eq!((settings.get("theme"), settings.get("other")), (None, None));
}
