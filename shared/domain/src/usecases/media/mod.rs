//! Encrypted files (protocol §9, [ADR 11]).
//!
//! A file is put into the store by whoever has an address signed for it, so the store is the first to
//! know that it is there. What is known of it here is written when somebody first asks: who uploads
//! it, by `media.complete`, or else the first who wants it. So an upload that never comes leaves
//! nothing behind, and what has come is never lost.
//!
//! [ADR 11]: https://github.com/heliograph/heliograph/blob/main/docs/adr/0011-media.md

mod complete;
mod delete;
mod download;
mod photos;
mod upload;

pub use complete::complete;
pub use delete::delete;
pub use download::download;
pub(super) use photos::{Settled, note_change, photo_goes, settle};
pub use upload::upload;

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::ports::{BlobKey, BlobsError, BlobsErrorKind};
use crate::store::StoreError;
use crate::tables::media::{self, Known, LIFE_S, Stored};
use heliograph_protocol::limits::{MEDIA_BYTES_MAX, MEDIA_PART_BYTES};
use heliograph_protocol::media::MediaId;
use heliograph_protocol::{ErrorBody, ErrorCode, UserId};

/// Why nothing was signed or changed.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// There is no such file, or no more.
    #[error("no such file")]
    NotFound,
    /// It is somebody else's.
    #[error("somebody else's file")]
    Forbidden,
    /// It is too large.
    #[error("file too large")]
    TooLarge,
    /// It is too large to be put whole.
    #[error("file too large to be put whole")]
    NotWhole,
    /// There must be the hashes of so many parts.
    #[error("hashes of {0} parts expected")]
    Hashes(usize),
    /// There must be so many parts, in order.
    #[error("{0} parts expected")]
    Parts(usize),
    /// Parts have not come, or are not what was announced.
    #[error("parts missing")]
    Incomplete,
    /// The upload is over.
    #[error("upload is over")]
    Over,
    /// Too much was uploaded; how long to wait, in milliseconds.
    #[error("too many uploads")]
    RateLimited(u64),
    /// The store failed.
    #[error("file not read or changed")]
    Store(#[from] StoreError),
    /// The store of files failed.
    #[error("file not read or changed")]
    Blobs(#[from] BlobsError),
}

impl From<&MediaError> for ErrorBody {
    fn from(error: &MediaError) -> Self {
        match error {
            MediaError::NotFound => ErrorBody::new(ErrorCode::NotFound, "no such media_id"),
            MediaError::Forbidden => {
                let message = "only who has uploaded a file may do this";
                ErrorBody::new(ErrorCode::Forbidden, message)
            }
            MediaError::TooLarge => {
                let message = format!("size: a file has at most {MEDIA_BYTES_MAX} bytes");
                ErrorBody::new(ErrorCode::TooLarge, message)
            }
            MediaError::NotWhole => ErrorBody::bad_request(format!(
                "multipart: expected true for more than {MEDIA_PART_BYTES} bytes"
            )),
            MediaError::Hashes(0) => {
                ErrorBody::bad_request("parts_sha256: expected nothing without multipart")
            }
            MediaError::Hashes(parts) => ErrorBody::bad_request(format!(
                "parts_sha256: expected the SHA-256 of each of {parts} parts"
            )),
            MediaError::Parts(0) => {
                ErrorBody::bad_request("parts: expected nothing, the file was put whole")
            }
            MediaError::Parts(parts) => {
                ErrorBody::bad_request(format!("parts: expected parts 1 to {parts}, in order"))
            }
            MediaError::Incomplete => {
                let message = "parts are missing, or are not what was announced";
                ErrorBody::new(ErrorCode::Conflict, message)
            }
            MediaError::Over => ErrorBody::new(ErrorCode::Gone, "the upload is over, begin anew"),
            MediaError::RateLimited(retry_after_ms) => ErrorBody::rate_limited(*retry_after_ms),
            MediaError::Store(error) => error.into(),
            MediaError::Blobs(error) => match error.kind() {
                BlobsErrorKind::Full => {
                    ErrorBody::new(ErrorCode::Unavailable, "there is no room for files now")
                }
                BlobsErrorKind::Unavailable => ErrorBody::new(ErrorCode::Unavailable, "try again"),
                _ => ErrorBody::internal(),
            },
        }
    }
}

/// What stands for the owner of a file: of several files nobody can tell that they have the same.
fn owner(app: &App, media_id: &MediaId, user_id: &UserId) -> String {
    app.keys.blind(&owner_parts(media_id, user_id))
}

fn is_owner(app: &App, media_id: &MediaId, user_id: &UserId, owner: &str) -> bool {
    app.keys.is_blind(&owner_parts(media_id, user_id), owner)
}

fn owner_parts<'a>(media_id: &'a MediaId, user_id: &'a UserId) -> [&'a str; 3] {
    ["media", media_id.as_str(), user_id.as_str()]
}

/// Refuses who is not the owner.
fn check_owner(
    app: &App,
    media_id: &MediaId,
    caller: &Address,
    owner: &str,
) -> Result<(), MediaError> {
    match is_owner(app, media_id, &caller.user_id, owner) {
        true => Ok(()),
        false => Err(MediaError::Forbidden),
    }
}

/// Looks whether a file that nothing is known of has come, and notes what it is.
async fn adopt(app: &App, cx: &Context, media_id: &MediaId) -> Result<Stored, MediaError> {
    let key = BlobKey::media(media_id.as_str());
    let blob = app.blobs.find(cx, &key).await?;
    let blob = blob.filter(|blob| blob.created_at / 1000 + LIFE_S > cx.now_s());
    let blob = blob.ok_or(MediaError::NotFound)?;
    // One that came in parts is noted by who made it whole.
    let sha256 = blob.sha256.ok_or(MediaError::NotFound)?;
    let file = Stored {
        owner: blob.labels.owner,
        kind: blob.labels.kind,
        size: blob.bytes,
        sha256,
        created_at: blob.created_at,
    };
    app.store.write(cx, media::put(media_id, &file)?).await?;
    Ok(file)
}

/// The file that is known, or has come without anybody saying so.
async fn find(
    app: &App,
    cx: &Context,
    media_id: &MediaId,
    known: &Known,
) -> Result<Stored, MediaError> {
    match (&known.file, &known.incoming) {
        (Some(file), _) => Ok(file.clone()),
        (None, Some(_)) => Err(MediaError::NotFound),
        (None, None) => adopt(app, cx, media_id).await,
    }
}
