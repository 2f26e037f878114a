//! A refusal is heard.

use heliograph_protocol::media::SignedRequest;
use heliograph_protocol::reply::MediaUploadOk;
use heliograph_tests::OneMachine;
use heliograph_tests::files::{put, whole};

/// A server that answers and closes while a body still comes makes the client's machine throw the
/// answer away. Who does not hear that a file is there would put it again and again.
#[tokio::test]
async fn a_refusal_is_heard_though_the_body_is_still_on_its_way() {
    let machine = OneMachine::start(&["--dev"]).await;
    let alice = machine.person("alice").await;
    let bytes = vec![7; 8 * 1024 * 1024];
    let signed: MediaUploadOk = alice.connect().await.upload(&bytes).await.ok();
    let request = whole(&signed);
    assert_eq!(put(request, &bytes).await.status, 200);
    let (signature, last) = request.url.split_at(request.url.len() - 1);
    let other = if last == "0" { "1" } else { "0" };
    let tampered = SignedRequest {
        url: format!("{signature}{other}"),
        ..request.clone()
    };
    for _ in 0..5 {
        assert_eq!(put(request, &bytes).await.status, 412);
        assert_eq!(put(&tampered, &bytes).await.status, 403);
    }
}
