//! Two people on a stage, and what they do with keys.

use heliograph_domain::testing::keys::TestIdentity;
use heliograph_domain::testing::stage::Stage;
use heliograph_domain::usecases::keys::{self, FetchError, UploadError};
use heliograph_domain::{Address, Usage};
use heliograph_protocol::RequestId;
use heliograph_protocol::keys::{OneTimePrekey, PrekeyBundle};
use heliograph_protocol::reply::KeysUploadOk;
use heliograph_protocol::request::{KeysFetch, KeysUpload};

/// The identity that devices on a stage have.
pub(crate) fn identity() -> TestIdentity {
    TestIdentity::new(7)
}

pub(crate) fn request() -> KeysUpload {
    KeysUpload::new(RequestId::from(1))
}

pub(crate) fn one_time(ids: impl IntoIterator<Item = u32>) -> KeysUpload {
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

pub(crate) async fn two() -> (Stage, Address, Address) {
    let stage = Stage::new(1).unwrap();
    let (alice, _) = stage.register("+46700000001").await.unwrap();
    let (bob, _) = stage.register("+46700000002").await.unwrap();
    (stage, alice, bob)
}

pub(crate) async fn upload(
    stage: &Stage,
    of: &Address,
    keys: KeysUpload,
) -> Result<KeysUploadOk, UploadError> {
    keys::upload(&stage.app, &stage.app.context(), of, keys).await
}

pub(crate) async fn try_fetch(
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

pub(crate) async fn fetch(stage: &Stage, by: &Address, of: &Address) -> PrekeyBundle {
    try_fetch(stage, by, of).await.unwrap().0.remove(0)
}

pub(crate) fn counts(count: u32) -> KeysUploadOk {
    KeysUploadOk {
        one_time_prekeys: count,
        one_time_kem_prekeys: count,
    }
}
