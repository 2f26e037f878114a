//! Pages of other origins may do what it takes.

use heliograph_protocol::reply::MediaUploadOk;
use heliograph_tests::OneMachine;
use heliograph_tests::files::{get_range, put, whole};
use heliograph_tests::http::{Answer, Call};
use hyper::Method;
use hyper::body::Bytes;
use std::time::Duration;

/// What an answer lists in a header.
fn listed(answer: &Answer, header: &str) -> Vec<String> {
    let list = answer.headers[header].to_str().unwrap();
    list.split(", ").map(str::to_lowercase).collect()
}

#[tokio::test]
async fn a_page_may_put_and_get_what_was_signed_for_it() {
    let machine = OneMachine::start(&["--dev"]).await;
    let mut alice = machine.person("alice").await.connect().await;
    let bytes = vec![7; 1000];
    let signed: MediaUploadOk = alice.upload(&bytes).await.ok();
    let request = whole(&signed);
    let ask = Call::new(Method::OPTIONS, request.url.clone(), Bytes::new());
    let asked = ask.header("origin", "https://example.org");
    let answer = asked.answer(Duration::from_secs(10)).await;
    assert!(answer.status.is_success(), "{}", answer.status);
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    assert!(listed(&answer, "access-control-allow-methods").contains(&"put".to_owned()));
    let allowed = listed(&answer, "access-control-allow-headers");
    // Browsers set the length themselves.
    let names = request.headers.keys().map(String::as_str);
    for name in names
        .filter(|name| *name != "content-length")
        .chain(["range"])
    {
        assert!(allowed.contains(&name.to_lowercase()), "{name}");
    }
    assert!(put(request, &bytes).await.status.is_success());
    let url = alice.download(&signed.media_id).await.url;
    let part = get_range(&url, "bytes=10-19").await;
    assert_eq!(part.headers["content-range"], "bytes 10-19/1000");
    let shown = listed(&part, "access-control-expose-headers");
    assert!(
        ["etag", "content-range"]
            .iter()
            .all(|name| shown.contains(&(*name).to_owned()))
    );
}
