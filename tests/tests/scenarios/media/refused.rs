//! Bodies and calls that are not taken, and leave nothing behind.

use super::store::{copy_source, is_not_there, refused};
use futures_util::future::join_all;
use heliograph_protocol::ErrorCode;
use heliograph_protocol::media::{MediaKind, SignedRequest};
use heliograph_protocol::reply::MediaUploadOk;
use heliograph_tests::files::{get, parts, put, upload, whole};
use heliograph_tests::{Deployment, hash, scenarios};
use hyper::StatusCode;

scenarios!(
    an_address_takes_exactly_what_it_was_signed_for,
    a_part_takes_exactly_what_it_was_signed_for,
    of_sixteen_first_puts_one_wins,
    bad_calls_about_files_change_nothing,
);

/// The request with one thing changed.
fn with_header(request: &SignedRequest, name: &str, value: &str) -> SignedRequest {
    let mut request = request.clone();
    request.headers.insert(name.to_owned(), value.to_owned());
    request
}

fn without_header(request: &SignedRequest, name: &str) -> SignedRequest {
    let mut request = request.clone();
    assert!(request.headers.remove(name).is_some(), "{name}");
    request
}

async fn an_address_takes_exactly_what_it_was_signed_for(stack: Deployment) {
    let alice = stack.person("alice").await;
    let mut a = alice.connect().await;
    // Somebody else's file, to be copied by a trick.
    let foreign = upload(&mut a, b"foreign").await;
    let copy = copy_source(&stack, &foreign);
    let bytes = b"exactly this";
    let signed: MediaUploadOk = a.upload(bytes).await.ok();
    let request = whole(&signed);
    for (what, body) in [
        ("longer", &b"exactly this and more"[..]),
        ("shorter", &b"exactly"[..]),
        ("nothing", &b""[..]),
        ("another of that length", &b"exactly that"[..]),
    ] {
        refused(what, &put(request, body).await);
        is_not_there(&mut a, &signed).await;
    }
    let other_hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for (what, request) in [
        ("type", with_header(request, "content-type", "text/html")),
        (
            "hash",
            with_header(request, "x-amz-checksum-sha256", other_hash),
        ),
        ("owner", with_header(request, "x-amz-meta-owner", "me")),
        ("kind", with_header(request, "x-amz-meta-kind", "video")),
        ("no hash", without_header(request, "x-amz-checksum-sha256")),
        ("no owner", without_header(request, "x-amz-meta-owner")),
        ("overwrites", without_header(request, "if-none-match")),
        ("no type", without_header(request, "content-type")),
        ("copies", with_header(request, "x-amz-copy-source", &copy)),
        (
            "is public",
            with_header(request, "x-amz-acl", "public-read"),
        ),
        ("more labels", with_header(request, "x-amz-meta-more", "x")),
    ] {
        refused(what, &put(&request, bytes).await);
        is_not_there(&mut a, &signed).await;
    }
    // A copy has no body of its own.
    let request_to_copy = with_header(request, "x-amz-copy-source", &copy);
    refused("copies nothing", &put(&request_to_copy, b"").await);
    is_not_there(&mut a, &signed).await;

    let answer = put(request, bytes).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let again = put(request, bytes).await;
    assert_eq!(again.status, StatusCode::PRECONDITION_FAILED);
    let there = a.download(&signed.media_id).await;
    assert_eq!(get(&there.url).await.bytes, &bytes[..]);
}

async fn a_part_takes_exactly_what_it_was_signed_for(stack: Deployment) {
    let alice = stack.person("alice").await;
    let mut a = alice.connect().await;
    let bytes = vec![7; 8 * 1024 * 1024 + 5];
    let signed: MediaUploadOk = a.upload_in_parts(&bytes).await.ok();
    let [_, last] = parts(&signed) else {
        panic!("{signed:?}")
    };
    let request = &last.request;
    for (what, body) in [
        ("longer", &[7_u8; 6][..]),
        ("shorter", &[7; 4][..]),
        ("another of that length", &[8; 5][..]),
    ] {
        refused(what, &put(request, body).await);
    }
    let no_hash = without_header(request, "x-amz-checksum-sha256");
    refused("no hash", &put(&no_hash, &[7; 5]).await);
    // A part of somebody's file, by a trick.
    let foreign = upload(&mut a, b"12345").await;
    let copies = with_header(request, "x-amz-copy-source", &copy_source(&stack, &foreign));
    refused("copies", &put(&copies, &[7; 5]).await);
    refused("copies nothing", &put(&copies, b"").await);
    let other_part = SignedRequest {
        url: request.url.replace("partNumber=2", "partNumber=1"),
        ..request.clone()
    };
    refused("other part", &put(&other_part, &[7; 5]).await);
    let answer = put(request, &[7; 5]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

async fn of_sixteen_first_puts_one_wins(stack: Deployment) {
    let alice = stack.person("alice").await;
    let mut a = alice.connect().await;
    let bytes = vec![7; 50_000];
    let signed: MediaUploadOk = a.upload(&bytes).await.ok();
    let puts = (0..16).map(|_| put(whole(&signed), &bytes));
    let answers = join_all(puts).await;
    let won = answers.iter().filter(|it| it.status == StatusCode::OK);
    assert_eq!(won.count(), 1, "{answers:?}");
    for lost in answers.iter().filter(|it| it.status != StatusCode::OK) {
        // S3 may also say that another is being put (409).
        let expected = [StatusCode::PRECONDITION_FAILED, StatusCode::CONFLICT];
        assert!(expected.contains(&lost.status), "{lost:?}");
    }
    let there = a.download(&signed.media_id).await;
    assert_eq!(get(&there.url).await.bytes, bytes);
}

async fn bad_calls_about_files_change_nothing(stack: Deployment) {
    let alice = stack.person("alice").await;
    let mut a = alice.connect().await;
    let unknown = "AAAAAAAAAAAAAAAAAAAAAA".parse().unwrap();
    for reply in [
        a.try_download(&unknown).await,
        a.delete_media(&unknown).await,
        a.complete(&unknown, Vec::new()).await,
    ] {
        assert_eq!(reply.error().code, ErrorCode::NotFound);
    }
    let large = vec![0; 8 * 1024 * 1024 + 1];
    let whole = a.upload(&large).await.error();
    assert_eq!(whole.code, ErrorCode::BadRequest);
    let too_large = a.ask(|id| heliograph_protocol::request::MediaUpload {
        id,
        size: 100 * 1024 * 1024 + 1,
        sha256: hash(b""),
        kind: MediaKind::Video,
        multipart: true,
        parts_sha256: Vec::new(),
    });
    assert_eq!(too_large.await.error().code, ErrorCode::TooLarge);
}
