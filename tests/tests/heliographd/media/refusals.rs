//! A refusal is heard.

use heliograph_protocol::media::SignedRequest;
use heliograph_protocol::reply::MediaUploadOk;
use heliograph_tests::OneMachine;
use heliograph_tests::files::{get, put, whole};
use std::fmt::Write;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// As it was signed, but for the end of the signature.
fn tampered(request: &SignedRequest) -> SignedRequest {
    let (signature, last) = request.url.split_at(request.url.len() - 1);
    let other = if last == "0" { "1" } else { "0" };
    SignedRequest {
        url: format!("{signature}{other}"),
        ..request.clone()
    }
}

/// Asks before it sends the body, which it does when it is told to; tells all that is answered.
async fn put_if_it_is_wanted(request: &SignedRequest, bytes: &[u8]) -> String {
    let (host, path) = request.url["http://".len()..].split_once('/').unwrap();
    let mut head = format!("PUT /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in &request.headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    let length = bytes.len();
    write!(
        head,
        "content-length: {length}\r\nexpect: 100-continue\r\n\r\n"
    )
    .unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let read = stream.read(&mut answer).await.unwrap();
    answer.truncate(read);
    if answer.starts_with(b"HTTP/1.1 100") {
        stream.write_all(bytes).await.unwrap();
    }
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

/// A client that asks first is told without having sent anything for nothing, and at once.
#[tokio::test]
async fn no_body_is_asked_for_that_is_not_taken() {
    let machine = OneMachine::start(&["--dev"]).await;
    let alice = machine.person("alice").await;
    let bytes = vec![7; 100_000];
    let signed: MediaUploadOk = alice.connect().await.upload(&bytes).await.ok();
    let request = whole(&signed);
    let put = |request: SignedRequest| {
        let bytes = bytes.clone();
        let answer = async move { put_if_it_is_wanted(&request, &bytes).await };
        timeout(Duration::from_secs(5), answer)
    };
    let taken = put(request.clone()).await.unwrap();
    assert!(taken.starts_with("HTTP/1.1 100"), "{taken}");
    assert!(taken.contains("HTTP/1.1 200"), "{taken}");
    let again = put(request.clone()).await.unwrap();
    assert!(again.starts_with("HTTP/1.1 412"), "{again}");
    let refused = put(tampered(request)).await.unwrap();
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    let mut b = alice.connect().await;
    let there = b.download(&signed.media_id).await;
    assert_eq!(get(&there.url).await.bytes, bytes);
}

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
    let tampered = tampered(request);
    for _ in 0..5 {
        assert_eq!(put(request, &bytes).await.status, 412);
        assert_eq!(put(&tampered, &bytes).await.status, 403);
    }
}
