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

/// Asks, as a browser does before a call that no form could make; from any origin something may be done.
async fn ask_leave(url: String) -> Answer {
    let ask = Call::new(Method::OPTIONS, url, Bytes::new());
    let asked = ask.header("origin", "https://example.org");
    let answer = asked.answer(Duration::from_secs(10)).await;
    assert!(answer.status.is_success(), "{}", answer.status);
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    answer
}

#[tokio::test]
/// As of the HTTP API on AWS: deploy/tests/test_template.py.
async fn a_page_may_make_the_accounts_calls() {
    let machine = OneMachine::start(&["--dev"]).await;
    let url = |path| format!("{}{path}", machine.site().addresses().http);
    let leave = ask_leave(url("/v1/account")).await;
    let methods = listed(&leave, "access-control-allow-methods");
    assert_eq!(methods, ["get", "post", "delete"]);
    let headers = listed(&leave, "access-control-allow-headers");
    assert_eq!(headers, ["authorization", "content-type"]);
    // Errors, too, are to be read.
    let call = Call::new(Method::POST, url("/v1/registrations"), Bytes::from("{}"));
    let answer = call.answer(Duration::from_secs(10)).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
}

#[tokio::test]
async fn a_page_may_put_and_get_what_was_signed_for_it() {
    let machine = OneMachine::start(&["--dev"]).await;
    let mut alice = machine.person("alice").await.connect().await;
    let bytes = vec![7; 1000];
    let signed: MediaUploadOk = alice.upload(&bytes).await.ok();
    let request = whole(&signed);
    let answer = ask_leave(request.url.clone()).await;
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
