//! Addresses of CloudFront, which fetches files from the bucket and keeps them near who wants them.

use cloudfront_sign::{EncodingError, SignedOptions, get_signed_url};
use heliograph_domain::ports::{BlobKey, SIGNED_MS};
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A distribution in front of the bucket that serves whoever shows an address signed by its key
/// ([signed URLs]).
///
/// [signed URLs]: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html
#[derive(Clone)]
pub struct Cdn {
    url: String,
    key_id: String,
    private_key: String,
}

impl Cdn {
    /// Takes the distribution's address, without a slash at the end, the id that CloudFront gave the
    /// public key, and the private key, RSA of 2,048 bits in PEM (PKCS #1).
    pub fn new(
        url: impl Into<String>,
        key_id: impl Into<String>,
        private_key: impl Into<String>,
    ) -> Self {
        Self {
            url: url.into(),
            key_id: key_id.into(),
            private_key: private_key.into(),
        }
    }

    /// Signs where a file is.
    pub(crate) fn sign(&self, at: SystemTime, key: &BlobKey) -> Result<String, EncodingError> {
        let until = at + Duration::from_millis(SIGNED_MS);
        let until = until.duration_since(UNIX_EPOCH).unwrap_or_default();
        let options = SignedOptions {
            key_pair_id: self.key_id.as_str().into(),
            private_key: self.private_key.as_str().into(),
            date_less_than: until.as_secs(),
            ..SignedOptions::default()
        };
        get_signed_url(&format!("{}/{}", self.url, key.as_str()), &options)
    }
}

impl fmt::Debug for Cdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cdn")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}
