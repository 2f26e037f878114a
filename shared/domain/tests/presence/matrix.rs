//! What is told is what the rule of privacy says, for every pair of settings.

use crate::world::*;
use heliograph_domain::privacy::{Said, Setting, Side, sees};
use heliograph_protocol::people::Audience;
use proptest::prelude::*;

fn audience() -> impl Strategy<Value = Audience> {
    prop::sample::select(vec![
        Audience::Everyone,
        Audience::Contacts,
        Audience::Nobody,
    ])
}

fn said() -> impl Strategy<Value = Said> {
    (any::<bool>(), any::<bool>()).prop_map(|(contact, block)| Said { contact, block })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The whole matrix, both when subscribing and when told: what is seen is what the rule says.
    #[test]
    fn nobody_learns_what_the_rule_hides(
        owner in (audience(), audience(), said()),
        viewer in (audience(), audience(), said()),
        is_set_before: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (stage, alice, bob) = two().await;
            let say_all = async || {
                set(&stage, &bob, owner.0, owner.1).await;
                set(&stage, &alice, viewer.0, viewer.1).await;
                say(&stage, &bob, &alice, owner.2).await;
                say(&stage, &alice, &bob, viewer.2).await;
            };
            let rule = |setting, of: Audience, by: Audience| {
                let owner = Side { audience: of, said: owner.2 };
                let viewer = Side { audience: by, said: viewer.2 };
                sees(setting, owner, viewer)
            };
            let sees_online = rule(Setting::Online, owner.0, viewer.0);
            let sees_seen = rule(Setting::LastSeen, owner.1, viewer.1);

            let b = stage.connect(&bob).await.unwrap();
            stage.disconnect(&bob, &b).await.unwrap();
            stage.work().await.unwrap();
            stage.clock.advance(60_000);
            let before = stage.clock.read() - 60_000;
            let a = stage.connect(&alice).await.unwrap();
            if is_set_before {
                say_all().await;
            }
            let asked = subscribe(&stage, &alice, &a, &[&bob]).await.remove(0);
            if is_set_before {
                assert_eq!(asked.online, sees_online.then_some(false));
                assert_eq!(asked.last_seen, sees_seen.then_some(before));
            } else {
                say_all().await;
            }
            let b = stage.connect(&bob).await.unwrap();
            stage.work().await.unwrap();
            let on = how(&bob, Some(true), Some(before).filter(|_| sees_seen));
            let expected: Vec<_> = sees_online.then_some(on).into_iter().collect();
            assert_eq!(stage.sockets.got(&a).presence(), expected);

            stage.disconnect(&bob, &b).await.unwrap();
            stage.work().await.unwrap();
            let now = stage.clock.read();
            let told = stage.sockets.got(&a).presence();
            let off = how(
                &bob,
                sees_online.then_some(false),
                sees_seen.then_some(now),
            );
            let is_told = sees_online || sees_seen;
            assert_eq!(told.len(), expected.len() + usize::from(is_told));
            assert_eq!(told.last() == Some(&off), is_told);
        });
    }
}
