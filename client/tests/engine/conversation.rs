//! Conversations over a network that reorders, repeats and loses, between devices that die.

use super::device::Device;
use heliograph_client::engine::Opened;
use proptest::prelude::*;

/// What happens next.
#[derive(Clone, Debug)]
enum Event {
    /// One of the two writes.
    Write(bool),
    /// What is under way at a place comes; or comes once more, later.
    Deliver {
        place: prop::sample::Index,
        is_repeated: bool,
        dies: bool,
    },
    /// One of the two is started anew.
    Restart(bool),
    /// One of the two begins another session.
    Begin(bool),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let deliver = (
        any::<prop::sample::Index>(),
        any::<bool>(),
        prop::bool::weighted(0.1),
    );
    let event = prop_oneof![
        8 => any::<bool>().prop_map(Event::Write),
        8 => deliver.prop_map(|(place, is_repeated, dies)| Event::Deliver { place, is_repeated, dies }),
        1 => any::<bool>().prop_map(Event::Restart),
        1 => any::<bool>().prop_map(Event::Begin),
    ];
    prop::collection::vec(event, 1..60)
}

/// How many messages may overtake one: a session keeps the keys of five turns of the conversation.
const OVERTAKEN_BY: usize = 4;

/// A message under way.
#[derive(Clone, Debug)]
struct Sent {
    by_alice: bool,
    number: u64,
    ciphertext: String,
    /// How many have come meanwhile.
    overtaken_by: usize,
}

struct World {
    alice: Device,
    bob: Device,
    under_way: Vec<Sent>,
    /// Whether each message was opened.
    opened: Vec<bool>,
}

impl World {
    fn new() -> Self {
        let (mut alice, mut bob) = (Device::new("alice", 1), Device::new("bob", 1));
        // Both at once: neither knows of the other's.
        alice.begin(&mut bob);
        bob.begin(&mut alice);
        let (under_way, opened) = (Vec::new(), Vec::new());
        Self {
            alice,
            bob,
            under_way,
            opened,
        }
    }

    fn write(&mut self, by_alice: bool) {
        let number = self.opened.len() as u64;
        let (from, to) = match by_alice {
            true => (&self.alice, &self.bob),
            false => (&self.bob, &self.alice),
        };
        let ciphertext = from.seal(to, number, &format!("message {number}"));
        self.under_way.push(Sent {
            by_alice,
            number,
            ciphertext,
            overtaken_by: 0,
        });
        self.opened.push(false);
    }

    fn deliver(&mut self, place: usize, is_repeated: bool, dies: bool) {
        let Sent {
            by_alice,
            number,
            ciphertext,
            ..
        } = match is_repeated {
            true => self.under_way[place].clone(),
            false => self.under_way.remove(place),
        };
        let (from, to) = match by_alice {
            true => (&self.alice, &mut self.bob),
            false => (&self.bob, &mut self.alice),
        };
        let was_opened = &mut self.opened[usize::try_from(number).unwrap()];
        if dies && !*was_opened {
            to.open_and_die(from, number, &ciphertext);
            to.restart();
        }
        let opened = to.open_of(from.me.address(), number, &ciphertext).unwrap();
        match opened {
            Opened::Content { content, .. } => {
                assert!(!*was_opened, "{number} is shown twice");
                assert_eq!(content, format!("message {number}").into_bytes());
                *was_opened = true;
            }
            Opened::Before => assert!(*was_opened, "{number} is lost"),
        }
    }

    /// Lets one come: of those that have waited for long, the first.
    fn one_comes(&mut self, place: prop::sample::Index, is_repeated: bool, dies: bool) {
        let waiting = self.under_way.iter();
        let late = waiting
            .map(|it| it.overtaken_by)
            .position(|by| by >= OVERTAKEN_BY);
        let place = late.unwrap_or_else(|| place.index(self.under_way.len()));
        if !is_repeated {
            self.under_way
                .iter_mut()
                .for_each(|it| it.overtaken_by += 1);
        }
        self.deliver(place, is_repeated, dies);
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Write(by_alice) => self.write(by_alice),
            Event::Deliver { .. } if self.under_way.is_empty() => {}
            Event::Deliver {
                place,
                is_repeated,
                dies,
            } => self.one_comes(place, is_repeated, dies),
            Event::Restart(true) => self.alice.restart(),
            Event::Restart(false) => self.bob.restart(),
            Event::Begin(true) => self.alice.begin(&mut self.bob),
            Event::Begin(false) => self.bob.begin(&mut self.alice),
        }
    }
}

#[test]
fn a_session_is_kept_while_another_is_used_for_long() {
    let (mut alice, mut bob) = (Device::new("alice", 1), Device::new("bob", 1));
    alice.begin(&mut bob);
    bob.begin(&mut alice);
    assert_eq!(bob.open(&alice, 1, &alice.seal(&bob, 1, "mine")), "mine");
    let answer = bob.seal(&alice, 2, "in yours");
    bob.begin(&mut alice);
    for number in 10..30 {
        let sealed = bob.seal(&alice, number, "in another");
        assert_eq!(alice.open(&bob, number, &sealed), "in another");
    }
    assert_eq!(alice.open(&bob, 2, &answer), "in yours");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn every_message_is_opened_once(events in events()) {
        let mut world = World::new();
        for event in events {
            world.happens(event);
        }
        while !world.under_way.is_empty() {
            world.deliver(0, false, false);
        }
        prop_assert!(world.opened.iter().all(|opened| *opened));
        // Nor is the conversation broken.
        for by_alice in [true, false, true] {
            world.write(by_alice);
            world.deliver(0, false, false);
        }
    }
}
