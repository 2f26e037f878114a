//! Pre-keys: handed over, handed out once, and what that costs.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use heliograph_domain::store::{Query, Table};
use heliograph_domain::testing::keys::TestIdentity;
use heliograph_domain::testing::stage::{Fate, Stage};
use heliograph_domain::usecases::keys::{self, FetchError, UploadError};
use heliograph_domain::{Address, Rate, Usage};
use heliograph_protocol::event::Event;
use heliograph_protocol::keys::{OneTimePrekey, PrekeyBundle};
use heliograph_protocol::reply::KeysUploadOk;
use heliograph_protocol::request::{KeysFetch, KeysUpload};
use heliograph_protocol::{ErrorBody, ErrorCode, RequestId};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// The identity that devices on a stage have.
fn identity() -> TestIdentity {
    TestIdentity::new(7)
}

fn request() -> KeysUpload {
    KeysUpload::new(RequestId::from(1))
}

fn one_time(ids: impl IntoIterator<Item = u32>) -> KeysUpload {
    let ids: Vec<u32> = ids.into_iter().collect();
    let key = |key_id: &u32| OneTimePrekey {
        key_id: *key_id,
        public_key: [u8::try_from(key_id % 251).unwrap(); 32].into(),
    };
    KeysUpload {
        one_time_prekeys: ids.iter().map(key).collect(),
        one_time_kem_prekeys: ids.iter().map(|id| identity().kem_prekey(*id)).collect(),
        ..request()
    }
}

async fn two() -> (Stage, Address, Address) {
    let stage = Stage::new(1).unwrap();
    let (alice, _) = stage.register("+46700000001").await.unwrap();
    let (bob, _) = stage.register("+46700000002").await.unwrap();
    (stage, alice, bob)
}

async fn upload(
    stage: &Stage,
    of: &Address,
    keys: KeysUpload,
) -> Result<KeysUploadOk, UploadError> {
    keys::upload(&stage.app, &stage.app.context(), of, keys).await
}

async fn try_fetch(
    stage: &Stage,
    by: &Address,
    of: &Address,
) -> Result<(Vec<PrekeyBundle>, Usage), FetchError> {
    let request = KeysFetch {
        id: RequestId::from(1),
        user_id: of.user_id.clone(),
    };
    let cx = stage.app.context();
    let fetched = keys::fetch(&stage.app, &cx, by, request).await?;
    Ok((fetched.devices, cx.meter.read()))
}

async fn fetch(stage: &Stage, by: &Address, of: &Address) -> PrekeyBundle {
    try_fetch(stage, by, of).await.unwrap().0.remove(0)
}

fn counts(count: u32) -> KeysUploadOk {
    KeysUploadOk {
        one_time_prekeys: count,
        one_time_kem_prekeys: count,
    }
}

#[tokio::test]
async fn one_time_keys_run_out_and_the_last_resort_key_does_not() {
    let (stage, alice, bob) = two().await;
    let mut seen = BTreeSet::new();
    for _ in 0..2 {
        let bundle = fetch(&stage, &alice, &bob).await;
        assert!(seen.insert(bundle.one_time_prekey.unwrap().key_id));
        assert_eq!(bundle.kem_prekey.signature.as_bytes().len(), 64);
        assert_ne!(bundle.kem_prekey.key_id, 1, "1 is the last-resort key");
    }
    for _ in 0..2 {
        let bundle = fetch(&stage, &alice, &bob).await;
        assert_eq!(bundle.one_time_prekey, None);
        assert_eq!(bundle.kem_prekey, identity().kem_prekey(1));
        assert_eq!(bundle.signed_prekey, identity().signed_prekey(1));
        assert_eq!(bundle.registration_id, 7);
    }
    let more = upload(&stage, &bob, one_time(4..=5)).await.unwrap();
    assert_eq!(more, counts(2));
    let bundle = fetch(&stage, &alice, &bob).await;
    assert!([4, 5].contains(&bundle.one_time_prekey.unwrap().key_id));
    assert!([4, 5].contains(&bundle.kem_prekey.key_id));
}

#[tokio::test]
async fn an_upload_that_is_repeated_brings_nothing_back() {
    let (stage, alice, bob) = two().await;
    upload(&stage, &bob, one_time(10..=12)).await.unwrap();
    let mut taken = BTreeSet::new();
    for _ in 0..3 {
        taken.insert(
            fetch(&stage, &alice, &bob)
                .await
                .one_time_prekey
                .unwrap()
                .key_id,
        );
    }
    assert_eq!(
        upload(&stage, &bob, one_time(10..=12)).await.unwrap(),
        counts(2)
    );
    while let Some(key) = fetch(&stage, &alice, &bob).await.one_time_prekey {
        assert!(taken.insert(key.key_id), "{} came twice", key.key_id);
    }
    assert_eq!(taken.len(), 5);
}

/// However fast keys are drained and replaced: what was handed out does not pile up.
#[tokio::test]
async fn what_was_handed_out_goes_with_the_next_upload() {
    let (stage, alice, bob) = two().await;
    for round in 1..=4 {
        upload(&stage, &bob, one_time(10 * round..10 * round + 3))
            .await
            .unwrap();
        while fetch(&stage, &alice, &bob).await.one_time_prekey.is_some() {}
        let query = Query {
            from: "kembody#".to_owned(),
            ..Query::partition(Table::Prekeys, bob.to_string(), 100)
        };
        let cx = stage.app.context();
        let bodies = stage.app.store.query(&cx, &query).await.unwrap().items;
        let keys = bodies
            .iter()
            .filter(|item| item.key.sort.starts_with("kembody#"));
        assert!(keys.count() <= 5, "round {round}");
    }
}

/// A client sends the same upload twice, and the slower one stores its keys when the faster one's
/// have been taken.
#[tokio::test]
async fn the_same_upload_twice_at_once_brings_nothing_back() {
    let (stage, alice, bob) = two().await;
    for _ in 0..2 {
        fetch(&stage, &alice, &bob).await;
    }
    let (app, of) = (stage.app.clone(), bob.clone());
    let mut is_done = false;
    let taken = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let (fetched, by) = (taken.clone(), alice.clone());
    stage.store.probe(move |call| {
        if call.name == "write" && !is_done {
            is_done = true;
            let cx = app.context();
            let first = keys::upload(&app, &cx, &of, one_time(10..=11));
            let first = futures_util::FutureExt::now_or_never(first);
            assert!(matches!(first, Some(Ok(_))));
            for _ in 0..2 {
                let request = KeysFetch {
                    id: RequestId::from(1),
                    user_id: of.user_id.clone(),
                };
                let fetch = keys::fetch(&app, &cx, &by, request);
                let bundle = futures_util::FutureExt::now_or_never(fetch);
                let bundle = bundle.unwrap().unwrap().devices.remove(0);
                fetched.lock().unwrap().push(bundle.kem_prekey.key_id);
            }
        }
        Fate::Done
    });
    upload(&stage, &bob, one_time(10..=11)).await.unwrap();
    stage.store.stop_probing();
    let mut taken = taken.lock().unwrap().clone();
    taken.sort_unstable();
    assert_eq!(taken, [10, 11]);
    let bundle = fetch(&stage, &alice, &bob).await;
    assert_eq!(
        (bundle.one_time_prekey, bundle.kem_prekey.key_id),
        (None, 1)
    );
}

#[tokio::test]
async fn a_device_without_keys_costs_no_more() {
    let (stage, alice, bob) = two().await;
    for _ in 0..2 {
        fetch(&stage, &alice, &bob).await;
    }
    let (_, usage) = try_fetch(&stage, &alice, &bob).await.unwrap();
    // The user, the device, and whether it is connected, to be told.
    assert_eq!((usage.read_half_units, usage.write_units), (2 + 4 + 1, 0));
}

#[tokio::test]
async fn a_new_signed_prekey_replaces_the_old_one() {
    let (stage, alice, bob) = two().await;
    let keys = KeysUpload {
        signed_prekey: Some(identity().signed_prekey(9)),
        last_resort_kem_prekey: Some(identity().kem_prekey(8)),
        ..request()
    };
    assert_eq!(upload(&stage, &bob, keys).await.unwrap(), counts(2));
    let bundle = fetch(&stage, &alice, &bob).await;
    assert_eq!(bundle.signed_prekey.key_id, 9);
    fetch(&stage, &alice, &bob).await;
    assert_eq!(fetch(&stage, &alice, &bob).await.kem_prekey.key_id, 8);
}

#[tokio::test]
async fn what_is_not_signed_or_too_much_changes_nothing() {
    let (stage, alice, bob) = two().await;
    let theirs = TestIdentity::new(9);
    let mut forged = one_time(10..=11);
    forged.one_time_kem_prekeys[1] = theirs.kem_prekey(11);
    let forged = [
        forged,
        KeysUpload {
            signed_prekey: Some(theirs.signed_prekey(2)),
            ..request()
        },
        KeysUpload {
            last_resort_kem_prekey: Some(theirs.kem_prekey(2)),
            ..request()
        },
        // 2 are held already.
        one_time(10..=108),
    ];
    for keys in forged {
        let cx = stage.app.context();
        let refused = keys::upload(&stage.app, &cx, &bob, keys).await.unwrap_err();
        assert_eq!(ErrorBody::from(&refused).code, ErrorCode::BadRequest);
        assert_eq!(cx.meter.read().write_units, 0);
    }
    assert_eq!(
        upload(&stage, &bob, one_time(10..=107)).await.unwrap(),
        counts(100)
    );
    assert_eq!(fetch(&stage, &alice, &bob).await.signed_prekey.key_id, 1);
}

#[tokio::test]
async fn a_fetch_costs_three_units_to_read_and_two_to_write_a_device() {
    let (stage, alice, bob) = two().await;
    upload(&stage, &bob, one_time(10..=107)).await.unwrap();
    let (_, usage) = try_fetch(&stage, &alice, &bob).await.unwrap();
    // One more unit for the user.
    assert_eq!((usage.read_half_units, usage.write_units), (2 + 5, 2));
    assert_eq!((usage.store_calls, usage.posts), (1 + 6, 0));
}

#[tokio::test]
async fn a_device_with_few_keys_is_told() {
    let (stage, alice, bob) = two().await;
    upload(&stage, &bob, one_time(10..=18)).await.unwrap();
    let socket = stage.connect(&bob).await.unwrap();
    fetch(&stage, &alice, &bob).await;
    assert_eq!(stage.sockets.got(&socket).events, [], "10 are left");
    fetch(&stage, &alice, &bob).await;
    let low = Event::KeysLow(counts(9));
    assert_eq!(stage.sockets.got(&socket).events, [low]);
}

#[tokio::test]
async fn six_fetches_of_a_users_keys_then_one_in_ten_minutes() {
    let (mut stage, alice, bob) = two().await;
    stage.app.limits.key_fetches_per_pair = Some(Rate {
        burst: 6,
        every_ms: 600_000,
    });
    for _ in 0..6 {
        try_fetch(&stage, &alice, &bob).await.unwrap();
    }
    let refused = try_fetch(&stage, &alice, &bob).await.unwrap_err();
    assert!(
        matches!(refused, FetchError::RateLimited(600_000)),
        "{refused:?}"
    );
    let (carol, _) = stage.register("+46700000003").await.unwrap();
    try_fetch(&stage, &carol, &bob).await.unwrap();
    try_fetch(&stage, &alice, &carol).await.unwrap();
    stage.clock.advance(600_000);
    try_fetch(&stage, &alice, &bob).await.unwrap();
    assert!(try_fetch(&stage, &alice, &bob).await.is_err());
}

#[tokio::test]
async fn of_who_is_not_there_there_are_no_keys() {
    let (stage, alice, bob) = two().await;
    let nobody = Address {
        user_id: "nobody".parse().unwrap(),
        ..bob.clone()
    };
    let refused = try_fetch(&stage, &alice, &nobody).await.unwrap_err();
    assert!(matches!(refused, FetchError::NotFound));
    // One's own devices are the others, of which there are none.
    let (own, _) = try_fetch(&stage, &alice, &alice).await.unwrap();
    assert_eq!(own, []);
    let refused = upload(&stage, &nobody, one_time(1..=2)).await.unwrap_err();
    assert!(matches!(refused, UploadError::Revoked));
    assert_eq!(stage.store.inner.count(Table::Prekeys), 2 * 7);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Uploads and fetches that die at any call, are repeated and run against each other: no key
    /// comes twice.
    #[test]
    fn no_key_is_ever_handed_out_twice(
        steps in prop::collection::vec((0..4_u8, 1..9_usize, any::<bool>()), 1..20),
        seed: u64,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let stage = Stage::new(seed).unwrap();
            let (alice, _) = stage.register("+46700000001").await.unwrap();
            let (bob, _) = stage.register("+46700000002").await.unwrap();
            let (mut curve, mut kem) = (BTreeSet::new(), BTreeSet::new());
            let (mut next, mut last) = (10, one_time(10..=12));
            for (kind, call, is_done) in steps {
                match kind {
                    0 => {
                        last = one_time(next..next + 3);
                        next += 3;
                        let work = upload(&stage, &bob, last.clone());
                        stage.die_at(call, is_done, async { work.await.ok() });
                    }
                    1 => drop(upload(&stage, &bob, last.clone()).await),
                    _ => {
                        if kind == 2 {
                            stage.store.at_call(call, Fate::Repeat);
                        }
                        let bundle = fetch(&stage, &alice, &bob).await;
                        stage.store.stop_probing();
                        if let Some(key) = bundle.one_time_prekey {
                            assert!(curve.insert(key.key_id), "{} came twice", key.key_id);
                        }
                        let id = bundle.kem_prekey.key_id;
                        assert!(id == 1 || kem.insert(id), "{id} came twice");
                    }
                }
            }
        });
    }
}
