//! Encrypted files (protocol §9).

use serde::{Deserialize, Deserializer, Serialize};

use super::Request;
use crate::{
    bounded::{Within, list, or_false, read_as_object, written_as_derived},
    ids::RequestId,
    limits::MEDIA_PARTS_MAX,
    media::{MediaId, MediaKind, PartPut, Sha256},
};

/// Asks where to put a file. Answered with [`MediaUploadOk`](crate::reply::MediaUploadOk).
///
/// The file is ciphertext; its key travels inside the message that tells of it. At most 50 files and
/// 1 GB a user and day, unless the deployment says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MediaUpload {
    /// The request's id.
    pub id: RequestId,
    /// How long the file is, in bytes: 1 to 104,857,600 (100 MiB).
    #[serde(deserialize_with = "size")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = crate::limits::MEDIA_BYTES_MAX)))]
    pub size: u64,
    /// The file's SHA-256.
    pub sha256: Sha256,
    /// What it is for its recipient.
    pub kind: MediaKind,
    /// Whether it is put in parts of 8 MiB; a file of more than 8 MiB must be.
    #[serde(
        default,
        deserialize_with = "or_false",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub multipart: bool,
    /// The SHA-256 of each part, in order, where `multipart` is true: the address of a part takes
    /// nothing else.
    #[serde(
        default,
        deserialize_with = "list::<_, _, 0, MEDIA_PARTS_MAX>",
        skip_serializing_if = "Vec::is_empty"
    )]
    #[cfg_attr(feature = "schema", schemars(length(max = MEDIA_PARTS_MAX)))]
    pub parts_sha256: Vec<Sha256>,
}
request!(MediaUpload, "media.upload");

/// Makes a file of its parts; of one that was put whole, says that it is there, which is not needed.
/// By who uploads it only. Answered with [`MediaCompleteOk`](crate::reply::MediaCompleteOk), also when
/// it was complete already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MediaComplete {
    /// The request's id.
    pub id: RequestId,
    /// The file.
    pub media_id: MediaId,
    /// Every part, in order; nothing for a file that was put whole.
    #[serde(
        default,
        deserialize_with = "list::<_, _, 0, MEDIA_PARTS_MAX>",
        skip_serializing_if = "Vec::is_empty"
    )]
    #[cfg_attr(feature = "schema", schemars(length(max = MEDIA_PARTS_MAX)))]
    pub parts: Vec<PartPut>,
}
request!(MediaComplete, "media.complete");

/// Asks where to get a file. Answered with [`MediaDownloadOk`](crate::reply::MediaDownloadOk).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MediaDownload {
    /// The request's id.
    pub id: RequestId,
    /// The file.
    pub media_id: MediaId,
}
request!(MediaDownload, "media.download");

/// Deletes a file, also where it is somebody's photo. By who uploaded it only. Answered with
/// [`Empty`](crate::reply::Empty).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MediaDelete {
    /// The request's id.
    pub id: RequestId,
    /// The file.
    pub media_id: MediaId,
}
request!(MediaDelete, "media.delete");

read_as_object!(MediaUpload, MediaComplete, MediaDownload, MediaDelete);
written_as_derived!(MediaUpload, MediaComplete, MediaDownload, MediaDelete);

/// Reads any size but none; one that is too large has an error of its own, `too_large`.
fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Within::<u64, 1, { u64::MAX }>::deserialize(deserializer).map(|size| size.0)
}
