//! The service.

use super::world::{Place, State, World};
use async_trait::async_trait;
use heliograph_client::media::transfer::{MediaService, ServiceError};
use heliograph_protocol::error::ErrorCode;
use heliograph_protocol::limits::MEDIA_PART_BYTES;
use heliograph_protocol::media::{MediaId, SignedPart, SignedRequest, Upload};
use heliograph_protocol::reply::{MediaCompleteOk, MediaDownloadOk, MediaUploadOk};
use heliograph_protocol::request::{MediaComplete, MediaDownload, MediaUpload};
use std::sync::{Arc, MutexGuard};

const LIFE_MS: u64 = 15 * 60 * 1_000;
const NOT_FOUND: ServiceError = ServiceError::Refused {
    code: ErrorCode::NotFound,
    retry_after_ms: None,
};

pub(crate) struct Service(pub(crate) Arc<World>);

impl Service {
    fn state(&self) -> Result<MutexGuard<'_, State>, ServiceError> {
        let mut state = self.0.state();
        match state.refusals.pop_front() {
            Some(refusal) => Err(refusal),
            None => Ok(state),
        }
    }

    fn url(&self, place: usize, rest: &str) -> String {
        format!("http://{}/{place}/{rest}", self.0.address)
    }
}

fn media_id(place: usize) -> MediaId {
    format!("media-{place}").parse().unwrap()
}

fn place_of(media_id: &MediaId) -> Result<usize, ServiceError> {
    let place = media_id.as_str().strip_prefix("media-");
    let place = place.and_then(|place| place.parse().ok());
    place.ok_or(NOT_FOUND)
}

#[async_trait]
impl MediaService for Service {
    async fn upload(&self, request: MediaUpload) -> Result<MediaUploadOk, ServiceError> {
        let mut state = self.state()?;
        let place = state.places.len();
        let hashes = match request.multipart {
            true => request.parts_sha256,
            false => vec![request.sha256],
        };
        assert_eq!(request.multipart, request.size > MEDIA_PART_BYTES);
        let length = |part: usize| {
            let from = part as u64 * MEDIA_PART_BYTES;
            (request.size - from).min(MEDIA_PART_BYTES)
        };
        let parts: Vec<_> = hashes.into_iter().enumerate().collect();
        let signed = |part: usize| SignedRequest {
            method: "PUT".to_owned(),
            url: self.url(place, &part.to_string()),
            headers: [("x-signed".to_owned(), "yes".to_owned())].into(),
        };
        let upload = match request.multipart {
            false => Upload::Whole(signed(0)),
            true => Upload::Parts {
                part_size: MEDIA_PART_BYTES,
                parts: (1..)
                    .zip(&parts)
                    .map(|(part_number, (part, _))| SignedPart {
                        part_number,
                        request: signed(*part),
                    })
                    .collect(),
            },
        };
        let expires_at = state.now_ms + LIFE_MS;
        let lengths = parts.into_iter().map(|(part, hash)| (length(part), hash));
        state.places.push(Place {
            parts: lengths.collect(),
            size: request.size,
            sha256: request.sha256,
            is_multipart: request.multipart,
            is_complete: false,
            expires_at,
        });
        Ok(MediaUploadOk {
            media_id: media_id(place),
            upload,
            expires_at,
        })
    }

    async fn complete(&self, request: MediaComplete) -> Result<MediaCompleteOk, ServiceError> {
        let mut state = self.state()?;
        if let Some(refusal) = state.refusals_to_complete.pop_front() {
            return Err(refusal);
        }
        let place = place_of(&request.media_id)?;
        for (part, put) in request.parts.iter().enumerate() {
            assert_eq!(put.etag, format!("etag-{part}"));
            assert!(state.stored.contains_key(&(place, part)));
        }
        let file = state.places.get_mut(place).ok_or(NOT_FOUND)?;
        assert_eq!(request.parts.len(), file.parts.len());
        file.is_complete = true;
        Ok(MediaCompleteOk {
            size: file.size,
            sha256: file.sha256,
            expires_at: 0,
        })
    }

    async fn download(&self, request: MediaDownload) -> Result<MediaDownloadOk, ServiceError> {
        let mut state = self.state()?;
        let place = place_of(&request.media_id)?;
        let expires_at = state.now_ms + LIFE_MS;
        let file = state.places.get_mut(place).ok_or(NOT_FOUND)?;
        if !file.is_complete {
            return Err(NOT_FOUND);
        }
        file.expires_at = expires_at;
        Ok(MediaDownloadOk {
            url: self.url(place, "file"),
            size: file.size,
            sha256: file.sha256,
            expires_at,
        })
    }
}
