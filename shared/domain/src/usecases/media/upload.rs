//! Signing where a file goes.

use super::{MediaError, owner};
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::ports::{BlobKey, Body, Labels, SIGNED_MS};
use crate::tables::limits::{self, Amount, Spent};
use crate::tables::media::{self, Incoming};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use heliograph_protocol::limits::{MEDIA_BYTES_MAX, MEDIA_PART_BYTES};
use heliograph_protocol::media::{MediaId, SignedPart, Upload};
use heliograph_protocol::reply::MediaUploadOk;
use heliograph_protocol::request::MediaUpload;

/// The window of the limits, in milliseconds: a day.
const WINDOW_MS: u64 = 24 * 60 * 60 * 1000;

/// Signs where a file goes; one that is put whole costs one write unit and no call to the store of
/// files.
///
/// # Errors
/// [`MediaError`]; nothing is counted then, unless the store fails once more.
pub async fn upload(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: MediaUpload,
) -> Result<MediaUploadOk, MediaError> {
    check(&request)?;
    let spent = spend(app, cx, caller, request.size).await?;
    let signed = sign(app, cx, caller, &request).await;
    if signed.is_err()
        && let Some(spent) = spent
        && let Err(error) = spent.give_back(&*app.store, cx).await
    {
        tracing::warn!(
            error = crate::chain(&error),
            "upload that failed is counted"
        );
    }
    signed
}

fn check(request: &MediaUpload) -> Result<(), MediaError> {
    if request.size > MEDIA_BYTES_MAX {
        return Err(MediaError::TooLarge);
    }
    if !request.multipart && request.size > MEDIA_PART_BYTES {
        return Err(MediaError::NotWhole);
    }
    let parts = request.size.div_ceil(MEDIA_PART_BYTES);
    let parts = usize::try_from(parts).map_err(|_| MediaError::TooLarge)?;
    match (request.multipart, request.parts_sha256.len()) {
        (false, 0) => Ok(()),
        (false, _) => Err(MediaError::Hashes(0)),
        (true, hashes) if hashes == parts => Ok(()),
        (true, _) => Err(MediaError::Hashes(parts)),
    }
}

async fn spend(
    app: &App,
    cx: &Context,
    caller: &Address,
    size: u64,
) -> Result<Option<Spent>, MediaError> {
    let (files, bytes) = (app.limits.uploads_per_day, app.limits.upload_bytes_per_day);
    if files.is_none() && bytes.is_none() {
        return Ok(None);
    }
    let amounts = [
        Amount {
            name: "files",
            by: 1,
            max: files.map(u64::from),
        },
        Amount {
            name: "bytes",
            by: size,
            max: bytes,
        },
    ];
    let subject = app.keys.blind(&[caller.user_id.as_str()]);
    let counted = ("uploads", subject.as_str());
    let spent = limits::spend(&*app.store, cx, counted, &amounts, WINDOW_MS).await?;
    spent.map(Some).map_err(MediaError::RateLimited)
}

async fn sign(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: &MediaUpload,
) -> Result<MediaUploadOk, MediaError> {
    let media_id = new_id(app)?;
    let labels = Labels {
        owner: owner(app, &media_id, &caller.user_id),
        kind: request.kind,
    };
    let key = BlobKey::media(media_id.as_str());
    let upload = if request.multipart {
        sign_parts(app, cx, (&media_id, &key), labels, request).await?
    } else {
        let body = Body {
            bytes: request.size,
            sha256: request.sha256.0,
        };
        Upload::Whole(app.blobs.sign_upload(&key, &body, &labels).await?)
    };
    Ok(MediaUploadOk {
        media_id,
        upload,
        expires_at: cx.now_ms() + SIGNED_MS,
    })
}

/// Begins a file of parts: the store names it, that is noted for who makes it whole, and each part is
/// signed with its hash.
async fn sign_parts(
    app: &App,
    cx: &Context,
    (media_id, key): (&MediaId, &BlobKey),
    labels: Labels,
    request: &MediaUpload,
) -> Result<Upload, MediaError> {
    let upload_id = app.blobs.begin_parts(cx, key, &labels).await?;
    let incoming = Incoming {
        owner: labels.owner,
        kind: labels.kind,
        size: request.size,
        sha256: request.sha256.0,
        upload_id,
        parts: request
            .parts_sha256
            .iter()
            .map(|hash| hash.0.into())
            .collect(),
    };
    let noted = media::put_incoming(media_id, &incoming, cx.now_s())?;
    app.store.write(cx, noted).await?;
    let mut parts = Vec::new();
    let mut left = request.size;
    for (part_number, sha256) in (1..).zip(&request.parts_sha256) {
        let body = Body {
            bytes: left.min(MEDIA_PART_BYTES),
            sha256: sha256.0,
        };
        left -= body.bytes;
        let signed = app
            .blobs
            .sign_part(key, &incoming.upload_id, part_number, &body);
        parts.push(SignedPart {
            part_number,
            request: signed.await?,
        });
    }
    Ok(Upload::Parts {
        part_size: MEDIA_PART_BYTES,
        parts,
    })
}

/// Draws a name of 128 random bits: to know it is to have it.
fn new_id(app: &App) -> Result<MediaId, MediaError> {
    let mut bytes = [0; 16];
    app.ids.fill(&mut bytes);
    BASE64
        .encode(bytes)
        .parse()
        .map_err(|_| MediaError::NotFound)
}
