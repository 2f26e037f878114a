//! The store of files as a client has it: addresses, and what is put and got there.

use crate::http::{Answer, Call};
use crate::{Socket, parts_of};
use heliograph_protocol::media::{MediaId, PartPut, SignedPart, SignedRequest, Upload};
use heliograph_protocol::reply::MediaUploadOk;
use hyper::body::Bytes;
use hyper::{Method, StatusCode};
use std::time::Duration;

/// Longer than any call to the store of files takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends a body where a request says, with its headers.
pub async fn put(request: &SignedRequest, bytes: &[u8]) -> Answer {
    let body = Bytes::copy_from_slice(bytes);
    let mut call = Call::new(Method::PUT, request.url.clone(), body);
    for (name, value) in &request.headers {
        call = call.header(name, value);
    }
    call.answer(PATIENCE).await
}

/// Gets what is at an address.
pub async fn get(url: &str) -> Answer {
    Call::get(url).answer(PATIENCE).await
}

/// Gets a range of what is at an address.
pub async fn get_range(url: &str, range: &str) -> Answer {
    Call::get(url).header("range", range).answer(PATIENCE).await
}

/// Where a file goes as a whole.
pub fn whole(upload: &MediaUploadOk) -> &SignedRequest {
    match &upload.upload {
        Upload::Whole(request) => request,
        Upload::Parts { .. } => panic!("{upload:?}"),
    }
}

/// Where the parts of a file go.
pub fn parts(upload: &MediaUploadOk) -> &[SignedPart] {
    match &upload.upload {
        Upload::Parts { parts, .. } => parts,
        Upload::Whole(_) => panic!("{upload:?}"),
    }
}

/// Puts the parts of a file where they go, the last first.
pub async fn put_parts(upload: &MediaUploadOk, bytes: &[u8]) -> Vec<PartPut> {
    let mut put_parts = Vec::new();
    for (part, body) in std::iter::zip(parts(upload), parts_of(bytes)).rev() {
        let answer = put(&part.request, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let etag = answer.headers["etag"]
            .to_str()
            .expect("a tag is text")
            .to_owned();
        let part_number = part.part_number;
        put_parts.insert(0, PartPut { part_number, etag });
    }
    put_parts
}

/// Uploads a file as a whole.
pub async fn upload(socket: &mut Socket, bytes: &[u8]) -> MediaId {
    let signed: MediaUploadOk = socket.upload(bytes).await.ok();
    let answer = put(whole(&signed), bytes).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    signed.media_id
}
