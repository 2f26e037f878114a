//! The tokens of this device, in its store.

use crate::connection::Tokens;
use crate::store::{Store, StoreError, settings};
use crate::tasks::off_runtime;
use crate::transport::{NotStored, TokenStore};
use async_trait::async_trait;
use rusqlite::Transaction;
use std::sync::Arc;

const TOKENS: &str = "client.tokens";

/// Keeps the tokens with everything else.
pub(super) struct InStore(pub(super) Arc<Store>);

#[cfg_attr(not(target_arch = "wasm32"), async_trait)]
#[cfg_attr(target_arch = "wasm32", async_trait(?Send))]
impl TokenStore for InStore {
    async fn store(&self, tokens: &Tokens) -> Result<(), NotStored> {
        let (store, tokens) = (Arc::clone(&self.0), tokens.clone());
        let stored = off_runtime(move || store.step(|step| put(step, &tokens)));
        stored.await.map_err(|_| NotStored)
    }
}

pub(super) fn put(step: &Transaction<'_>, tokens: &Tokens) -> Result<(), StoreError> {
    settings::set(step, TOKENS, tokens)
}

pub(super) fn get(step: &Transaction<'_>) -> Result<Option<Tokens>, StoreError> {
    settings::get(step, TOKENS)
}
