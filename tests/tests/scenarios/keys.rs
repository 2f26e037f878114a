//! Pre-keys: handed over by devices, and handed out once.

use heliograph_domain::testing::keys::TestIdentity;
use heliograph_protocol::keys::PrekeyBundle;
use heliograph_protocol::limits::ONE_TIME_KEYS_LOW;
use heliograph_protocol::reply::{KeysFetchOk, KeysUploadOk};
use heliograph_protocol::request::{KeysFetch, KeysUpload};
use heliograph_protocol::{ErrorCode, RequestId, UserId};
use heliograph_tests::{Deployment, Person, Socket, one_time_keys, scenarios};
use serde_json::json;
use std::collections::BTreeSet;

scenarios!(
    one_time_keys_are_handed_out_once_however_many_ask,
    a_device_is_told_when_few_keys_are_left,
    keys_that_do_not_hold_are_refused,
    nobody_has_no_keys,
);

/// The id of the keys that every test device registers with; one-time keys have others.
const LASTING: u32 = 1;
/// Where the ids of one-time keys begin here.
const FIRST: u32 = 100;

/// How many callers fetch at once, all they may: more are more than the local AWS does in time.
const CALLERS_AT_ONCE: usize = 12;

/// What a fetch hands out for the one device of somebody.
async fn fetch(by: &mut Socket, of: &Person) -> PrekeyBundle {
    let ok: KeysFetchOk = by.fetch_keys(of).await.ok();
    let [bundle] = ok.devices.try_into().expect("one device");
    bundle
}

/// Uploads nothing: the answer says how many one-time keys are held.
async fn held(socket: &mut Socket) -> (u32, u32) {
    let left: KeysUploadOk = socket.ask(KeysUpload::new).await.ok();
    (left.one_time_prekeys, left.one_time_kem_prekeys)
}

async fn one_time_keys_are_handed_out_once_however_many_ask(stack: Deployment) {
    // On AWS nobody fetches more than six times in a row.
    let (callers, times, keys) = match stack {
        Deployment::OneMachine(_) => (10, 20, 100),
        Deployment::Aws(_) => (34, 6, 100),
    };
    let bob = stack.person("bob").await;
    let mut b = bob.connect().await;
    let ids = FIRST..FIRST + keys;
    // A hundred ML-KEM keys do not fit a frame.
    for from in ids.clone().step_by(50) {
        let upload = one_time_keys(&bob.identity(), from..ids.end.min(from + 50));
        let _: KeysUploadOk = b.ask(upload).await.ok();
    }
    assert_eq!(held(&mut b).await, (keys, keys));
    b.close().await;

    let mut sockets = Vec::new();
    for caller in 0..callers {
        let caller = stack.person(&format!("caller {caller}")).await;
        sockets.push(caller.connect().await);
    }
    let lasting = bob.identity().kem_prekey(LASTING);
    let (mut curve, mut kem, mut answered) = (Vec::new(), Vec::new(), 0);
    for some in sockets.chunks_mut(CALLERS_AT_ONCE) {
        let mut begun = Vec::new();
        for socket in &mut *some {
            for _ in 0..times {
                let user_id = bob.user_id().clone();
                begun.push(socket.begin(|id| KeysFetch { id, user_id }).await.unwrap());
            }
        }
        for (socket, begun) in some.iter_mut().zip(begun.chunks(times)) {
            for id in begun {
                let reply = socket.end(id).await.unwrap();
                if let (Deployment::Aws(_), Err(error)) = (&stack, &reply.outcome) {
                    // So many at once are more than a small machine does in time, and what it had taken by
                    // then is lost; what the gateway asks for once more counts twice.
                    let is_late = [ErrorCode::Unavailable, ErrorCode::RateLimited];
                    assert!(is_late.contains(&error.code), "{error:?}");
                    continue;
                }
                let ok: KeysFetchOk = reply.ok();
                let bundle = &ok.devices[0];
                answered += 1;
                curve.extend(bundle.one_time_prekey.iter().map(|key| key.key_id));
                match bundle.kem_prekey.key_id {
                    LASTING => assert_eq!(bundle.kem_prekey, lasting),
                    id => kem.push(id),
                }
            }
        }
    }
    let lost = callers * times - answered;
    assert!(lost < 10, "{lost} are not answered");
    for mut taken in [curve, kem] {
        taken.sort_unstable();
        assert!(taken.is_sorted_by(|one, next| one < next), "a key twice");
        assert!(taken.iter().all(|id| ids.contains(id)));
        assert!(taken.len() + lost >= ids.len(), "all are handed out");
    }

    if matches!(stack, Deployment::Aws(_)) {
        let error = sockets[0].fetch_keys(&bob).await.error();
        assert_eq!(error.code, ErrorCode::RateLimited);
        assert!(error.retry_after_ms.is_some_and(|ms| ms <= 600_000));
    }
    let mut late = stack.person("who comes late").await.connect().await;
    for _ in 0..2 {
        let last = fetch(&mut late, &bob).await;
        assert_eq!(
            (last.one_time_prekey, last.kem_prekey),
            (None, lasting.clone())
        );
    }
}

async fn a_device_is_told_when_few_keys_are_left(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let identity = bob.identity();
    let low = ONE_TIME_KEYS_LOW;
    let upload = one_time_keys(&identity, FIRST..FIRST + low + 1);
    let left: KeysUploadOk = b.ask(upload).await.ok();
    assert_eq!(left.one_time_prekeys, low + 1);

    let mut seen = BTreeSet::new();
    for left in [low, low - 1] {
        let bundle = fetch(&mut a, &bob).await;
        assert_eq!(bundle.identity_key, identity.identity_key);
        assert_eq!(bundle.registration_id, u16::from(bob.seed));
        assert_eq!(bundle.signed_prekey, identity.signed_prekey(LASTING));
        assert!(seen.insert(bundle.one_time_prekey.expect("some left").key_id));
        assert_eq!(held(&mut b).await, (left, left));
    }
    // Ten are enough; the word comes with the ninth.
    let word = b.next_keys_low().await;
    assert_eq!(word.one_time_prekeys, low - 1);
    assert_eq!(word.one_time_kem_prekeys, low - 1);

    // What is uploaded again does not come back, and what replaces does.
    let _: KeysUploadOk = b
        .ask(one_time_keys(&identity, FIRST..FIRST + low + 1))
        .await
        .ok();
    assert_eq!(held(&mut b).await, (low - 1, low - 1));
    let signed_prekey = Some(identity.signed_prekey(2));
    let replace = |id| KeysUpload {
        signed_prekey,
        ..KeysUpload::new(id)
    };
    let _: KeysUploadOk = b.ask(replace).await.ok();
    let bundle = fetch(&mut a, &bob).await;
    assert_eq!(bundle.signed_prekey, identity.signed_prekey(2));
    assert!(seen.insert(bundle.one_time_prekey.expect("some left").key_id));
}

/// Makes the same request under another id.
fn renumbered(mut request: KeysUpload, id: RequestId) -> KeysUpload {
    request.id = id;
    request
}

async fn keys_that_do_not_hold_are_refused(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let theirs = TestIdentity::new(bob.seed.wrapping_add(1));
    let request = || KeysUpload::new(RequestId::from(1));
    let all = one_time_keys(&bob.identity(), FIRST..FIRST + 2)(RequestId::from(1));
    let mut forged_kem = all.clone();
    forged_kem.one_time_kem_prekeys[1] = theirs.kem_prekey(FIRST + 1);
    let mut swapped = bob.identity().signed_prekey(2);
    swapped.public_key = [9; 32].into();
    for forged in [
        forged_kem,
        KeysUpload {
            signed_prekey: Some(theirs.signed_prekey(2)),
            ..all.clone()
        },
        KeysUpload {
            signed_prekey: Some(swapped),
            ..all.clone()
        },
        KeysUpload {
            last_resort_kem_prekey: Some(theirs.kem_prekey(2)),
            ..request()
        },
    ] {
        let error = b.ask(|id| renumbered(forged, id)).await.error();
        assert_eq!(error.code, ErrorCode::BadRequest);
    }

    let short = "AAAA";
    let key = |id: u32| json!({"key_id": id, "public_key": "A".repeat(43)});
    let many: Vec<_> = (0..101).map(|id| key(FIRST + id)).collect();
    for (part, value) in [
        (
            "one_time_prekeys",
            json!([{"key_id": 5, "public_key": short}]),
        ),
        ("one_time_prekeys", json!([key(5), key(5)])),
        ("one_time_prekeys", json!([{"public_key": "A".repeat(43)}])),
        ("one_time_prekeys", json!(many)),
        ("one_time_kem_prekeys", json!([key(5)])),
        (
            "signed_prekey",
            json!({"key_id": 5, "public_key": "A".repeat(43), "signature": short}),
        ),
        ("signed_prekey", json!("none")),
    ] {
        let mut frame = json!({"action": "keys.upload", "id": "x"});
        frame[part] = value;
        let reply = b.say(&frame.to_string()).await;
        assert_eq!(reply.id.as_deref(), Some("x"), "{frame}");
        assert_eq!(reply.error().code, ErrorCode::BadRequest, "{frame}");
    }

    assert_eq!(held(&mut b).await, (0, 0), "nothing of it was stored");
    let bundle = fetch(&mut a, &bob).await;
    assert_eq!(bundle.signed_prekey, bob.identity().signed_prekey(LASTING));
    assert_eq!(bundle.kem_prekey, bob.identity().kem_prekey(LASTING));
    assert_eq!(bundle.one_time_prekey, None);
}

async fn nobody_has_no_keys(stack: Deployment) {
    let alice = stack.person("alice").await;
    let mut a = alice.connect().await;
    let user_id: UserId = "nobody".parse().unwrap();
    let reply = a.ask(|id| KeysFetch { id, user_id }).await;
    assert_eq!(reply.error().code, ErrorCode::NotFound);
    // Of oneself there are the other devices only.
    let own: KeysFetchOk = a.fetch_keys(&alice).await.ok();
    assert_eq!(own.devices, []);
    for frame in [
        json!({"action": "keys.fetch", "id": "x"}),
        json!({"action": "keys.fetch", "id": "x", "user_id": "../users"}),
        json!({"action": "keys.fetch", "id": "x", "user_id": 7}),
    ] {
        let error = a.say(&frame.to_string()).await.error();
        assert_eq!(error.code, ErrorCode::BadRequest, "{frame}");
    }
}
