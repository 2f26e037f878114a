//! The service, as JavaScript asks it: the tests' `store.mjs` answers.

use async_trait::async_trait;
use heliograph_client::media::transfer::{MediaService, ServiceError};
use heliograph_protocol::reply::{MediaCompleteOk, MediaDownloadOk, MediaUploadOk};
use heliograph_protocol::request::{MediaComplete, MediaDownload, MediaUpload};
use js_sys::{Function, Promise};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Is what asks.
pub(crate) struct Service(pub(crate) Function);

impl Service {
    async fn ask<A: DeserializeOwned>(
        &self,
        action: &str,
        request: &impl Serialize,
    ) -> Result<A, ServiceError> {
        let asked = self.try_ask(action, request).await;
        let answer = asked.ok().and_then(|answer| answer.as_string());
        let answer = answer.and_then(|answer| serde_json::from_str(&answer).ok());
        answer.ok_or(ServiceError::Offline)
    }

    async fn try_ask(&self, action: &str, request: &impl Serialize) -> Result<JsValue, JsValue> {
        let request = serde_json::to_string(request).map_err(|_| JsValue::NULL)?;
        let asking = self
            .0
            .call2(&JsValue::NULL, &action.into(), &request.into())?;
        JsFuture::from(asking.dyn_into::<Promise>()?).await
    }
}

#[async_trait(?Send)]
impl MediaService for Service {
    async fn upload(&self, request: MediaUpload) -> Result<MediaUploadOk, ServiceError> {
        self.ask("upload", &request).await
    }

    async fn complete(&self, request: MediaComplete) -> Result<MediaCompleteOk, ServiceError> {
        self.ask("complete", &request).await
    }

    async fn download(&self, request: MediaDownload) -> Result<MediaDownloadOk, ServiceError> {
        self.ask("download", &request).await
    }
}
