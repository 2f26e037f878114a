//! Files go by the same connection as everything else.

use super::connection::Connection;
use super::error::RequestError;
use crate::connection::RequestFailure;
use crate::media::transfer::{MediaService, ServiceError};
use async_trait::async_trait;
use heliograph_protocol::error::ErrorCode;
use heliograph_protocol::reply::{MediaCompleteOk, MediaDownloadOk, MediaUploadOk};
use heliograph_protocol::request::{MediaComplete, MediaDownload, MediaUpload};

#[cfg_attr(not(target_arch = "wasm32"), async_trait)]
#[cfg_attr(target_arch = "wasm32", async_trait(?Send))]
impl MediaService for Connection {
    async fn upload(&self, request: MediaUpload) -> Result<MediaUploadOk, ServiceError> {
        let asked = self.ask(move |id| MediaUpload { id, ..request });
        asked.await.map_err(|error| service_error(&error))
    }

    async fn complete(&self, request: MediaComplete) -> Result<MediaCompleteOk, ServiceError> {
        let asked = self.ask(move |id| MediaComplete { id, ..request });
        asked.await.map_err(|error| service_error(&error))
    }

    async fn download(&self, request: MediaDownload) -> Result<MediaDownloadOk, ServiceError> {
        let asked = self.ask(move |id| MediaDownload { id, ..request });
        asked.await.map_err(|error| service_error(&error))
    }
}

fn service_error(error: &RequestError) -> ServiceError {
    match error {
        RequestError::Refused(error) => error.into(),
        RequestError::Failed(RequestFailure::TooLarge) => refused(ErrorCode::TooLarge),
        RequestError::Answer(_) => refused(ErrorCode::Internal),
        RequestError::Failed(_) | RequestError::Ended => ServiceError::Offline,
    }
}

fn refused(code: ErrorCode) -> ServiceError {
    ServiceError::Refused {
        code,
        retry_after_ms: None,
    }
}
