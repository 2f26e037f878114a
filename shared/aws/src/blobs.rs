//! The Blobs port on S3.
//!
//! Addresses are signed here, without asking S3 ([`heliograph_presign`]); with a CDN in front, those of
//! downloads are its own.

use crate::cdn::Cdn;
use crate::failure::Failure;
use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, CompletedMultipartUpload, CompletedPart, MetadataDirective,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_types::SdkConfig;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use heliograph_domain::Context;
use heliograph_domain::ports::{
    Blob, BlobKey, Blobs, BlobsError, BlobsErrorKind, Body, Labels, Part,
};
use heliograph_presign::{CONTENT_TYPE, Presigner};
use heliograph_protocol::media::{MediaKind, SignedRequest};
use std::error::Error;
use std::sync::OnceLock;
use std::time::SystemTime;

const OWNER: &str = "owner";
const KIND: &str = "kind";

/// Where files are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The bucket's name.
    pub name: String,
    /// Where S3 is, if it is not AWS's: clients must reach it by this address, too.
    pub endpoint_url: Option<String>,
}

/// Keeps files in a bucket.
#[derive(Clone, Debug)]
pub struct S3Blobs {
    sdk: SdkConfig,
    bucket: Bucket,
    presigner: Presigner,
    cdn: Option<Cdn>,
    client: OnceLock<Client>,
}

impl S3Blobs {
    pub(crate) fn new(sdk: SdkConfig, bucket: Bucket, cdn: Option<Cdn>) -> Self {
        let region = sdk.region().map_or("", |region| region.as_ref()).to_owned();
        let url = match &bucket.endpoint_url {
            Some(endpoint) => format!("{endpoint}/{}", bucket.name),
            None => {
                let domain = if region.starts_with("cn-") {
                    "amazonaws.com.cn"
                } else {
                    "amazonaws.com"
                };
                format!("https://{}.s3.{region}.{domain}", bucket.name)
            }
        };
        Self {
            sdk,
            bucket,
            presigner: Presigner::new(url, region),
            cdn,
            client: OnceLock::new(),
        }
    }

    /// The client, made when it is first asked for: signing needs none.
    fn client(&self) -> &Client {
        self.client.get_or_init(|| {
            let mut config = Builder::from(&self.sdk);
            if let Some(url) = &self.bucket.endpoint_url {
                config = config.endpoint_url(url).force_path_style(true);
            }
            Client::from_conf(config.build())
        })
    }

    async fn credentials(&self) -> Result<Credentials, BlobsError> {
        let provider = self.sdk.credentials_provider();
        let provider = provider.ok_or_else(|| BlobsError::new(BlobsErrorKind::Unavailable))?;
        provider.provide_credentials().await.map_err(unavailable)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "S3 compares with its own clock, which no test turns"
    )]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

fn unavailable(error: impl Into<Box<dyn Error + Send + Sync>>) -> BlobsError {
    BlobsError::because(BlobsErrorKind::Unavailable, error)
}

/// What can be done about what S3 answers ([error responses]).
///
/// [error responses]: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
fn failed<E>(error: SdkError<E, HttpResponse>) -> BlobsError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let code = match &error {
        SdkError::ServiceError(error) => error.err().code(),
        _ => None,
    };
    let kind = match code {
        Some("NoSuchUpload") => BlobsErrorKind::Gone,
        Some("PreconditionFailed") => BlobsErrorKind::Exists,
        Some(
            "InvalidPart" | "InvalidPartOrder" | "EntityTooSmall" | "BadDigest" | "InvalidRequest",
        ) => BlobsErrorKind::Refused,
        _ => BlobsErrorKind::Unavailable,
    };
    BlobsError::because(kind, Failure::from(error))
}

/// The two codes of a file that is not there: the second when asked for its head, which has no body.
fn is_missing(error: &(impl ProvideErrorMetadata + ?Sized)) -> bool {
    matches!(error.code(), Some("NoSuchKey" | "NotFound"))
}

/// Reads what S3 says of a file.
fn blob(head: &HeadObjectOutput) -> Option<Blob> {
    let label = |name| head.metadata().and_then(|labels| labels.get(name));
    let kind = label(KIND)?;
    let kind = MediaKind::ALL
        .into_iter()
        .find(|known| known.as_str() == kind);
    // That of a file of parts is a hash of hashes, and says of how many.
    let sha256 = head.checksum_sha256().and_then(|hash| {
        let hash = BASE64_STANDARD.decode(hash).ok()?;
        hash.try_into().ok()
    });
    let created_at = head.last_modified()?.to_millis().ok()?;
    Some(Blob {
        bytes: u64::try_from(head.content_length()?).ok()?,
        sha256,
        labels: Labels {
            owner: label(OWNER)?.clone(),
            kind: kind?,
        },
        created_at: u64::try_from(created_at).ok()?,
    })
}

#[async_trait]
impl Blobs for S3Blobs {
    async fn sign_upload(
        &self,
        key: &BlobKey,
        body: &Body,
        labels: &Labels,
    ) -> Result<SignedRequest, BlobsError> {
        let with = self.credentials().await?;
        let signed = self.presigner.upload(&with, self.now(), key, body, labels);
        signed.map_err(unavailable)
    }

    async fn sign_part(
        &self,
        key: &BlobKey,
        upload_id: &str,
        number: u16,
        body: &Body,
    ) -> Result<SignedRequest, BlobsError> {
        let with = self.credentials().await?;
        let part = (upload_id, number);
        let signed = self.presigner.part(&with, self.now(), key, part, body);
        signed.map_err(unavailable)
    }

    async fn sign_download(&self, key: &BlobKey) -> Result<String, BlobsError> {
        if let Some(cdn) = &self.cdn {
            return cdn.sign(self.now(), key).map_err(unavailable);
        }
        let with = self.credentials().await?;
        let signed = self.presigner.download(&with, self.now(), key);
        signed.map_err(unavailable)
    }

    async fn begin_parts(
        &self,
        _cx: &Context,
        key: &BlobKey,
        labels: &Labels,
    ) -> Result<String, BlobsError> {
        let begun = self
            .client()
            .create_multipart_upload()
            .bucket(&self.bucket.name)
            .key(key.as_str())
            .content_type(CONTENT_TYPE)
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .metadata(OWNER, &labels.owner)
            .metadata(KIND, labels.kind.as_str())
            .send()
            .await
            .map_err(failed)?;
        let upload_id = begun.upload_id.filter(|id| !id.is_empty());
        upload_id.ok_or_else(|| BlobsError::new(BlobsErrorKind::Corrupt))
    }

    async fn join_parts(
        &self,
        _cx: &Context,
        key: &BlobKey,
        upload_id: &str,
        parts: &[Part],
    ) -> Result<(), BlobsError> {
        let parts = parts.iter().map(|part| {
            CompletedPart::builder()
                .part_number(i32::from(part.number))
                .e_tag(&part.etag)
                .checksum_sha256(BASE64_STANDARD.encode(part.sha256))
                .build()
        });
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts.collect()));
        let joined = self
            .client()
            .complete_multipart_upload()
            .bucket(&self.bucket.name)
            .key(key.as_str())
            .upload_id(upload_id)
            .if_none_match("*")
            .multipart_upload(parts.build())
            .send()
            .await;
        joined.map(drop).map_err(failed)
    }

    async fn find(&self, _cx: &Context, key: &BlobKey) -> Result<Option<Blob>, BlobsError> {
        let head = self
            .client()
            .head_object()
            .bucket(&self.bucket.name)
            .key(key.as_str())
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await;
        match head {
            Ok(head) => {
                let blob = blob(&head).ok_or_else(|| BlobsError::new(BlobsErrorKind::Corrupt))?;
                Ok(Some(blob))
            }
            Err(SdkError::ServiceError(error)) if is_missing(error.err()) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    async fn copy(&self, _cx: &Context, from: &BlobKey, to: &BlobKey) -> Result<bool, BlobsError> {
        let copied = self
            .client()
            .copy_object()
            .bucket(&self.bucket.name)
            .copy_source(format!("{}/{}", self.bucket.name, from.as_str()))
            .key(to.as_str())
            .metadata_directive(MetadataDirective::Copy)
            .send()
            .await;
        match copied {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(error)) if is_missing(error.err()) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    async fn delete(&self, _cx: &Context, key: &BlobKey) -> Result<(), BlobsError> {
        let deleted = self
            .client()
            .delete_object()
            .bucket(&self.bucket.name)
            .key(key.as_str())
            .send()
            .await;
        deleted.map(drop).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_credential_types::provider::SharedCredentialsProvider;
    use aws_types::region::Region;

    /// No address of S3 can be reached: whoever asks it fails.
    fn blobs(endpoint_url: Option<&str>, cdn: Option<Cdn>) -> S3Blobs {
        let with = Credentials::for_tests();
        let sdk = SdkConfig::builder()
            .region(Region::new("eu-north-1"))
            .credentials_provider(SharedCredentialsProvider::new(with))
            .build();
        let bucket = Bucket {
            name: "files".to_owned(),
            endpoint_url: endpoint_url.map(str::to_owned),
        };
        S3Blobs::new(sdk, bucket, cdn)
    }

    #[tokio::test]
    async fn downloads_come_from_the_bucket_or_from_the_cdn() {
        let key = BlobKey::media("m");
        let url = blobs(None, None).sign_download(&key).await.unwrap();
        let expected = "https://files.s3.eu-north-1.amazonaws.com/media/m?X-Amz-Algorithm=";
        assert!(url.starts_with(expected), "{url}");

        let private_key = include_str!("cdn/of-tests.pem");
        let cdn = Cdn::new("https://cdn.example", "K2JCJMDEHXQW5F", private_key);
        let blobs = blobs(Some("http://127.0.0.1:1"), Some(cdn));
        let url = blobs.sign_download(&key).await.unwrap();
        assert!(
            url.starts_with("https://cdn.example/media/m?Expires="),
            "{url}"
        );
        // What is put goes to the bucket all the same.
        let (body, labels) = (
            Body {
                bytes: 1,
                sha256: [0; 32],
            },
            Labels {
                owner: "o".to_owned(),
                kind: MediaKind::Image,
            },
        );
        let put = blobs.sign_upload(&key, &body, &labels).await.unwrap();
        assert!(put.url.starts_with("http://127.0.0.1:1/files/media/m?"));
    }
}
