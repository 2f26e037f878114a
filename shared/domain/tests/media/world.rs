//! A stage with people on it, and what they do with files.

use heliograph_domain::store::{Item, Table};
use heliograph_domain::testing::stage::Stage;
use heliograph_domain::usecases::media::{self, MediaError};
use heliograph_domain::{Address, Usage};
use heliograph_protocol::limits::MEDIA_PART_BYTES;
use heliograph_protocol::media::{MediaId, MediaKind, PartPut, Sha256, SignedRequest, Upload};
use heliograph_protocol::reply::{MediaCompleteOk, MediaDownloadOk, MediaUploadOk};
use heliograph_protocol::request::{MediaComplete, MediaDelete, MediaDownload, MediaUpload};
use heliograph_protocol::{ErrorBody, RequestId};
use sha2::Digest;

/// In milliseconds.
pub(crate) const DAY: u64 = 86_400_000;

pub(crate) async fn people<const N: usize>() -> (Stage, [Address; N]) {
    let stage = Stage::new(1).unwrap();
    let mut people = Vec::new();
    for n in 0..N {
        let number = format!("+467{n:08}");
        people.push(stage.register(&number).await.unwrap().0);
    }
    (stage, people.try_into().unwrap())
}

pub(crate) fn hash(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}

pub(crate) fn whole(bytes: &[u8]) -> MediaUpload {
    MediaUpload {
        id: RequestId::from(1),
        size: bytes.len() as u64,
        sha256: hash(bytes),
        kind: MediaKind::Image,
        multipart: false,
        parts_sha256: Vec::new(),
    }
}

pub(crate) fn parts_of(bytes: &[u8]) -> Vec<&[u8]> {
    bytes
        .chunks(usize::try_from(MEDIA_PART_BYTES).unwrap())
        .collect()
}

pub(crate) fn in_parts(bytes: &[u8]) -> MediaUpload {
    MediaUpload {
        multipart: true,
        parts_sha256: parts_of(bytes).into_iter().map(hash).collect(),
        ..whole(bytes)
    }
}

pub(crate) async fn upload(
    stage: &Stage,
    by: &Address,
    request: MediaUpload,
) -> (Result<MediaUploadOk, MediaError>, Usage) {
    let cx = stage.app.context();
    let answer = media::upload(&stage.app, &cx, by, request).await;
    (answer, cx.meter.read())
}

pub(crate) fn request(upload: Upload) -> SignedRequest {
    match upload {
        Upload::Whole(request) => request,
        Upload::Parts { .. } => panic!("in parts"),
    }
}

/// Uploads a file as a client does that never says that it is there.
pub(crate) async fn file(stage: &Stage, by: &Address, bytes: &[u8]) -> MediaId {
    let signed = upload(stage, by, whole(bytes)).await.0.unwrap();
    stage.files.put(&request(signed.upload), bytes).unwrap();
    signed.media_id
}

/// Puts every part where an upload says.
pub(crate) fn put_parts(stage: &Stage, upload: Upload, bytes: &[u8]) -> Vec<PartPut> {
    let Upload::Parts { part_size, parts } = upload else {
        panic!("whole");
    };
    assert_eq!(part_size, MEDIA_PART_BYTES);
    let bodies = parts_of(bytes);
    assert_eq!(parts.len(), bodies.len());
    std::iter::zip(parts, bodies)
        .map(|(part, body)| PartPut {
            part_number: part.part_number,
            etag: stage.files.put(&part.request, body).unwrap(),
        })
        .collect()
}

pub(crate) async fn complete(
    stage: &Stage,
    by: &Address,
    media_id: &MediaId,
    parts: Vec<PartPut>,
) -> Result<MediaCompleteOk, MediaError> {
    let request = MediaComplete {
        id: RequestId::from(1),
        media_id: media_id.clone(),
        parts,
    };
    media::complete(&stage.app, &stage.app.context(), by, request).await
}

pub(crate) async fn download(
    stage: &Stage,
    by: &Address,
    media_id: &MediaId,
) -> (Result<MediaDownloadOk, MediaError>, Usage) {
    let cx = stage.app.context();
    let request = MediaDownload {
        id: RequestId::from(1),
        media_id: media_id.clone(),
    };
    let answer = media::download(&stage.app, &cx, by, request).await;
    (answer, cx.meter.read())
}

/// The length of what somebody gets, or the code of why they get nothing.
pub(crate) async fn got(stage: &Stage, by: &Address, media_id: &MediaId) -> Result<u64, String> {
    let ok = download(stage, by, media_id)
        .await
        .0
        .map_err(|error| code(&error))?;
    stage
        .files
        .get(&ok.url)
        .map_err(|status| status.to_string())
}

pub(crate) async fn delete(
    stage: &Stage,
    by: &Address,
    media_id: &MediaId,
) -> Result<(), MediaError> {
    let request = MediaDelete {
        id: RequestId::from(1),
        media_id: media_id.clone(),
    };
    let deleted = media::delete(&stage.app, &stage.app.context(), by, request).await;
    deleted.map(drop)
}

pub(crate) fn code(error: &MediaError) -> String {
    format!("{:?}", ErrorBody::from(error).code)
}

/// The rows of a table.
pub(crate) fn rows(stage: &Stage, table: Table) -> Vec<Item> {
    let mut items = stage.store.inner.all();
    items.retain(|item| item.key.table == table);
    items
}
