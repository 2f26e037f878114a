//! Push services that do not answer.

use crate::support::{Browser, PATH, Socket, send, send_to, sender, text};
use heliograph_webpush::SendErrorKind;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::Instant;

#[tokio::test]
async fn a_refused_connection_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = send_to(address).await.unwrap_err();
    assert_eq!(error.kind(), SendErrorKind::Unavailable);
    assert_eq!(
        text(&error),
        "push unavailable: no connection: connection refused"
    );
}

#[tokio::test]
async fn a_lost_connection_is_told() {
    for answer in [
        &b""[..],
        b"HTTP/1.1 2",
        b"alice does not speak HTTP\r\n\r\n",
    ] {
        let socket = Socket::closing(answer).await;
        let error = send_to(socket.address).await.unwrap_err();
        assert_eq!(error.kind(), SendErrorKind::Unavailable);
        assert!(text(&error).starts_with("push unavailable: no answer"));
    }
}

#[tokio::test]
async fn who_does_not_speak_tls_is_told() {
    let socket = Socket::holding(b"HTTP/1.1 400 Bad Request alice\r\n\r\n").await;
    let to = Browser::new().subscription(&format!("https://{}{PATH}", socket.address));
    let sender = sender("", socket.address);
    let error = send(&sender, &to).await.unwrap_err();
    assert_eq!(error.kind(), SendErrorKind::Unavailable);
    assert_eq!(text(&error), "push unavailable: no connection: TLS failed");
}

/// Sends, and once the service has said what it has to say, lets time pass.
async fn outlast(answer: &'static [u8]) -> (Result<(), SendErrorKind>, String) {
    let socket = Socket::holding(answer).await;
    let start = Instant::now();
    let sending = tokio::spawn(send_to(socket.address));
    socket.answered().await;
    tokio::time::pause();
    let sent = sending.await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(5));
    let said = sent.as_ref().err().map(text).unwrap_or_default();
    (sent.map_err(|error| error.kind()), said)
}

#[tokio::test]
async fn no_answer_is_waited_for_longer_than_five_seconds() {
    let (sent, said) = outlast(b"").await;
    assert_eq!(sent, Err(SendErrorKind::Unavailable));
    assert_eq!(said, "push unavailable: no answer in time");
}

#[tokio::test]
async fn a_status_counts_though_the_body_never_ends() {
    let taken = b"HTTP/1.1 201 Created\r\ncontent-length: 9\r\n\r\nalice";
    assert_eq!(outlast(taken).await.0, Ok(()));
}

#[tokio::test]
async fn a_status_counts_though_the_body_never_ends_where_it_is_bad() {
    let gone = b"HTTP/1.1 410 Gone\r\ncontent-length: 9\r\n\r\nalice";
    assert_eq!(outlast(gone).await.0, Err(SendErrorKind::Gone));
}
