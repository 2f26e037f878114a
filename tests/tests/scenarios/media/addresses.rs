//! Addresses that are used for what they were not signed for.

use super::store::{is_not_there, refused};
use aws_credential_types::Credentials;
use heliograph_domain::ports::{BlobKey, Body, Labels, RandomIds};
use heliograph_presign::Presigner;
use heliograph_protocol::media::{MediaKind, SignedRequest};
use heliograph_protocol::reply::MediaUploadOk;
use heliograph_tests::files::{get, get_range, put, upload, whole};
use heliograph_tests::http::Call;
use heliograph_tests::{Deployment, hash, scenarios};
use hyper::body::Bytes;
use hyper::{Method, StatusCode};
use std::time::{Duration, SystemTime};

scenarios!(
    an_address_is_good_for_what_it_says_and_for_nothing_else,
    what_is_not_signed_or_has_expired_is_refused,
    tricks_with_paths_and_ranges_lead_nowhere,
);

const PATIENCE: Duration = Duration::from_secs(60);

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
    let signed: MediaUploadOk = a.upload(bytes).await.ok();
    let tampered = |from: &str, to: &str| SignedRequest {
        url: whole(&signed).url.replace(from, to),
        ..whole(&signed).clone()
    };
    for (from, to) in [
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
        ("X-Amz-Expires=900", "X-Amz-Expires=901"),
        ("if-none-match%3B", ""),
    ] {
        let request = tampered(from, to);
        assert_ne!(request.url, whole(&signed).url, "{from}");
        refused(from, &put(&request, bytes).await);
        is_not_there(&mut a, &signed).await;
    }
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
