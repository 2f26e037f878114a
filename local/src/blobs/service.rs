//! The store of files over HTTP, for whoever has an address that was signed.

use super::BUCKET;
use super::access::SignedOnly;
use super::found::Piece;
use super::header::Header;
use super::lent::Rest;
use super::store::{Added, BlobStore, PutError, hex, off_the_runtime};
use crate::cors::Cors;
use crate::http::{Answer, body_of, plain};
use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, stream};
use heliograph_domain::ports::{BlobKey, Body, Labels};
use heliograph_domain::tokens::KeyRing;
use heliograph_presign::CONTENT_TYPE;
use heliograph_protocol::media::{MediaKind, Sha256};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Request, StatusCode};
use s3s::auth::SimpleAuth;
use s3s::dto::{
    ETag, GetObjectInput, GetObjectOutput, Metadata, PutObjectInput, PutObjectOutput,
    StreamingBlob, UploadPartInput, UploadPartOutput,
};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};
use std::io;
use std::sync::Arc;

const OWNER: &str = "owner";
const KIND: &str = "kind";

/// As by the CORS rule of the bucket on AWS.
const CORS: Cors = Cors {
    methods: "GET, PUT",
    headers: "content-type, if-none-match, range, x-amz-checksum-sha256, x-amz-meta-kind, x-amz-meta-owner",
    exposed: Some("ETag, Content-Range, Accept-Ranges"),
    max_age_s: "3600",
};

/// Answers requests under `/blobs/`.
pub struct BlobService(S3Service);

impl BlobService {
    /// Serves a store to addresses that were signed with these keys.
    pub fn new(store: Arc<BlobStore>, keys: &KeyRing) -> Self {
        let mut auth = SimpleAuth::new();
        for (id, secret) in keys.media_secrets() {
            auth.register(id.to_owned(), secret.into());
        }
        let mut builder = S3ServiceBuilder::new(Bucket(store));
        builder.set_auth(auth);
        builder.set_access(SignedOnly);
        Self(builder.build())
    }

    /// Answers a request.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Answer {
        let answer = if request.method() == Method::OPTIONS {
            plain(StatusCode::NO_CONTENT, "")
        } else {
            let rest = Rest::default();
            let request = rest.of(request).map(s3s::Body::http_body_unsync);
            let answer = self.0.call(request).await;
            rest.read().await;
            match answer {
                Ok(answer) => answer.map(body_of),
                Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, ""),
            }
        };
        CORS.allow(answer)
    }
}

/// The bucket that clients see.
#[derive(Debug)]
struct Bucket(Arc<BlobStore>);

fn key_of(bucket: &str, key: &str) -> S3Result<BlobKey> {
    let key = (bucket == BUCKET).then(|| BlobKey::parse(key)).flatten();
    key.ok_or_else(|| s3_error!(NoSuchKey))
}

/// The body that a request announces.
fn announced(length: Option<i64>, sha256: Option<&str>) -> S3Result<Body> {
    let bytes = length.and_then(|length| u64::try_from(length).ok());
    let bytes = bytes.ok_or_else(|| s3_error!(MissingContentLength))?;
    let sha256 = sha256.and_then(|hash| hash.parse::<Sha256>().ok());
    let sha256 = sha256.ok_or_else(|| s3_error!(InvalidRequest, "no x-amz-checksum-sha256"))?;
    Ok(Body {
        bytes,
        sha256: sha256.0,
    })
}

fn labels_of(metadata: Option<&Metadata>) -> S3Result<Labels> {
    let label = |name| metadata.and_then(|labels| labels.get(name));
    let kind =
        label(KIND).and_then(|kind| MediaKind::ALL.into_iter().find(|it| it.as_str() == kind));
    match (label(OWNER), kind) {
        (Some(owner), Some(kind)) if owner.len() <= 64 => Ok(Labels {
            owner: owner.clone(),
            kind,
        }),
        _ => Err(s3_error!(InvalidRequest, "owner and kind are missing")),
    }
}

fn refused(error: PutError) -> S3Error {
    match error {
        PutError::Length => s3_error!(IncompleteBody),
        PutError::Hash => s3_error!(BadDigest),
        PutError::Gone => s3_error!(NoSuchUpload),
        PutError::Name => s3_error!(NoSuchKey),
        PutError::Full => full(),
        PutError::Disk(error) => failed(&error),
    }
}

/// The disk's failures are logged here, where what they were about is still known to be nobody's.
fn failed(error: &io::Error) -> S3Error {
    if error.kind() == io::ErrorKind::StorageFull {
        return full();
    }
    tracing::error!(error = heliograph_domain::chain(error), "file store failed");
    s3_error!(InternalError)
}

fn full() -> S3Error {
    let code = S3ErrorCode::Custom("InsufficientStorage".into());
    let mut error = S3Error::with_message(code, "there is no room");
    error.set_status_code(StatusCode::INSUFFICIENT_STORAGE);
    error
}

fn etag(sha256: &[u8; 32]) -> ETag {
    ETag::Strong(hex(sha256))
}

#[async_trait]
impl S3 for Bucket {
    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let input = request.input;
        let key = key_of(&input.bucket, &input.key)?;
        let body = announced(input.content_length, input.checksum_sha256.as_deref())?;
        let labels = labels_of(input.metadata.as_ref())?;
        if !input.if_none_match.is_some_and(|it| it.is_any()) || input.if_match.is_some() {
            return Err(s3_error!(InvalidRequest, "if-none-match: expected *"));
        }
        let stream = input
            .body
            .unwrap_or_else(|| StreamingBlob::from(s3s::Body::empty()));
        let added = self.0.put(&key, &body, &labels, stream).await;
        match added.map_err(refused)? {
            Added::New => Ok(S3Response::new(PutObjectOutput {
                e_tag: Some(etag(&body.sha256)),
                checksum_sha256: input.checksum_sha256,
                ..PutObjectOutput::default()
            })),
            Added::Exists => Err(s3_error!(PreconditionFailed)),
        }
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let input = request.input;
        let key = key_of(&input.bucket, &input.key)?;
        let body = announced(input.content_length, input.checksum_sha256.as_deref())?;
        let number = u16::try_from(input.part_number);
        let number = number.map_err(|_| s3_error!(InvalidArgument))?;
        let stream = input
            .body
            .unwrap_or_else(|| StreamingBlob::from(s3s::Body::empty()));
        let part = (input.upload_id.as_str(), number);
        let put = self.0.put_part(&key, part, &body, stream).await;
        put.map_err(refused)?;
        Ok(S3Response::new(UploadPartOutput {
            e_tag: Some(etag(&body.sha256)),
            checksum_sha256: input.checksum_sha256,
            ..UploadPartOutput::default()
        }))
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        let key = key_of(&input.bucket, &input.key)?;
        let store = self.0.clone();
        let found = off_the_runtime(move || store.find(&key)).await;
        let found = found.map_err(|error| failed(&error))?;
        let found = found.ok_or_else(|| s3_error!(NoSuchKey))?;
        let header = found.header.clone();
        let range = match &input.range {
            None => 0..header.bytes,
            Some(range) => range.check(header.bytes)?,
        };
        let length = range.end - range.start;
        let content_range = input.range.map(|_| {
            let last = range.end.saturating_sub(1);
            format!("bytes {}-{last}/{}", range.start, header.bytes)
        });
        let pieces = stream::iter(found.cut(&range));
        let body = pieces.then(Piece::stream).try_flatten();
        let mut answer = S3Response::new(output(&header, length, content_range));
        answer.output.body = Some(StreamingBlob::wrap(body));
        // Whatever it is, no browser is to show it as a page of this server's.
        let nosniff = HeaderName::from_static("x-content-type-options");
        answer
            .headers
            .insert(nosniff, HeaderValue::from_static("nosniff"));
        Ok(answer)
    }
}

fn output(header: &Header, length: u64, content_range: Option<String>) -> GetObjectOutput {
    let labels = [
        (OWNER.to_owned(), header.owner.clone()),
        (KIND.to_owned(), header.kind.as_str().to_owned()),
    ];
    GetObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        content_disposition: Some("attachment".to_owned()),
        content_length: i64::try_from(length).ok(),
        content_range,
        content_type: CONTENT_TYPE.parse().ok(),
        e_tag: Some(etag(&header.identity())),
        metadata: Some(Metadata::from(labels)),
        ..GetObjectOutput::default()
    }
}
