//! Encrypted files.

use heliograph_protocol::{
    media::{MediaId, MediaKind, PartPut, Sha256, SignedPart, SignedRequest, Upload},
    reply::{MediaCompleteOk, MediaDownloadOk, MediaUploadOk},
    request::{MediaComplete, MediaDelete, MediaDownload, MediaUpload},
};
use proptest::{
    collection::{btree_map, vec},
    prelude::*,
    sample::select,
};

use super::{request_id, text};

fn media_id() -> impl Strategy<Value = MediaId> {
    "[A-Za-z0-9_-]{1,64}".prop_map(|text| text.parse().unwrap())
}

fn sha256() -> impl Strategy<Value = Sha256> {
    any::<[u8; 32]>().prop_map(Sha256)
}

pub(crate) fn media_upload() -> impl Strategy<Value = MediaUpload> {
    let kind = select(&MediaKind::ALL[..]);
    let parts = (any::<bool>(), vec(sha256(), 0..=13));
    (request_id(), 1..=u64::MAX, sha256(), kind, parts).prop_map(
        |(id, size, sha256, kind, (multipart, parts_sha256))| MediaUpload {
            id,
            size,
            sha256,
            kind,
            multipart,
            parts_sha256,
        },
    )
}

fn signed_request() -> impl Strategy<Value = SignedRequest> {
    let headers = btree_map("[a-z0-9-]{1,20}", text(20), 0..5);
    (text(100), headers).prop_map(|(url, headers)| SignedRequest {
        method: "PUT".to_owned(),
        url,
        headers,
    })
}

fn upload() -> impl Strategy<Value = Upload> {
    let part = (1_u16..=13, signed_request());
    let part = part.prop_map(|(part_number, request)| SignedPart {
        part_number,
        request,
    });
    let parts = (any::<u64>(), vec(part, 0..=13));
    prop_oneof![
        signed_request().prop_map(Upload::Whole),
        parts.prop_map(|(part_size, parts)| Upload::Parts { part_size, parts }),
    ]
}

pub(crate) fn media_upload_ok() -> impl Strategy<Value = MediaUploadOk> {
    (media_id(), upload(), any::<u64>()).prop_map(|(media_id, upload, expires_at)| MediaUploadOk {
        media_id,
        upload,
        expires_at,
    })
}

pub(crate) fn media_complete() -> impl Strategy<Value = MediaComplete> {
    let part = (1_u16..=13, "[!-~]{1,128}");
    let part = part.prop_map(|(part_number, etag)| PartPut { part_number, etag });
    (request_id(), media_id(), vec(part, 0..=13)).prop_map(|(id, media_id, parts)| MediaComplete {
        id,
        media_id,
        parts,
    })
}

pub(crate) fn media_complete_ok() -> impl Strategy<Value = MediaCompleteOk> {
    (any::<u64>(), sha256(), any::<u64>()).prop_map(|(size, sha256, expires_at)| MediaCompleteOk {
        size,
        sha256,
        expires_at,
    })
}

pub(crate) fn media_download() -> impl Strategy<Value = MediaDownload> {
    (request_id(), media_id()).prop_map(|(id, media_id)| MediaDownload { id, media_id })
}

pub(crate) fn media_download_ok() -> impl Strategy<Value = MediaDownloadOk> {
    (text(100), any::<u64>(), sha256(), any::<u64>()).prop_map(|(url, size, sha256, expires_at)| {
        MediaDownloadOk {
            url,
            size,
            sha256,
            expires_at,
        }
    })
}

pub(crate) fn media_delete() -> impl Strategy<Value = MediaDelete> {
    (request_id(), media_id()).prop_map(|(id, media_id)| MediaDelete { id, media_id })
}
