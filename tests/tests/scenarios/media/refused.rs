//! What does not work, and leaves nothing behind.

use super::store::{copy_source, get, get_range, parts, put, upload, whole};
use aws_credential_types::Credentials;
use futures_util::future::join_all;
use heliograph_domain::ports::{BlobKey, Body, Labels, RandomIds};
use heliograph_presign::Presigner;
use heliograph_protocol::ErrorCode;
use heliograph_protocol::media::{MediaKind, SignedRequest};
use heliograph_protocol::reply::MediaUploadOk;
use heliograph_tests::http::{Answer, Call};
use heliograph_tests::{Deployment, Socket, hash, scenarios};
use hyper::body::Bytes;
use hyper::{Method, StatusCode};
use std::time::{Duration, SystemTime};

scenarios!(
    an_address_takes_exactly_what_it_was_signed_for,
    a_part_takes_exactly_what_it_was_signed_for,
    of_sixteen_first_puts_one_wins,
    an_address_is_good_for_what_it_says_and_for_nothing_else,
    what_is_not_signed_or_has_expired_is_refused,
    tricks_with_paths_and_ranges_lead_nowhere,
    bad_calls_about_files_change_nothing,
);

const PATIENCE: Duration = Duration::from_secs(60);

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

/// A refusal says so; nothing else of an answer to a stranger is promised.
#[track_caller]
fn refused(what: &str, answer: &Answer) {
    assert!(answer.status.is_client_error(), "{what}: {}", answer.status);
}

async fn is_not_there(socket: &mut Socket, signed: &MediaUploadOk) {
    let error = socket.try_download(&signed.media_id).await.error();
    assert_eq!(error.code, ErrorCode::NotFound);
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

async fn an_address_is_good_for_what_it_says_and_for_nothing_else(stack: Deployment) {
    let alice = stack.person("alice").await;
    let mut a = alice.connect().await;
    let media_id = upload(&mut a, b"sealed").await;
    let there = a.download(&media_id).await.url;
    let signed: MediaUploadOk = a.upload(b"other").await.ok();
    let to_put = whole(&signed);
    for (what, method, url, body) in [
        ("deletes by a download", Method::DELETE, &there, ""),
        ("puts by a download", Method::PUT, &there, "other"),
        ("posts by a download", Method::POST, &there, ""),
        ("gets by an upload", Method::GET, &to_put.url, ""),
        ("deletes by an upload", Method::DELETE, &to_put.url, ""),
    ] {
        let call = Call::new(method, url.clone(), Bytes::from(body));
        refused(what, &call.answer(PATIENCE).await);
    }
    assert_eq!(get(&there).await.bytes, "sealed");
    is_not_there(&mut a, &signed).await;
    // Another file by that signature.
    let elsewhere = there.replace(media_id.as_str(), signed.media_id.as_str());
    refused("another file", &get(&elsewhere).await);
    let listing = there.replace(&format!("/media/{}", media_id.as_str()), "/");
    refused("lists", &get(&listing).await);
}

async fn what_is_not_signed_or_has_expired_is_refused(stack: Deployment) {
    let alice = stack.person("alice").await;
    let mut a = alice.connect().await;
    let media_id = upload(&mut a, b"sealed").await;
    let there = a.download(&media_id).await.url;
    let (address, query) = there.split_once('?').unwrap();
    refused("unsigned", &get(address).await);
    refused("cut", &get(&there[..there.len() - 1]).await);
    let last = there.chars().last().unwrap();
    let other = if last == '0' { '1' } else { '0' };
    refused(
        "tampered",
        &get(&format!("{}{other}", &there[..there.len() - 1])).await,
    );
    refused(
        "longer",
        &get(&there.replace("Expires=900", "Expires=9000")).await,
    );
    let v2 = format!("{address}?AWSAccessKeyId=test&Signature=c2lnbmVk&Expires=99999999999");
    refused("signed as of old", &get(&v2).await);
    let with_authorization = Call::get(address)
        .header("authorization", "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0")
        .header("x-amz-date", "20250101T000000Z")
        .header("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    refused(
        "signed in a header",
        &with_authorization.answer(PATIENCE).await,
    );
    assert!(query.contains("X-Amz-Signature"));

    // By the deployment's own key, sixteen minutes ago.
    let (presigner, key) = signer(&stack);
    #[expect(
        clippy::disallowed_methods,
        reason = "the store has the machine's clock"
    )]
    let now = SystemTime::now();
    let name = BlobKey::media(media_id.as_str());
    let expired = |minutes: u64| {
        let at = now - Duration::from_secs(60 * minutes);
        presigner.download(&key, at, &name).unwrap()
    };
    assert_eq!(
        get(&expired(14)).await.bytes,
        "sealed",
        "the key is the right one"
    );
    refused("expired", &get(&expired(16)).await);
    let bytes = b"late";
    let body = Body {
        bytes: 4,
        sha256: hash(bytes).0,
    };
    let labels = Labels {
        owner: "o".to_owned(),
        kind: MediaKind::Image,
    };
    let late = now - Duration::from_secs(60 * 16);
    let name = BlobKey::media("late-and-refused");
    let late = presigner.upload(&key, late, &name, &body, &labels).unwrap();
    refused("expired", &put(&late, bytes).await);
}

/// What the deployment signs with.
fn signer(stack: &Deployment) -> (Presigner, Credentials) {
    match stack {
        Deployment::OneMachine(machine) => {
            let keys = heliographd::secret::load_or_make(&machine.data(), &RandomIds).unwrap();
            heliographd::blobs::signer(&keys, &machine.site().addresses().http)
        }
        Deployment::Aws(aws) => (
            Presigner::new(aws.bucket_url(), "us-east-1"),
            Credentials::new("test", "test", None, None, "test"),
        ),
    }
}

async fn tricks_with_paths_and_ranges_lead_nowhere(stack: Deployment) {
    let alice = stack.person("alice").await;
    let mut a = alice.connect().await;
    let media_id = upload(&mut a, b"sealed").await;
    let there = a.download(&media_id).await.url;
    let (address, query) = there.split_once('?').unwrap();
    let base = address
        .strip_suffix(&format!("/media/{}", media_id.as_str()))
        .unwrap();
    let name = media_id.as_str();
    for path in [
        format!("/media/../media/{name}"),
        format!("/media//{name}"),
        format!("/./media/{name}"),
        format!("/media/%2e%2e/media/{name}"),
        "/../../etc/passwd".to_owned(),
        "/..%2f..%2f..%2fetc%2fpasswd".to_owned(),
        format!("/media/{}", "x".repeat(2000)),
        String::new(),
        "/".to_owned(),
    ] {
        refused(&path, &get(&format!("{base}{path}?{query}")).await);
    }
    for range in ["bytes=6-", "bytes=100-200", "bytes=-0"] {
        let answer = get_range(&there, range).await;
        assert_eq!(answer.status, StatusCode::RANGE_NOT_SATISFIABLE, "{range}");
    }
    // What is no range is no reason not to answer (RFC 9110 §14.2), nor one to answer with part of it.
    for range in [
        "bytes=3-1",
        "bytes=x-y",
        "lines=1-2",
        "bytes=",
        "bytes=1-2,4-5",
    ] {
        let answer = get_range(&there, range).await;
        let is_whole = answer.status == StatusCode::OK && answer.bytes == "sealed";
        assert!(
            is_whole || answer.status.is_client_error(),
            "{range}: {answer:?}"
        );
    }
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
