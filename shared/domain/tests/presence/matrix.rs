//! What is told is what the rule of privacy says, for every pair of settings.

use crate::world::*;
use heliograph_domain::Address;
use heliograph_domain::privacy::{Said, Setting, Side, sees};
use heliograph_domain::testing::stage::Stage;
use heliograph_protocol::people::Audience;

/// Whom one side shows `online` and `last_seen` to, and what it has said of the other.
#[derive(Clone, Copy, Debug)]
struct Shown {
    online: Audience,
    seen: Audience,
    said: Said,
}

/// All that one side can be.
fn sides() -> Vec<Shown> {
    let audiences = [Audience::Everyone, Audience::Contacts, Audience::Nobody];
    let mut sides = Vec::new();
    for online in audiences {
        for seen in audiences {
            for (contact, block) in [(false, false), (false, true), (true, false), (true, true)] {
                let said = Said { contact, block };
                sides.push(Shown { online, seen, said });
            }
        }
    }
    sides
}

/// The whole matrix, both when subscribing and when told: what is seen is what the rule says.
#[tokio::test]
async fn nobody_learns_what_the_rule_hides() {
    let (stage, alice, bob) = two().await;
    let mut cells = 0;
    for owner in sides() {
        for viewer in sides() {
            for is_set_before in [false, true] {
                cell(&stage, (&bob, owner), (&alice, viewer), is_set_before).await;
                cells += 1;
            }
        }
    }
    assert_eq!(cells, 36 * 36 * 2);
}

/// Lets one side stand so to the other.
async fn stand(stage: &Stage, one: &Address, other: &Address, shown: Shown) {
    set(stage, one, shown.online, shown.seen).await;
    say(stage, one, other, shown.said).await;
}

async fn cell(
    stage: &Stage,
    (bob, owner): (&Address, Shown),
    (alice, viewer): (&Address, Shown),
    is_set_before: bool,
) {
    let rule = |setting, of, by| {
        let side = |audience, shown: Shown| Side {
            audience,
            said: shown.said,
        };
        sees(setting, side(of, owner), side(by, viewer))
    };
    let sees_online = rule(Setting::Online, owner.online, viewer.online);
    let sees_seen = rule(Setting::LastSeen, owner.seen, viewer.seen);
    let cell = format!("{owner:?} {viewer:?} {is_set_before}");
    let open = Shown {
        online: Audience::Everyone,
        seen: Audience::Everyone,
        said: Said::default(),
    };
    stand(stage, bob, alice, open).await;
    stand(stage, alice, bob, open).await;

    stage.clock.advance(60_000);
    let b = stage.connect(bob).await.unwrap();
    stage.disconnect(bob, &b).await.unwrap();
    stage.work().await.unwrap();
    let before = stage.clock.read();
    stage.clock.advance(60_000);
    let a = stage.connect(alice).await.unwrap();
    if is_set_before {
        stand(stage, bob, alice, owner).await;
        stand(stage, alice, bob, viewer).await;
    }
    let asked = subscribe(stage, alice, &a, &[bob]).await.remove(0);
    if is_set_before {
        assert_eq!(asked.online, sees_online.then_some(false), "{cell}");
        assert_eq!(asked.last_seen, sees_seen.then_some(before), "{cell}");
    } else {
        stand(stage, bob, alice, owner).await;
        stand(stage, alice, bob, viewer).await;
    }
    let b = stage.connect(bob).await.unwrap();
    stage.work().await.unwrap();
    let on = how(bob, Some(true), Some(before).filter(|_| sees_seen));
    let mut expected: Vec<_> = sees_online.then_some(on).into_iter().collect();
    assert_eq!(stage.sockets.got(&a).presence(), expected, "{cell}");

    stage.disconnect(bob, &b).await.unwrap();
    stage.work().await.unwrap();
    if sees_online || sees_seen {
        let seen_at = Some(stage.clock.read()).filter(|_| sees_seen);
        expected.push(how(bob, sees_online.then_some(false), seen_at));
    }
    assert_eq!(stage.sockets.got(&a).presence(), expected, "{cell}");
    stage.disconnect(alice, &a).await.unwrap();
    stage.work().await.unwrap();
}
