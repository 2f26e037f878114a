//! Signs the addresses by which clients put files into the store and get them, asking nobody: query
//! signatures of [AWS Signature Version 4], with all that a request must say signed as its headers.
//!
//! S3 and `heliographd` (`local/src/blobs`) check the same signatures, so what a client sees is the same
//! on both.
//!
//! [AWS Signature Version 4]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
#![deny(missing_docs)]

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SessionTokenMode, SignableBody, SignableRequest,
    SignatureLocation, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use heliograph_domain::ports::{BlobKey, Body, Labels, SIGNED_MS};
use heliograph_protocol::media::SignedRequest;
use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, SystemTime};

/// The type of every file: what is inside is nobody's business.
pub const CONTENT_TYPE: &str = "application/octet-stream";
/// The header that says whose a file is ([`Labels::owner`]).
pub const OWNER_HEADER: &str = "x-amz-meta-owner";
/// The header that says what a file is ([`Labels::kind`]).
pub const KIND_HEADER: &str = "x-amz-meta-kind";

/// Signs for one bucket.
#[derive(Clone, Debug)]
pub struct Presigner {
    bucket_url: String,
    region: String,
}

/// An address that could not be signed; nothing secret is in it.
#[derive(Debug, thiserror::Error)]
#[error("address not signed")]
pub struct PresignError(#[source] Box<dyn Error + Send + Sync>);

impl Presigner {
    /// Takes the address of the bucket, without a slash at the end, and its region.
    pub fn new(bucket_url: impl Into<String>, region: impl Into<String>) -> Self {
        Self {
            bucket_url: bucket_url.into(),
            region: region.into(),
        }
    }

    /// Signs an address that takes a whole file as long as there is none.
    ///
    /// # Errors
    /// [`PresignError`] for credentials that cannot sign.
    pub fn upload(
        &self,
        with: &Credentials,
        at: SystemTime,
        key: &BlobKey,
        body: &Body,
        labels: &Labels,
    ) -> Result<SignedRequest, PresignError> {
        let mut headers = headers_of(body);
        headers.insert("content-type".to_owned(), CONTENT_TYPE.to_owned());
        headers.insert("if-none-match".to_owned(), "*".to_owned());
        headers.insert(OWNER_HEADER.to_owned(), labels.owner.clone());
        headers.insert(KIND_HEADER.to_owned(), labels.kind.as_str().to_owned());
        self.put(with, at, &self.url(key), body, headers)
    }

    /// Signs an address that takes a part.
    ///
    /// # Errors
    /// As [`Presigner::upload`].
    pub fn part(
        &self,
        with: &Credentials,
        at: SystemTime,
        key: &BlobKey,
        (upload_id, number): (&str, u16),
        body: &Body,
    ) -> Result<SignedRequest, PresignError> {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("partNumber", &number.to_string())
            .append_pair("uploadId", upload_id)
            .finish();
        let url = format!("{}?{query}", self.url(key));
        self.put(with, at, &url, body, headers_of(body))
    }

    /// Signs an address that gives a file.
    ///
    /// # Errors
    /// As [`Presigner::upload`].
    pub fn download(
        &self,
        with: &Credentials,
        at: SystemTime,
        key: &BlobKey,
    ) -> Result<String, PresignError> {
        self.sign(with, at, "GET", &self.url(key), &[])
    }

    fn url(&self, key: &BlobKey) -> String {
        format!("{}/{}", self.bucket_url, key.as_str())
    }

    /// Signs a `PUT` of exactly this body with exactly these headers.
    fn put(
        &self,
        with: &Credentials,
        at: SystemTime,
        url: &str,
        body: &Body,
        headers: BTreeMap<String, String>,
    ) -> Result<SignedRequest, PresignError> {
        let length = body.bytes.to_string();
        let mut signed = vec![("content-length", length.as_str())];
        signed.extend(headers.iter().map(|(name, value)| (&**name, &**value)));
        Ok(SignedRequest {
            method: "PUT".to_owned(),
            url: self.sign(with, at, "PUT", url, &signed)?,
            headers,
        })
    }

    fn sign(
        &self,
        with: &Credentials,
        at: SystemTime,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
    ) -> Result<String, PresignError> {
        let identity: Identity = with.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(at)
            .settings(settings())
            .build();
        let params = params.map_err(|error| PresignError(Box::new(error)))?;
        let body = SignableBody::UnsignedPayload;
        let request = SignableRequest::new(method, url, headers.iter().copied(), body);
        let signed = request.and_then(|request| sign(request, &params.into()));
        let (instructions, _) = signed
            .map_err(|error| PresignError(Box::new(error)))?
            .into_parts();
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in instructions.params() {
            query.append_pair(name, value);
        }
        let separator = if url.contains('?') { '&' } else { '?' };
        // Spaces are the one thing that a form writes as a query does not; no value has any.
        Ok(format!("{url}{separator}{}", query.finish()))
    }
}

/// What every body is held to.
fn headers_of(body: &Body) -> BTreeMap<String, String> {
    let sha256 = BASE64_STANDARD.encode(body.sha256);
    BTreeMap::from([("x-amz-checksum-sha256".to_owned(), sha256)])
}

fn settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_millis(SIGNED_MS));
    // What S3 wants, and no other service does.
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
    settings.session_token_mode = SessionTokenMode::Include;
    // Content-Length is signed, so that no other length passes.
    settings.excluded_headers = None;
    settings
}

#[cfg(test)]
mod tests {
    use super::*;
    use heliograph_protocol::media::MediaKind;

    fn signed() -> SignedRequest {
        let presigner = Presigner::new("https://files.s3.eu-north-1.amazonaws.com", "eu-north-1");
        let body = Body {
            bytes: 5,
            sha256: [7; 32],
        };
        let labels = Labels {
            owner: "o".to_owned(),
            kind: MediaKind::Image,
        };
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let with = Credentials::for_tests_with_session_token();
        presigner
            .upload(&with, at, &BlobKey::media("m"), &body, &labels)
            .unwrap()
    }

    #[test]
    fn everything_that_is_said_is_signed() {
        let SignedRequest {
            method,
            url,
            headers,
        } = signed();
        assert_eq!(method, "PUT");
        let names: Vec<&str> = headers.keys().map(String::as_str).collect();
        let expected =
            "content-type if-none-match x-amz-checksum-sha256 x-amz-meta-kind x-amz-meta-owner";
        assert_eq!(names.join(" "), expected);
        let (address, query) = url.split_once('?').unwrap();
        assert_eq!(address, "https://files.s3.eu-north-1.amazonaws.com/media/m");
        let query: BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes()).collect();
        let signed = "content-length;content-type;host;if-none-match;x-amz-checksum-sha256;x-amz-meta-kind;x-amz-meta-owner";
        assert_eq!(query["X-Amz-SignedHeaders"], signed);
        assert_eq!(query["X-Amz-Expires"], "900");
        assert_eq!(query["X-Amz-Date"], "20231114T221320Z");
        assert!(query.contains_key("X-Amz-Security-Token"));
        assert!(query.contains_key("X-Amz-Signature"));
    }

    #[test]
    fn nobody_sees_an_address_in_a_log() {
        let shown = format!("{:?}", signed());
        assert!(!shown.contains("Signature"), "{shown}");
    }
}
