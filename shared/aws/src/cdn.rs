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

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    use ring::rsa::KeyPair;
    use ring::signature::{
        KeyPair as _, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, UnparsedPublicKey,
    };

    // It signs nothing but this.
    const PRIVATE: &str = include_str!("cdn/of-tests.pem");
    const URL: &str = "https://d111111abcdef8.cloudfront.net";

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn key_pair() -> KeyPair {
        let lines = PRIVATE.lines().filter(|line| !line.starts_with('-'));
        let der = BASE64_STANDARD.decode(lines.collect::<String>()).unwrap();
        KeyPair::from_der(&der).unwrap()
    }

    /// As CloudFront puts what it checks together ([canned policy]).
    ///
    /// [canned policy]: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-canned-policy.html
    fn is_signed(url: &str) -> bool {
        let (address, query) = url.split_once('?').unwrap();
        let parameter = |name: &str| {
            let mut all = query.split('&').filter_map(|it| it.split_once('='));
            all.find(|it| it.0 == name).unwrap().1
        };
        let expires = parameter("Expires");
        let policy = format!(
            r#"{{"Statement":[{{"Resource":"{address}","Condition":{{"DateLessThan":{{"AWS:EpochTime":{expires}}}}}}}]}}"#
        );
        let signature = parameter("Signature").replace('-', "+");
        let signature = signature.replace('_', "=").replace('~', "/");
        let signature = BASE64_STANDARD.decode(signature).unwrap();
        let public = key_pair().public_key().as_ref().to_vec();
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, public);
        key.verify(policy.as_bytes(), &signature).is_ok()
    }

    #[test]
    fn an_address_is_signed_for_a_quarter_of_an_hour_and_for_one_file() {
        let cdn = Cdn::new(URL, "K2JCJMDEHXQW5F", PRIVATE);
        let url = cdn.sign(at(1_764_000_000), &BlobKey::media("m")).unwrap();
        let beginning = format!("{URL}/media/m?Expires=1764000900&");
        assert!(url.starts_with(&beginning), "{url}");
        assert!(url.ends_with("&Key-Pair-Id=K2JCJMDEHXQW5F"), "{url}");
        assert!(is_signed(&url));
        assert!(!is_signed(&url.replace("media/m", "media/n")));
        assert!(!is_signed(&url.replace("1764000900", "1764000901")));
    }

    #[test]
    fn a_key_that_cannot_sign_is_an_error() {
        let cdn = Cdn::new(URL, "K2JCJMDEHXQW5F", "no key");
        cdn.sign(at(0), &BlobKey::photo("p")).unwrap_err();
    }

    #[test]
    fn nobody_sees_the_key_in_a_log() {
        let shown = format!("{:?}", Cdn::new(URL, "K2JCJMDEHXQW5F", PRIVATE));
        assert!(!shown.contains("PRIVATE"), "{shown}");
    }
}
