//! A store of files in memory, and what a client does with its addresses.

use super::VirtualClock;
use crate::Context;
use crate::ports::{Blob, BlobKey, Blobs, BlobsError, BlobsErrorKind, Body, Clock, Labels, Part};
use async_trait::async_trait;
use heliograph_protocol::media::SignedRequest;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Files in memory. Every address is good until the end of the test.
pub struct Files {
    clock: Arc<VirtualClock>,
    state: Mutex<State>,
    calls: AtomicU64,
}

#[derive(Default)]
struct State {
    signed: HashMap<String, Signed>,
    files: BTreeMap<BlobKey, Blob>,
    incoming: HashMap<String, Incoming>,
    next: u64,
}

#[derive(Clone)]
enum Signed {
    Whole(BlobKey, Body, Labels),
    Part(String, u16, Body),
    Download(BlobKey),
}

struct Incoming {
    key: BlobKey,
    labels: Labels,
    parts: BTreeMap<u16, Body>,
}

impl Files {
    pub(super) fn new(clock: Arc<VirtualClock>) -> Self {
        Self {
            clock,
            state: Mutex::default(),
            calls: AtomicU64::new(0),
        }
    }

    /// Puts a body where an address says, as a client does; gives the entity tag, or the status of the
    /// refusal.
    ///
    /// # Errors
    /// 400 for another body, 403 for no address of ours, 404 for parts of nothing, 412 for a file that
    /// is there.
    pub fn put(&self, request: &SignedRequest, bytes: &[u8]) -> Result<String, u16> {
        let mut state = self.state();
        let signed = state.signed.get(&request.url).cloned().ok_or(403_u16)?;
        let sha256: [u8; 32] = Sha256::digest(bytes).into();
        let is_body = |body: &Body| body.bytes == bytes.len() as u64 && body.sha256 == sha256;
        match signed {
            Signed::Whole(_, body, _) | Signed::Part(_, _, body) if !is_body(&body) => Err(400),
            Signed::Whole(key, _, _) if state.files.contains_key(&key) => Err(412),
            Signed::Whole(key, body, labels) => {
                let blob = self.blob(body.bytes, Some(body.sha256), labels);
                state.files.insert(key, blob);
                Ok(String::new())
            }
            Signed::Part(upload_id, number, body) => {
                let incoming = state.incoming.get_mut(&upload_id).ok_or(404_u16)?;
                incoming.parts.insert(number, body);
                Ok(format!("\"{number}\""))
            }
            Signed::Download(_) => Err(403),
        }
    }

    /// Gets what is behind an address, as a client does; its length, or the status of the refusal.
    ///
    /// # Errors
    /// 403 for no address of ours, 404 for nothing.
    pub fn get(&self, url: &str) -> Result<u64, u16> {
        let state = self.state();
        let Some(Signed::Download(key)) = state.signed.get(url) else {
            return Err(403);
        };
        state.files.get(key).map(|blob| blob.bytes).ok_or(404)
    }

    /// The names of all files.
    pub fn names(&self) -> Vec<String> {
        let state = self.state();
        state
            .files
            .keys()
            .map(|key| key.as_str().to_owned())
            .collect()
    }

    /// How often the store of files was asked; signing asks nobody.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    fn blob(&self, bytes: u64, sha256: Option<[u8; 32]>, labels: Labels) -> Blob {
        Blob {
            bytes,
            sha256,
            labels,
            created_at: self.clock.now_ms(),
        }
    }

    fn called(&self) -> MutexGuard<'_, State> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.state()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sign(&self, what: Signed) -> String {
        let mut state = self.state();
        state.next += 1;
        let url = format!("memory:{}", state.next);
        state.signed.insert(url.clone(), what);
        url
    }

    fn sign_put(&self, what: Signed) -> SignedRequest {
        SignedRequest {
            method: "PUT".to_owned(),
            url: self.sign(what),
            headers: BTreeMap::new(),
        }
    }
}

#[async_trait]
impl Blobs for Files {
    async fn sign_upload(
        &self,
        key: &BlobKey,
        body: &Body,
        labels: &Labels,
    ) -> Result<SignedRequest, BlobsError> {
        Ok(self.sign_put(Signed::Whole(key.clone(), *body, labels.clone())))
    }

    async fn sign_part(
        &self,
        _key: &BlobKey,
        upload_id: &str,
        number: u16,
        body: &Body,
    ) -> Result<SignedRequest, BlobsError> {
        Ok(self.sign_put(Signed::Part(upload_id.to_owned(), number, *body)))
    }

    async fn sign_download(&self, key: &BlobKey) -> Result<String, BlobsError> {
        Ok(self.sign(Signed::Download(key.clone())))
    }

    async fn begin_parts(
        &self,
        _cx: &Context,
        key: &BlobKey,
        labels: &Labels,
    ) -> Result<String, BlobsError> {
        let mut state = self.called();
        state.next += 1;
        let upload_id = format!("upload-{}", state.next);
        let incoming = Incoming {
            key: key.clone(),
            labels: labels.clone(),
            parts: BTreeMap::new(),
        };
        state.incoming.insert(upload_id.clone(), incoming);
        Ok(upload_id)
    }

    async fn join_parts(
        &self,
        _cx: &Context,
        key: &BlobKey,
        upload_id: &str,
        parts: &[Part],
    ) -> Result<(), BlobsError> {
        let mut state = self.called();
        let incoming = state.incoming.get(upload_id);
        let incoming = incoming.filter(|incoming| incoming.key == *key);
        let incoming = incoming.ok_or_else(|| BlobsError::new(BlobsErrorKind::Gone))?;
        let has = |part: &Part| {
            let put = incoming.parts.get(&part.number);
            put.is_some_and(|put| put.sha256 == part.sha256)
                && part.etag == format!("\"{}\"", part.number)
        };
        if parts.is_empty() || !parts.iter().all(has) {
            return Err(BlobsError::new(BlobsErrorKind::Refused));
        }
        if state.files.contains_key(key) {
            return Err(BlobsError::new(BlobsErrorKind::Exists));
        }
        let bytes = incoming.parts.values().map(|body| body.bytes).sum();
        // As S3, which knows the hashes of the parts only.
        let blob = self.blob(bytes, None, incoming.labels.clone());
        state.files.insert(key.clone(), blob);
        state.incoming.remove(upload_id);
        Ok(())
    }

    async fn find(&self, _cx: &Context, key: &BlobKey) -> Result<Option<Blob>, BlobsError> {
        Ok(self.called().files.get(key).cloned())
    }

    async fn copy(&self, _cx: &Context, from: &BlobKey, to: &BlobKey) -> Result<bool, BlobsError> {
        let mut state = self.called();
        let Some(mut blob) = state.files.get(from).cloned() else {
            return Ok(false);
        };
        blob.created_at = self.clock.now_ms();
        state.files.insert(to.clone(), blob);
        Ok(true)
    }

    async fn delete(&self, _cx: &Context, key: &BlobKey) -> Result<(), BlobsError> {
        self.called().files.remove(key);
        Ok(())
    }
}
