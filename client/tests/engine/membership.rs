//! Whoever is in a group when a message is taken reads it, and nobody else, whatever happens.

use super::world::World;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// What happens in a group.
#[derive(Clone, Debug)]
enum Step {
    Write(usize),
    Flush(usize),
    Sync(usize),
    Restart(usize),
    Leave(usize),
    Join(usize),
}

const NAMES: [&str; 4] = ["alice", "bob", "carol", "dave"];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = || 0..NAMES.len();
    let step = prop_oneof![
        6 => who().prop_map(Step::Write),
        4 => who().prop_map(Step::Flush),
        4 => who().prop_map(Step::Sync),
        1 => who().prop_map(Step::Restart),
        1 => who().prop_map(Step::Leave),
        2 => who().prop_map(Step::Join),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whoever is in the group when a message is taken reads it; nobody else does.
    #[test]
    fn members_read_and_others_do_not(steps in steps()) {
        let mut world = World::new(&NAMES);
        let mut meant: Vec<BTreeSet<usize>> = Vec::new();
        let mut by: Vec<usize> = Vec::new();
        for step in steps {
            match step {
                Step::Write(who) if world.members.iter().any(|it| it == NAMES[who]) => {
                    let number = by.len();
                    world.write(who, &number.to_string());
                    by.push(who);
                    // It is taken at once, so that it is known who is meant.
                    world.flush(who);
                    let members = NAMES.iter().enumerate();
                    let members = members.filter(|(_, name)| world.members.iter().any(|it| it == *name));
                    meant.push(members.map(|(who, _)| who).collect());
                }
                Step::Write(_) => {}
                Step::Flush(who) => world.flush(who),
                Step::Sync(who) => _ = world.sync(who),
                Step::Restart(who) => world.devices[who].restart(),
                Step::Leave(who) if world.members.len() > 2 => {
                    world.members.retain(|it| it != NAMES[who]);
                    world.changed();
                }
                Step::Leave(_) => {}
                Step::Join(who) => {
                    if !world.members.iter().any(|it| it == NAMES[who]) {
                        world.members.push(NAMES[who].to_owned());
                        world.changed();
                    }
                }
            }
        }
        prop_assert_eq!(world.settle(), 0);
        for (who, name) in NAMES.iter().enumerate() {
            world.show_all(who);
            let texts: BTreeSet<String> = world.texts(who).into_iter().collect();
            let expected = meant.iter().enumerate();
            let expected = expected.filter(|(_, meant)| meant.contains(&who));
            let expected: BTreeSet<String> = expected.map(|(number, _)| number.to_string()).collect();
            prop_assert_eq!(texts, expected, "{}", name);
        }
    }
}
