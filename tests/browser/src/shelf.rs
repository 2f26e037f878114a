//! A store alone, with one value in it.

use super::chain;
use futures_util::poll;
use heliograph_client::store::{Store, StoreError, StoreKey, settings};
use std::pin::pin;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

const NAME: &str = "value";

fn key(passphrase: Option<String>) -> StoreKey {
    match passphrase {
        Some(passphrase) => StoreKey::Passphrase(passphrase.into()),
        None => StoreKey::Raw([7; 32].into()),
    }
}

/// Is an open store.
#[wasm_bindgen]
pub struct Shelf(Store);

#[wasm_bindgen]
impl Shelf {
    pub async fn open(file: String, passphrase: Option<String>) -> Result<Shelf, JsError> {
        let opened = Store::open(file, &key(passphrase)).await;
        opened.map(Shelf).map_err(|error| chain(&error))
    }

    /// Begins to open one, and does not wait for it.
    #[wasm_bindgen(js_name = giveUp)]
    pub async fn give_up(file: String) {
        let key = key(None);
        let opening = pin!(Store::open(file, &key));
        _ = poll!(opening);
    }

    pub fn put(&self, value: String) -> Result<(), JsError> {
        let put = self.0.step(|step| settings::set(step, NAME, &value));
        put.map_err(|error| chain(&error))
    }

    /// Puts a value, and then fails.
    #[wasm_bindgen(js_name = putInVain)]
    pub fn put_in_vain(&self, value: String) -> Result<(), JsError> {
        let put = self.0.step(|step| {
            settings::set(step, NAME, &value)?;
            Err::<(), _>(StoreError::Corrupt)
        });
        put.map_err(|error| chain(&error))
    }

    pub fn value(&self) -> Result<Option<String>, JsError> {
        let value = self.0.step(|step| settings::get(step, NAME));
        value.map_err(|error: StoreError| chain(&error))
    }
}
