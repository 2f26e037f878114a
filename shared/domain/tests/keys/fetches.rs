//! What a fetch hands out, and what it costs.

use crate::world::*;
use heliograph_domain::store::Table;
use heliograph_domain::usecases::keys::{FetchError, UploadError};
use heliograph_domain::{Address, Rate};
use heliograph_protocol::event::Event;
use std::collections::BTreeSet;

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
async fn a_fetch_costs_three_units_to_read_and_two_to_write_a_device() {
    let (mut stage, alice, bob) = two().await;
    stage.app.limits.key_fetches_per_pair = Some(Rate {
        burst: 6,
        every_ms: 600_000,
    });
    let mut devices = vec![bob.clone()];
    for count in 1..=5 {
        for device in &devices {
            upload(&stage, device, one_time(10..=107)).await.unwrap();
        }
        let (carol, _) = stage.register("+46700000003").await.unwrap();
        let (bundles, usage) = try_fetch(&stage, &carol, &bob).await.unwrap();
        assert_eq!(bundles.len(), count);
        assert!(bundles.iter().all(|it| it.one_time_prekey.is_some()));
        // One to read the user, and one of each for the limit.
        let devices_used = count as u64;
        let half_units = 2 + 2 + 5 * devices_used;
        assert_eq!(usage.read_half_units, half_units, "{count}");
        assert_eq!(usage.write_units, 1 + 2 * devices_used, "{count}");
        assert_eq!((usage.store_calls, usage.posts), (3 + 6 * devices_used, 0));
        if count < 5 {
            devices.push(stage.link(&bob).await.unwrap());
        }
    }
    // A caller who has no limit pays for none.
    stage.app.limits.key_fetches_per_pair = None;
    let (_, usage) = try_fetch(&stage, &alice, &bob).await.unwrap();
    assert_eq!((usage.read_half_units, usage.write_units), (2 + 25, 10));
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
