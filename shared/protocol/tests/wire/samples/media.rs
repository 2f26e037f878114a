//! Encrypted files.

use std::collections::BTreeMap;

use heliograph_protocol::{
    media::{MediaId, MediaKind, PartPut, Sha256, SignedPart, SignedRequest, Upload},
    reply::{MediaCompleteOk, MediaDownloadOk, MediaUploadOk},
    request::{MediaComplete, MediaDelete, MediaDownload, MediaUpload, Request},
};

use super::{NOW, request_id};

fn media_id() -> MediaId {
    "m-photo".parse().unwrap()
}

fn signed(part: &str) -> SignedRequest {
    SignedRequest {
        method: "PUT".to_owned(),
        url: format!("https://files.example/media/m-photo?{part}X-Amz-Signature=0"),
        headers: BTreeMap::from([("x-amz-checksum-sha256".to_owned(), "BwcH=".to_owned())]),
    }
}

pub(crate) fn media_upload() -> MediaUpload {
    MediaUpload {
        id: request_id(),
        size: 5,
        sha256: Sha256([7; 32]),
        kind: MediaKind::Image,
        multipart: false,
        parts_sha256: Vec::new(),
    }
}

pub(crate) fn media_upload_in_parts() -> MediaUpload {
    MediaUpload {
        size: 8_388_609,
        kind: MediaKind::Document,
        multipart: true,
        parts_sha256: vec![Sha256([1; 32]), Sha256([2; 32])],
        ..media_upload()
    }
}

pub(crate) fn media_upload_ok() -> MediaUploadOk {
    MediaUploadOk {
        media_id: media_id(),
        upload: Upload::Whole(signed("")),
        expires_at: NOW + 900_000,
    }
}

pub(crate) fn media_upload_in_parts_ok() -> MediaUploadOk {
    let part = |part_number: u16| SignedPart {
        part_number,
        request: signed(&format!("partNumber={part_number}&")),
    };
    let upload = Upload::Parts {
        part_size: 8_388_608,
        parts: vec![part(1), part(2)],
    };
    MediaUploadOk {
        upload,
        ..media_upload_ok()
    }
}

pub(crate) fn media_complete() -> MediaComplete {
    let part = |part_number: u16| PartPut {
        part_number,
        etag: format!("\"{part_number}\""),
    };
    MediaComplete {
        id: request_id(),
        media_id: media_id(),
        parts: vec![part(1), part(2)],
    }
}

pub(crate) fn media_complete_ok() -> MediaCompleteOk {
    MediaCompleteOk {
        size: 8_388_609,
        sha256: Sha256([7; 32]),
        expires_at: NOW + 2_592_000_000,
    }
}

pub(crate) fn media_download() -> MediaDownload {
    MediaDownload {
        id: request_id(),
        media_id: media_id(),
    }
}

pub(crate) fn media_download_ok() -> MediaDownloadOk {
    MediaDownloadOk {
        url: signed("").url,
        size: 5,
        sha256: Sha256([7; 32]),
        expires_at: NOW + 900_000,
    }
}

pub(crate) fn media_delete() -> MediaDelete {
    MediaDelete {
        id: request_id(),
        media_id: media_id(),
    }
}

/// Every request about files as a client sends it.
pub(crate) fn media_requests() -> Vec<String> {
    vec![
        media_upload().to_json(),
        media_upload_in_parts().to_json(),
        media_complete().to_json(),
        media_download().to_json(),
        media_delete().to_json(),
    ]
}
