//! Putting a file: what comes next, and what each answer means for it. No I/O is done here.

#[cfg(test)]
mod tests;

use super::address::{count_anew, good_until, is_good};
use super::attachment::{About, Attachment};
use super::setback::{Setback, TransferError};
use crate::media::seal::Sealed;
use heliograph_protocol::limits::MEDIA_PART_BYTES;
use heliograph_protocol::media::{self, MediaId, MediaKind, PartPut, SignedRequest};
use heliograph_protocol::reply::MediaUploadOk;
use heliograph_protocol::request::{MediaComplete, MediaUpload};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// Is a file on its way into the store, as it is kept until it is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Upload {
    sealed: Sealed,
    kind: MediaKind,
    about: About,
    place: Option<Place>,
    anew: u32,
}

/// Is where a file goes, and which parts are there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Place {
    media_id: MediaId,
    good_until: u64,
    /// One for each part; one for a file that is put whole.
    requests: Vec<SignedRequest>,
    /// The `ETag` of each part that is there, by its index.
    put: BTreeMap<usize, String>,
    is_complete: bool,
}

/// Is what comes next.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum UploadStep {
    /// Ask where to put it.
    Ask(MediaUpload),
    /// Put these parts, in any order and some at a time.
    Put(Vec<Put>),
    /// Make a file of the parts.
    Complete(MediaComplete),
    /// It is there.
    Done(Attachment),
}

/// Is a part to be put, or the whole.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Put {
    /// Which, from 0.
    pub(super) index: usize,
    /// Where it goes.
    pub(super) request: SignedRequest,
    /// Which of the sealed bytes.
    pub(super) bytes: Range<u64>,
}

impl Upload {
    pub(super) fn new(sealed: Sealed, kind: MediaKind, about: About) -> Self {
        Self {
            sealed,
            kind,
            about,
            place: None,
            anew: 0,
        }
    }

    pub(super) fn step(&self, now_ms: u64) -> UploadStep {
        let Some(place) = &self.place else {
            return UploadStep::Ask(self.request());
        };
        if place.is_complete {
            return UploadStep::Done(self.attachment(place));
        }
        let missing: Vec<Put> = self.missing(place).collect();
        if missing.is_empty() {
            return UploadStep::Complete(MediaComplete {
                id: 0.into(),
                media_id: place.media_id.clone(),
                parts: place.parts(),
            });
        }
        match is_good(place.good_until, now_ms) {
            true => UploadStep::Put(missing),
            false => UploadStep::Ask(self.request()),
        }
    }

    /// Takes the answer about where to put it: all begins anew, with the same bytes.
    pub(super) fn place(&mut self, answer: MediaUploadOk, now_ms: u64) -> Result<(), Setback> {
        if self.place.is_some() {
            self.begin_anew()?;
        }
        let nonsense = Setback::Final(TransferError::Answer);
        let in_parts = self.is_in_parts();
        let requests = match answer.upload {
            media::Upload::Whole(request) if !in_parts => vec![request],
            media::Upload::Parts { part_size, parts } if in_parts => {
                let numbers = parts.iter().map(|part| usize::from(part.part_number));
                let is_each_there = numbers.eq(1..=self.sealed.parts_sha256.len());
                if part_size != MEDIA_PART_BYTES || !is_each_there {
                    return Err(nonsense);
                }
                parts.into_iter().map(|part| part.request).collect()
            }
            _ => return Err(nonsense),
        };
        if requests.iter().any(|request| request.method != "PUT") {
            return Err(nonsense);
        }
        self.place = Some(Place {
            media_id: answer.media_id,
            good_until: good_until(now_ms),
            requests,
            put: BTreeMap::new(),
            is_complete: false,
        });
        Ok(())
    }

    /// Takes the store's answer to a part, or to the whole.
    ///
    /// # Errors
    /// What keeps it from going on; nothing has changed then.
    pub(super) fn put(
        &mut self,
        index: usize,
        status: u16,
        etag: Option<String>,
        retry_after_ms: Option<u64>,
    ) -> Result<(), Setback> {
        let in_parts = self.is_in_parts();
        let Some(place) = &mut self.place else {
            return Err(Setback::Stale);
        };
        match (status, in_parts, etag) {
            (200..=299, true, Some(etag)) => place.put.insert(index, etag),
            // A part cannot be named without.
            (200..=299, true, None) => return Err(Setback::Final(TransferError::Answer)),
            // The address takes these bytes only: where a file is, it is this one, and the answer to the
            // first time was lost.
            (200..=299 | 412, false, etag) => place.put.insert(index, etag.unwrap_or_default()),
            _ => return Err(Setback::of_status(status, retry_after_ms)),
        };
        // Nothing is to be made of a file that is put whole.
        place.is_complete = !in_parts;
        Ok(())
    }

    /// Notes that the file is made of its parts.
    pub(super) fn complete(&mut self) {
        if let Some(place) = &mut self.place {
            place.is_complete = true;
        }
    }

    /// Forgets where it goes: the addresses are no good.
    pub(super) fn begin_anew(&mut self) -> Result<(), Setback> {
        self.place = None;
        count_anew(&mut self.anew)
    }

    /// Tells how many of the sealed bytes are there.
    pub(super) fn put_bytes(&self) -> u64 {
        let Some(place) = &self.place else { return 0 };
        let put = place.put.keys().map(|index| self.bytes_of(*index));
        put.map(|bytes| bytes.end - bytes.start).sum()
    }

    pub(super) fn sealed_bytes(&self) -> u64 {
        self.sealed.sealed_bytes
    }

    fn is_in_parts(&self) -> bool {
        self.sealed.sealed_bytes > MEDIA_PART_BYTES
    }

    fn request(&self) -> MediaUpload {
        let parts_sha256 = match self.is_in_parts() {
            true => self.sealed.parts_sha256.clone(),
            false => Vec::new(),
        };
        MediaUpload {
            id: 0.into(),
            size: self.sealed.sealed_bytes,
            sha256: self.sealed.sha256,
            kind: self.kind,
            multipart: self.is_in_parts(),
            parts_sha256,
        }
    }

    fn missing<'a>(&'a self, place: &'a Place) -> impl Iterator<Item = Put> + 'a {
        let parts = place.requests.iter().enumerate();
        let missing = parts.filter(|(index, _)| !place.put.contains_key(index));
        missing.map(|(index, request)| Put {
            index,
            request: request.clone(),
            bytes: self.bytes_of(index),
        })
    }

    fn bytes_of(&self, index: usize) -> Range<u64> {
        let at = |index: usize| {
            let bytes = (index as u64).saturating_mul(MEDIA_PART_BYTES);
            bytes.min(self.sealed.sealed_bytes)
        };
        at(index)..at(index + 1)
    }

    fn attachment(&self, place: &Place) -> Attachment {
        Attachment {
            media_id: place.media_id.clone(),
            key: self.sealed.key.clone(),
            sealed_bytes: self.sealed.sealed_bytes,
            sha256: self.sealed.sha256,
            kind: self.kind,
            about: self.about.clone(),
        }
    }
}

impl Place {
    fn parts(&self) -> Vec<PartPut> {
        let put = (1..).zip(self.put.values());
        put.map(|(part_number, etag)| PartPut {
            part_number,
            etag: etag.clone(),
        })
        .collect()
    }
}
