//! Conversations over a network that repeats, reorders and loses.

use super::*;
use crate::e2ee::pqxdh::PrekeySecrets;
use crate::e2ee::tests::stored;
use proptest::prelude::*;

#[test]
fn the_first_kind_is_repeated_until_the_peer_answers() {
    let (alice, bob) = (Device::new(), Device::new());
    let mut alices = Session::initiate(&alice.me, &bob.bundle()).unwrap();
    let (one, other) = (context("alice", "bob", 1), context("alice", "bob", 2));
    let begun = say(&mut alices, b"hello", &one);
    let again = say(&mut alices, b"are you there?", &other);
    assert_eq!(first(&begun).header, first(&again).header);
    assert!(!alices.is_answered());

    // The second arrives first.
    let joined = Session::respond(&bob.me, bob.secrets(), first(&again), &other).unwrap();
    assert_eq!(joined.content, b"are you there?");
    let used = UsedPrekeys {
        one_time: Some(bob.one_time.key_id()),
        kem: Some(bob.kem.key_id()),
    };
    assert_eq!(joined.used, used);
    let bobs = joined.session;
    assert_eq!((bobs.id(), bobs.peer()), (alices.id(), alice.me.public()));
    assert!(bobs.is_answered());
    let repeated = bobs.decrypt_repeated(&bob.me, first(&begun), &one).unwrap();
    assert_eq!(repeated.content, b"hello");
    let mut bobs = repeated.session;
    let twice = bobs.decrypt_repeated(&bob.me, first(&begun), &one);
    assert_eq!(twice.unwrap_err(), DecryptError::AlreadyDecrypted(0));

    let back = context("bob", "alice", 1);
    let answer = say(&mut bobs, b"I am", &back);
    assert_eq!(hear(&mut alices, &answer, &back).unwrap(), b"I am");
    assert!(alices.is_answered());
    let here = context("alice", "bob", 3);
    let further = say(&mut alices, b"good", &here);
    assert_eq!(hear(&mut bobs, &further, &here).unwrap(), b"good");
}

#[test]
fn the_last_resort_is_not_used_up() {
    let (alice, bob) = (Device::new(), Device::new());
    let mut alices = Session::initiate(&alice.me, &bob.last_bundle()).unwrap();
    let here = context("alice", "bob", 1);
    let begun = say(&mut alices, b"hello", &here);
    assert_eq!(first(&begun).header().one_time_prekey_id(), None);
    let joined = Session::respond(&bob.me, bob.last_secrets(), first(&begun), &here).unwrap();
    assert_eq!(joined.content, b"hello");
    let nothing = UsedPrekeys {
        one_time: None,
        kem: None,
    };
    assert_eq!(joined.used, nothing);
}

/// Everything that a device keeps until somebody writes to it.
#[test]
fn a_device_that_was_put_away_is_reached() {
    let (alice, bob) = (Device::new(), Device::new());
    let mut alices = Session::initiate(&alice.me, &bob.bundle()).unwrap();
    let here = context("alice", "bob", 1);
    let begun = say(&mut alices, b"hello", &here);
    let bob = bob.put_away();
    let joined = Session::respond(&bob.me, bob.secrets(), first(&begun), &here).unwrap();
    assert_eq!(joined.content, b"hello");
}

#[test]
fn both_may_begin_at_once() {
    let (alice, bob) = (Device::new(), Device::new());
    let mut from_alice = Session::initiate(&alice.me, &bob.bundle()).unwrap();
    let mut from_bob = Session::initiate(&bob.me, &alice.bundle()).unwrap();
    let (there, back) = (context("alice", "bob", 1), context("bob", "alice", 1));
    let alices = say(&mut from_alice, b"hello", &there);
    let bobs = say(&mut from_bob, b"hi", &back);
    let at_bob = Session::respond(&bob.me, bob.secrets(), first(&alices), &there).unwrap();
    let at_alice = Session::respond(&alice.me, alice.secrets(), first(&bobs), &back).unwrap();
    assert_eq!(
        (&at_bob.content[..], &at_alice.content[..]),
        (&b"hello"[..], &b"hi"[..])
    );
    let (mut at_bob, mut at_alice) = (at_bob.session, at_alice.session);
    assert_ne!(at_bob.id(), at_alice.id());
    // Each goes on in the session that it has received in, and both work.
    let here = context("alice", "bob", 2);
    let further = say(&mut at_alice, b"after you", &here);
    assert_eq!(hear(&mut from_bob, &further, &here).unwrap(), b"after you");
    let back = context("bob", "alice", 2);
    let further = say(&mut at_bob, b"no, after you", &back);
    let heard = hear(&mut from_alice, &further, &back).unwrap();
    assert_eq!(heard, b"no, after you");
}

#[test]
fn keys_of_what_is_passed_over_are_kept_as_documented() {
    let (alice, bob) = (Device::new(), Device::new());
    let (mut alices, mut bobs) = talking(&alice, &bob);
    let places: Vec<Context> = (0..2_050).map(|at| context("alice", "bob", at)).collect();
    let said = |at: &Context| say(&mut alices, b"", at);
    let sent: Vec<Ciphertext> = places.iter().map(said).collect();
    let mut heard = |at: usize| hear(&mut bobs, &sent[at], &places[at]);
    assert_eq!(heard(2_001), Err(DecryptError::TooFarAhead(2_001)));
    assert!(heard(41).is_ok());
    assert_eq!(heard(0), Err(DecryptError::AlreadyDecrypted(0)));
    assert!(heard(1).is_ok() && heard(40).is_ok());
    assert!(heard(2_001).is_ok());
}

/// Passes over a message, and tells how it is heard when so many chains were begun, that of the message the first.
fn heard_after(chains: u64) -> Result<Vec<u8>, DecryptError> {
    let (alice, bob) = (Device::new(), Device::new());
    let (mut alices, mut bobs) = talking(&alice, &bob);
    let late = context("alice", "bob", 1);
    let passed_over = say(&mut alices, b"late", &late);
    for number in 2..2 + chains {
        let (there, back) = (
            context("alice", "bob", number),
            context("bob", "alice", number),
        );
        let sent = say(&mut alices, b"", &there);
        hear(&mut bobs, &sent, &there).unwrap();
        let sent = say(&mut bobs, b"", &back);
        hear(&mut alices, &sent, &back).unwrap();
    }
    hear(&mut bobs, &passed_over, &late)
}

#[test]
fn keys_of_five_chains_are_kept() {
    assert_eq!(heard_after(5).unwrap(), b"late");
    assert_eq!(heard_after(6), Err(DecryptError::Forged));
}

/// One side: its device, and its session once there is one.
struct Side {
    name: &'static str,
    device: Device,
    session: Option<Session>,
}

impl Side {
    fn hear(&mut self, sent: &Ciphertext, place: &Context) -> Result<Vec<u8>, DecryptError> {
        let (me, secrets) = (&self.device.me, self.device.secrets());
        let (session, content) = match (&self.session, sent) {
            (None, Ciphertext::First(begun)) => joined(me, secrets, begun, place),
            (Some(session), Ciphertext::First(begun)) => {
                let heard = session.decrypt_repeated(me, begun, place)?;
                (heard.session, heard.content)
            }
            (Some(session), Ciphertext::Session(message)) => {
                let heard = session.decrypt(message, place)?;
                (heard.session, heard.content)
            }
            other => panic!("{other:?}"),
        };
        self.session = Some(session);
        Ok(content)
    }

    /// Puts the session away and takes it up again.
    fn restart(&mut self) {
        if let Some(session) = self.session.take() {
            self.session = Some(Session::from_pickle(stored(&session.pickle())));
        }
    }
}

fn joined(
    me: &crate::e2ee::Identity,
    secrets: PrekeySecrets<'_>,
    begun: &FirstMessage,
    place: &Context,
) -> (Session, Vec<u8>) {
    let joined = Session::respond(me, secrets, begun, place).unwrap();
    (joined.session, joined.content)
}

/// What may happen next; numbers choose among what is under way.
#[derive(Clone, Copy, Debug)]
enum Step {
    Say {
        from_bob: bool,
    },
    Deliver {
        nth: prop::sample::Index,
        keep: bool,
    },
    Lose(prop::sample::Index),
    Restart {
        bob: bool,
    },
}

/// Fewer than overtake what a session keeps keys for. A sixth chain is begun in step 23 at the earliest (3 steps say
/// two messages of the first and deliver one, and each further one takes 4: something is said and delivered
/// there and back), and what was left of the first is delivered in the step after it.
const STEPS_MAX: usize = 23;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let index = any::<prop::sample::Index>;
    let step = prop_oneof![
        4 => any::<bool>().prop_map(|from_bob| Step::Say { from_bob }),
        4 => (index(), any::<bool>()).prop_map(|(nth, keep)| Step::Deliver { nth, keep }),
        1 => index().prop_map(Step::Lose),
        1 => any::<bool>().prop_map(|bob| Step::Restart { bob }),
    ];
    proptest::collection::vec(step, 1..=STEPS_MAX)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_arrives_is_what_was_said_once(steps in steps()) {
        let (alice, bob) = (Device::new(), Device::new());
        let session = Session::initiate(&alice.me, &bob.bundle()).unwrap();
        let mut sides = [
            Side { name: "alice", device: alice, session: Some(session) },
            Side { name: "bob", device: bob, session: None },
        ];
        let mut under_way: Vec<(usize, Ciphertext, Context, bool)> = Vec::new();
        for (number, step) in (0..).zip(steps) {
            match step {
                Step::Say { from_bob } => {
                    let from = usize::from(from_bob);
                    let place = context(sides[from].name, sides[1 - from].name, number);
                    if let Some(session) = &mut sides[from].session {
                        let sent = say(session, &number.to_be_bytes(), &place);
                        under_way.push((1 - from, sent, place, false));
                    }
                }
                Step::Deliver { nth, keep } if !under_way.is_empty() => {
                    let nth = nth.index(under_way.len());
                    let (to, sent, place, was_heard) = under_way.swap_remove(nth);
                    match sides[to].hear(&sent, &place) {
                        Ok(content) => {
                            prop_assert!(!was_heard);
                            let number = place.message_id.created_at();
                            prop_assert_eq!(content, number.to_be_bytes());
                        }
                        Err(error) => {
                            let is_known = matches!(error, DecryptError::AlreadyDecrypted(_));
                            prop_assert!(was_heard && is_known, "{}", error);
                        }
                    }
                    if keep {
                        under_way.push((to, sent, place, true));
                    }
                }
                Step::Lose(nth) if !under_way.is_empty() => {
                    under_way.swap_remove(nth.index(under_way.len()));
                }
                Step::Restart { bob } => sides[usize::from(bob)].restart(),
                _ => {}
            }
        }
    }
}
