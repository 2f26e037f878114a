//! The one table whose rows are handed out: many takers at once get different ones.

use super::support::{cx, partition};
use crate::Address;
use crate::ports::RandomIds;
use crate::store::Store;
use crate::tables::prekeys;
use crate::testing::keys::TestIdentity;
use futures_util::future::{join, join_all};
use heliograph_protocol::DeviceId;
use std::collections::BTreeSet;

const KEYS: u32 = 100;
const TAKERS: usize = 200;

/// Of 200 takers at once, 100 get a one-time key of each kind, and none gets another's.
pub async fn a_one_time_key_is_taken_once(store: &dyn Store) {
    let device = Address {
        user_id: partition().parse().unwrap(),
        device_id: DeviceId::PRIMARY,
        device_created_at: 1,
    };
    let keys = TestIdentity::new(1).key_set(KEYS);
    prekeys::put(store, &cx(), &device, &keys).await.unwrap();
    let take = async || {
        let cx = cx();
        let (curve, kem) = join(
            prekeys::take_one_time(store, &cx, &device, &RandomIds),
            prekeys::take_one_time_kem(store, &cx, &device, &RandomIds),
        )
        .await;
        (curve.unwrap().key, kem.unwrap().key)
    };
    let taken = join_all((0..TAKERS).map(|_| take())).await;
    let (curve, kem): (Vec<_>, Vec<_>) = taken.into_iter().unzip();
    let curve: Vec<_> = curve.into_iter().flatten().collect();
    let kem: Vec<_> = kem.into_iter().flatten().collect();
    let all: BTreeSet<u32> = (2..2 + KEYS).collect();
    assert_eq!((curve.len(), kem.len()), (100, 100));
    assert_eq!(
        curve.iter().map(|key| key.key_id).collect::<BTreeSet<_>>(),
        all
    );
    assert_eq!(
        kem.iter().map(|key| key.key_id).collect::<BTreeSet<_>>(),
        all
    );
    for key in curve {
        assert!(keys.one_time_prekeys.contains(&key));
    }
    for key in kem {
        assert!(keys.one_time_kem_prekeys.contains(&key));
    }
    let left = take().await;
    assert_eq!(left, (None, None), "all have been taken");
    let held = prekeys::held(store, &cx(), &device).await.unwrap();
    assert_eq!(held, prekeys::Held::default());
}
