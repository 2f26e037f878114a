//! What an upload stores, and what it does not bring back.

use crate::world::*;
use heliograph_domain::store::{Query, Table};
use heliograph_domain::testing::keys::TestIdentity;
use heliograph_domain::testing::stage::Fate;
use heliograph_domain::usecases::keys;
use heliograph_protocol::request::{KeysFetch, KeysUpload};
use heliograph_protocol::{ErrorBody, ErrorCode, RequestId};
use std::collections::BTreeSet;

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
