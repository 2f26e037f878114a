//! No key is handed out twice, whatever dies, is repeated, or meets another.

use crate::world::*;
use heliograph_domain::testing::stage::{Fate, Stage};
use proptest::prelude::*;
use std::collections::BTreeSet;

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
