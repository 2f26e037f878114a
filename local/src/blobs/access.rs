//! Which requests of the store of files are answered at all: those that an address was signed for, with
//! all that they say signed.

use async_trait::async_trait;
use hyper::header::AUTHORIZATION;
use s3s::access::{S3Access, S3AccessContext};
use s3s::{S3Result, s3_error};

/// What an address of a whole file must be signed with.
const OF_A_FILE: [&str; 4] = [
    "content-length",
    "content-type",
    "if-none-match",
    "x-amz-checksum-sha256",
];
/// What an address of a part must be signed with.
const OF_A_PART: [&str; 2] = ["content-length", "x-amz-checksum-sha256"];

/// Refuses what the signature alone does not.
#[derive(Clone, Copy, Debug)]
pub(super) struct SignedOnly;

#[async_trait]
impl S3Access for SignedOnly {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        if cx.credentials().is_none() {
            return Err(s3_error!(AccessDenied, "not signed"));
        }
        let query = cx.uri().query().unwrap_or_default();
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        let signed = pairs.find(|(name, _)| name == "X-Amz-SignedHeaders");
        // Only addresses are signed here: the key signs no headers, and nothing as of old.
        let Some((_, signed)) = signed else {
            return Err(s3_error!(AccessDenied, "not an address that was signed"));
        };
        if cx.headers().contains_key(AUTHORIZATION) {
            return Err(s3_error!(AccessDenied, "signed twice"));
        }
        let signed: Vec<&str> = signed.split(';').collect();
        // A header that is not signed could say anything: to copy somebody else's file, above all.
        for name in cx.headers().keys().map(|name| name.as_str()) {
            if name.starts_with("x-amz-") && !signed.contains(&name) {
                return Err(s3_error!(AccessDenied, "a header was not signed"));
            }
        }
        let needed: &[&str] = match cx.s3_op().name() {
            "GetObject" => &[],
            "PutObject" => &OF_A_FILE,
            "UploadPart" => &OF_A_PART,
            _ => return Err(s3_error!(AccessDenied, "not offered")),
        };
        match needed.iter().all(|name| signed.contains(name)) {
            true => Ok(()),
            false => Err(s3_error!(AccessDenied, "not signed for that")),
        }
    }
}
