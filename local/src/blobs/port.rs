//! The Blobs port on one machine.

use super::parts::JoinError;
use super::signer;
use super::store::{Added, BlobStore, PutError, off_the_runtime};
use async_trait::async_trait;
use aws_credential_types::Credentials;
use heliograph_domain::Context;
use heliograph_domain::ports::{
    Blob, BlobKey, Blobs, BlobsError, BlobsErrorKind, Body, Labels, Part,
};
use heliograph_domain::tokens::KeyRing;
use heliograph_presign::{PresignError, Presigner};
use heliograph_protocol::media::SignedRequest;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

/// Signs as for S3, and does in this process what S3 would be asked for.
pub struct LocalBlobs {
    store: Arc<BlobStore>,
    presigner: Presigner,
    credentials: Credentials,
}

impl LocalBlobs {
    /// Takes the store, the keys to sign with, and where clients reach this server.
    pub fn new(store: Arc<BlobStore>, keys: &KeyRing, public_url: &str) -> Self {
        let (presigner, credentials) = signer(keys, public_url);
        Self {
            store,
            presigner,
            credentials,
        }
    }

    /// Asks the store where it keeps nobody waiting.
    async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&BlobStore) -> Result<T, JoinError> + Send + 'static,
    ) -> Result<T, BlobsError> {
        let store = self.store.clone();
        off_the_runtime(move || ask(&store)).await.map_err(failed)
    }
}

/// The machine's time, which signatures are checked against; tests turn another clock.
#[expect(
    clippy::disallowed_methods,
    reason = "what checks a signature asks it, too"
)]
fn now() -> SystemTime {
    SystemTime::now()
}

fn not_signed(error: PresignError) -> BlobsError {
    BlobsError::because(BlobsErrorKind::Unavailable, error)
}

fn failed(error: JoinError) -> BlobsError {
    let kind = match &error {
        JoinError::Gone | JoinError::Put(PutError::Gone) => BlobsErrorKind::Gone,
        JoinError::Missing => BlobsErrorKind::Refused,
        JoinError::Put(PutError::Full) => BlobsErrorKind::Full,
        JoinError::Put(PutError::Disk(error)) if error.kind() == io::ErrorKind::StorageFull => {
            BlobsErrorKind::Full
        }
        JoinError::Put(PutError::Name | PutError::Length | PutError::Hash) => {
            BlobsErrorKind::Refused
        }
        JoinError::Put(PutError::Disk(_)) => BlobsErrorKind::Unavailable,
    };
    BlobsError::because(kind, error)
}

#[async_trait]
impl Blobs for LocalBlobs {
    async fn sign_upload(
        &self,
        key: &BlobKey,
        body: &Body,
        labels: &Labels,
    ) -> Result<SignedRequest, BlobsError> {
        let with = &self.credentials;
        let signed = self.presigner.upload(with, now(), key, body, labels);
        signed.map_err(not_signed)
    }

    async fn sign_part(
        &self,
        key: &BlobKey,
        upload_id: &str,
        number: u16,
        body: &Body,
    ) -> Result<SignedRequest, BlobsError> {
        let (with, part) = (&self.credentials, (upload_id, number));
        let signed = self.presigner.part(with, now(), key, part, body);
        signed.map_err(not_signed)
    }

    async fn sign_download(&self, key: &BlobKey) -> Result<String, BlobsError> {
        let signed = self.presigner.download(&self.credentials, now(), key);
        signed.map_err(not_signed)
    }

    async fn begin_parts(
        &self,
        _cx: &Context,
        key: &BlobKey,
        labels: &Labels,
    ) -> Result<String, BlobsError> {
        let (key, labels) = (key.clone(), labels.clone());
        self.ask(move |store| Ok(store.begin_parts(&key, &labels)?))
            .await
    }

    async fn join_parts(
        &self,
        _cx: &Context,
        key: &BlobKey,
        upload_id: &str,
        parts: &[Part],
    ) -> Result<(), BlobsError> {
        let (key, upload_id, parts) = (key.clone(), upload_id.to_owned(), parts.to_vec());
        let joined = self.ask(move |store| store.join_parts(&key, &upload_id, &parts));
        match joined.await? {
            Added::New => Ok(()),
            Added::Exists => Err(BlobsError::new(BlobsErrorKind::Exists)),
        }
    }

    async fn find(&self, _cx: &Context, key: &BlobKey) -> Result<Option<Blob>, BlobsError> {
        let key = key.clone();
        self.ask(move |store| Ok(store.find(&key)?.map(|found| found.header.blob())))
            .await
    }

    async fn copy(&self, _cx: &Context, from: &BlobKey, to: &BlobKey) -> Result<bool, BlobsError> {
        let (from, to) = (from.clone(), to.clone());
        self.ask(move |store| Ok(store.copy(&from, &to)?)).await
    }

    async fn delete(&self, _cx: &Context, key: &BlobKey) -> Result<(), BlobsError> {
        let key = key.clone();
        self.ask(move |store| Ok(store.delete(&key)?)).await
    }
}
