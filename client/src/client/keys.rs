//! Pre-keys, so that others can begin sessions.

use super::shared::Shared;
use crate::engine::{KeysError, NewKeys};
use heliograph_protocol::reply::KeysUploadOk;
use heliograph_protocol::request::KeysUpload;
use std::sync::Arc;

/// How often it is looked whether keys are due, in milliseconds, besides with each connection.
const LOOK_MS: u64 = 12 * 60 * 60 * 1_000;

/// Uploads keys whenever they are due, for as long as there is a client.
pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        shared
            .wait_at_most(LOOK_MS, shared.to_upload.notified())
            .await;
        while shared.upload().await.is_err() {
            shared.store_failed().await;
        }
    }
}

impl Shared {
    async fn upload(self: &Arc<Self>) -> Result<(), KeysError> {
        let Ok(left): Result<KeysUploadOk, _> = self.ask(KeysUpload::new).await else {
            return Ok(());
        };
        let now_ms = self.clock.now_ms();
        let count = |left: u32| usize::try_from(left).unwrap_or(usize::MAX);
        let left = (
            count(left.one_time_prekeys),
            count(left.one_time_kem_prekeys),
        );
        let keys = self.step(move |step, me| me.make_keys(step, left, now_ms));
        let keys = keys.await?;
        if keys == NewKeys::default() {
            return Ok(());
        }
        let uploaded: Result<KeysUploadOk, _> = self
            .ask(move |id| KeysUpload {
                id,
                signed_prekey: keys.signed,
                last_resort_kem_prekey: keys.last_resort,
                one_time_prekeys: keys.one_time,
                one_time_kem_prekeys: keys.one_time_kem,
            })
            .await;
        if uploaded.is_ok() {
            self.step(move |step, me| me.keys_uploaded(step, now_ms))
                .await?;
        }
        Ok(())
    }
}
