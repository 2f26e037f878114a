//! Encrypted files.

use std::collections::BTreeMap;

use anyhow::Result;
use heliograph_protocol::{
    media::{MediaId, MediaKind, Sha256, SignedRequest, Upload},
    reply::{MediaCompleteOk, MediaDownloadOk, MediaUploadOk},
    request::{MediaComplete, MediaDelete, MediaDownload, MediaUpload},
};

use super::{NOW, request_id};

const URL: &str =
    "https://files.example/media/q5ZkQ0cH3rVbuT8mPq2LxW?X-Amz-Expires=900&X-Amz-Signature=0123";

fn media_id() -> Result<MediaId> {
    Ok("q5ZkQ0cH3rVbuT8mPq2LxW".parse()?)
}

pub(crate) fn media_upload() -> MediaUpload {
    MediaUpload {
        id: request_id(),
        size: 183_220,
        sha256: Sha256([0x5a; 32]),
        kind: MediaKind::Image,
        multipart: false,
        parts_sha256: Vec::new(),
    }
}

pub(crate) fn media_upload_ok() -> Result<MediaUploadOk> {
    let headers = [
        ("content-type", "application/octet-stream"),
        ("if-none-match", "*"),
        (
            "x-amz-checksum-sha256",
            "WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo=",
        ),
        ("x-amz-meta-kind", "image"),
        ("x-amz-meta-owner", "0cH3rVbuT8mPq2LxWq5ZkQ"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(MediaUploadOk {
        media_id: media_id()?,
        upload: Upload::Whole(SignedRequest {
            method: "PUT".to_owned(),
            url: URL.to_owned(),
            headers: BTreeMap::from(headers),
        }),
        expires_at: NOW + 900_000,
    })
}

pub(crate) fn media_complete() -> Result<MediaComplete> {
    Ok(MediaComplete {
        id: request_id(),
        media_id: media_id()?,
        parts: Vec::new(),
    })
}

pub(crate) fn media_complete_ok() -> MediaCompleteOk {
    MediaCompleteOk {
        size: 183_220,
        sha256: Sha256([0x5a; 32]),
        expires_at: NOW + 2_592_000_000,
    }
}

pub(crate) fn media_download() -> Result<MediaDownload> {
    Ok(MediaDownload {
        id: request_id(),
        media_id: media_id()?,
    })
}

pub(crate) fn media_download_ok() -> MediaDownloadOk {
    MediaDownloadOk {
        url: URL.to_owned(),
        size: 183_220,
        sha256: Sha256([0x5a; 32]),
        expires_at: NOW + 900_000,
    }
}

pub(crate) fn media_delete() -> Result<MediaDelete> {
    Ok(MediaDelete {
        id: request_id(),
        media_id: media_id()?,
    })
}
