//! Whatever the network does, all devices end up showing the same.

use super::world::World;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Write(usize, u8, usize),
    Deliver(usize, usize, bool),
    Wait(u64),
    Restart(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let device = 0..5usize;
    prop_oneof![
        3 => (device.clone(), any::<u8>(), any::<usize>()).prop_map(|(by, what, about)| Step::Write(by, what, about)),
        7 => (device.clone(), any::<usize>(), any::<bool>()).prop_map(|(to, which, again)| Step::Deliver(to, which, again)),
        1 => (1..3_000u64).prop_map(Step::Wait),
        1 => device.prop_map(Step::Restart),
    ]
}

fn run(skews_ms: &[i64], steps: Vec<Step>) -> World {
    let mut world = World::new(skews_ms);
    for step in steps {
        match step {
            Step::Write(by, what, about) => world.write(by, what, about),
            Step::Deliver(to, which, again) => world.deliver(to, which, again),
            Step::Wait(ms) => world.wait(ms),
            Step::Restart(which) => world.restart(which),
        }
    }
    world.sync();
    world.wait(10_000);
    world
}

fn check(world: &World) -> Result<(), TestCaseError> {
    let first = &world.devices[0].store;
    for device in &world.devices {
        let store = &device.store;
        prop_assert_eq!(store.inserted.len(), world.sent.len());
        prop_assert_eq!(store.shown(), first.shown());
        prop_assert!(store.marks == first.marks);
        prop_assert!(store.timer == first.timer);
        prop_assert_eq!(device.chat.held_back(), 0);
        prop_assert!(store.gaps.is_empty(), "{:?}", store.gaps);
    }
    for (message, _) in &world.sent {
        let causes = &world.causes[&message.id];
        prop_assert!(causes.iter().all(|cause| *cause < message.position()));
        prop_assert_eq!(
            message.clock.as_ref().map(|clock| clock.check()),
            Some(Ok(()))
        );
    }
    Ok(())
}

proptest! {
    #[test]
    fn all_show_the_same(
        skews_ms in proptest::collection::vec(-100_000i64..100_000, 5),
        steps in proptest::collection::vec(step(), 0..160),
    ) {
        check(&run(&skews_ms, steps))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn more_than_may_wait_come_first(
        late in proptest::collection::vec(any::<usize>(), 100),
        about in proptest::collection::vec((0..2usize, any::<u8>(), any::<usize>()), 100),
    ) {
        let mut world = World::new(&[0, 0, 0]);
        for (by, what, about) in about {
            world.write(by, what, about);
            world.deliver(1 - by, 0, false);
        }
        late.into_iter().for_each(|which| world.deliver(2, which, false));
        world.sync();
        world.wait(10_000);
        check(&world)?;
    }
}
