//! What is asked of the service: where files go, and where they are.

use async_trait::async_trait;
use heliograph_protocol::error::{ErrorBody, ErrorCode};
use heliograph_protocol::reply::{MediaCompleteOk, MediaDownloadOk, MediaUploadOk};
use heliograph_protocol::request::{MediaComplete, MediaDownload, MediaUpload};

/// Asks the service, over the socket of the user's device (protocol §9).
///
/// Who implements it gives each request the id that fits its connection: the one that is in it stands
/// for none.
#[cfg_attr(not(target_arch = "wasm32"), async_trait)]
#[cfg_attr(target_arch = "wasm32", async_trait(?Send))]
pub trait MediaService {
    /// Asks where to put a file.
    ///
    /// # Errors
    /// [`ServiceError`]; after [`Offline`](ServiceError::Offline), and where the service says that it
    /// passes, it is asked again later.
    async fn upload(&self, request: MediaUpload) -> Result<MediaUploadOk, ServiceError>;

    /// Asks to make a file of its parts.
    ///
    /// # Errors
    /// [`ServiceError`]; where the service knows the parts no more, they are put anew.
    async fn complete(&self, request: MediaComplete) -> Result<MediaCompleteOk, ServiceError>;

    /// Asks where a file is.
    ///
    /// # Errors
    /// [`ServiceError`], as for [`upload`](Self::upload).
    async fn download(&self, request: MediaDownload) -> Result<MediaDownloadOk, ServiceError>;
}

/// Reports that the service has not done what it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// There was no connection, or it was lost before the answer.
    #[error("no answer of the service")]
    Offline,
    /// The service refused.
    #[error("refused by the service")]
    Refused {
        /// What kind of thing went wrong.
        code: ErrorCode,
        /// When to try again, in milliseconds from now.
        retry_after_ms: Option<u64>,
    },
}

impl From<&ErrorBody> for ServiceError {
    /// Takes the error of a reply.
    fn from(body: &ErrorBody) -> Self {
        Self::Refused {
            code: body.code,
            retry_after_ms: body.retry_after_ms,
        }
    }
}
