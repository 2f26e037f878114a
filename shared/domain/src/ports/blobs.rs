//! Where encrypted files are kept, and the addresses by which clients put and get them.

use crate::Context;
use async_trait::async_trait;
use heliograph_protocol::media::{MediaKind, SignedRequest};
use std::error::Error;

/// A file's name in the store: letters, digits, `-`, `_` and `/`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobKey(String);

impl BlobKey {
    /// Names a file that goes after 30 days by itself.
    pub fn media(id: &str) -> Self {
        Self(format!("media/{id}"))
    }

    /// Names a file that stays until it is deleted.
    pub fn photo(id: &str) -> Self {
        Self(format!("photos/{id}"))
    }

    /// Reads a name that somebody gives; `None` for what names no file.
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, id) = text.split_once('/')?;
        let is_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let is_name = matches!(prefix, "media" | "photos") && (1..=64).contains(&id.len());
        (is_name && id.bytes().all(is_id)).then(|| Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the store keeps beside a file, and shows to whoever gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// Whose it is, in a form that tells nobody without the master secret.
    pub owner: String,
    /// What it is said to be.
    pub kind: MediaKind,
}

/// What exactly an address takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Body {
    /// How long it is.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
}

/// A file in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// How long it is.
    pub bytes: u64,
    /// Its SHA-256, unless it came in parts and the store knows only theirs.
    pub sha256: Option<[u8; 32]>,
    /// What is kept beside it.
    pub labels: Labels,
    /// When it was complete, in milliseconds since the Unix epoch.
    pub created_at: u64,
}

/// A part that a client says it has put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which, from 1.
    pub number: u16,
    /// What the store answered to it.
    pub etag: String,
    /// Its SHA-256.
    pub sha256: [u8; 32],
}

/// How long an address is good for, in milliseconds (protocol §9).
pub const SIGNED_MS: u64 = 15 * 60 * 1000;

/// Keeps files: S3, or a folder of this machine behind the same protocol.
///
/// Signing asks nobody. What is signed is good for [`SIGNED_MS`]; an address to put to takes exactly
/// the body that it was signed for, and, but for parts, only as long as there is no such file.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Signs an address that takes a whole file, once.
    ///
    /// # Errors
    /// `Unavailable` without credentials.
    async fn sign_upload(
        &self,
        key: &BlobKey,
        body: &Body,
        labels: &Labels,
    ) -> Result<SignedRequest, BlobsError>;

    /// Signs an address that takes a part of a file.
    ///
    /// # Errors
    /// As [`Blobs::sign_upload`].
    async fn sign_part(
        &self,
        key: &BlobKey,
        upload_id: &str,
        number: u16,
        body: &Body,
    ) -> Result<SignedRequest, BlobsError>;

    /// Signs an address that gives a file, whole or by range.
    ///
    /// # Errors
    /// As [`Blobs::sign_upload`].
    async fn sign_download(&self, key: &BlobKey) -> Result<String, BlobsError>;

    /// Begins a file of parts; answers what the store calls it until it is complete. What is not
    /// complete after a day goes.
    ///
    /// # Errors
    /// `Unavailable` when no answer came; `Full` when there is no room.
    async fn begin_parts(
        &self,
        cx: &Context,
        key: &BlobKey,
        labels: &Labels,
    ) -> Result<String, BlobsError>;

    /// Makes a file of its parts, in order, unless there is one of that name.
    ///
    /// # Errors
    /// `Refused` when parts are missing or others than said; `Gone` when there is no such upload, or
    /// it is complete already; `Exists` when there is another file; `Unavailable` when no answer came.
    async fn join_parts(
        &self,
        cx: &Context,
        key: &BlobKey,
        upload_id: &str,
        parts: &[Part],
    ) -> Result<(), BlobsError>;

    /// Tells what there is of a name.
    ///
    /// # Errors
    /// `Unavailable` when no answer came; `Corrupt` for what was not put by an address of ours.
    async fn find(&self, cx: &Context, key: &BlobKey) -> Result<Option<Blob>, BlobsError>;

    /// Copies a file; tells whether there was one. What was at `to` is replaced.
    ///
    /// # Errors
    /// `Unavailable` when no answer came; `Full` when there is no room.
    async fn copy(&self, cx: &Context, from: &BlobKey, to: &BlobKey) -> Result<bool, BlobsError>;

    /// Deletes a file; one that is not there is fine.
    ///
    /// # Errors
    /// `Unavailable` when no answer came.
    async fn delete(&self, cx: &Context, key: &BlobKey) -> Result<(), BlobsError>;
}

/// A failure of the store of files; the cause is its `source`.
#[derive(Debug, thiserror::Error)]
#[error("file store {kind}")]
pub struct BlobsError {
    kind: BlobsErrorKind,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What can be done about a [`BlobsError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobsErrorKind {
    /// What was asked does not fit what is there.
    #[error("refused")]
    Refused,
    /// What was begun is over.
    #[error("knows no such upload")]
    Gone,
    /// There is a file of that name.
    #[error("has that file")]
    Exists,
    /// There is no room.
    #[error("full")]
    Full,
    /// What is there is not what was put.
    #[error("corrupt")]
    Corrupt,
    /// Later, perhaps.
    #[error("unavailable")]
    Unavailable,
}

impl BlobsError {
    /// Makes an error without a cause.
    pub fn new(kind: BlobsErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Makes an error with its cause.
    pub fn because(kind: BlobsErrorKind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            kind,
            source: Some(source.into()),
        }
    }

    /// Tells what can be done about it.
    pub fn kind(&self) -> BlobsErrorKind {
        self.kind
    }
}
