//! What push services answer, and what that means.

use crate::support::{Service, send_to, text};
use bytes::Bytes;
use heliograph_webpush::SendErrorKind::{self, Gone, Refused, Throttled, Unavailable};

async fn answer(status: u16, headers: &[(&'static str, String)]) -> Result<(), SendErrorKind> {
    let service = Service::answering(status, headers).await;
    let sent = send_to(service.address).await;
    assert_eq!(service.taken().len(), 1);
    sent.map_err(|error| {
        assert_eq!(
            text(&error),
            format!("push {}: status {status}", error.kind())
        );
        error.kind()
    })
}

#[tokio::test]
async fn a_status_says_what_can_be_done() {
    for status in [200, 201, 202, 204] {
        assert_eq!(answer(status, &[]).await, Ok(()), "{status}");
    }
    for (status, kind) in [
        (404, Gone),
        (410, Gone),
        (400, Refused),
        (401, Refused),
        (403, Refused),
        (413, Refused),
        (429, Throttled),
        (500, Unavailable),
        (503, Unavailable),
    ] {
        assert_eq!(answer(status, &[]).await, Err(kind), "{status}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Service::answering(201, &[]).await;
    let location = [("location", format!("http://{}/", elsewhere.address))];
    for status in [301, 302, 303, 307, 308] {
        assert_eq!(answer(status, &location).await, Err(Refused), "{status}");
    }
    assert!(elsewhere.taken().is_empty());
}

#[tokio::test]
async fn a_throttled_sender_learns_for_how_long() {
    for (retry_after, ms) in [
        (Some("120"), Some(120_000)),
        (Some("0"), Some(0)),
        (Some("18446744073709551615"), None),
        (Some("-1"), None),
        (Some("Fri, 31 Dec 1999 23:59:59 GMT"), None),
        (None, None),
    ] {
        let headers: Vec<_> = retry_after
            .map(|value| ("retry-after", value.to_owned()))
            .into_iter()
            .collect();
        let service = Service::answering(429, &headers).await;
        let error = send_to(service.address).await.unwrap_err();
        assert_eq!(error.kind(), Throttled);
        assert_eq!(error.retry_after_ms(), ms, "{retry_after:?}");
    }
}

#[tokio::test]
async fn nothing_of_a_body_is_told() {
    let body = Bytes::from("no such device: alice 127.0.0.1 secretpath ".repeat(50_000));
    let service = Service::with_body(410, &[], body.clone()).await;
    let error = send_to(service.address).await.unwrap_err();
    assert_eq!(text(&error), "push gone: status 410");
    let service = Service::with_body(201, &[], body).await;
    assert!(send_to(service.address).await.is_ok());
}
