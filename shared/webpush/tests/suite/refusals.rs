//! What is not sent at all.

use crate::support::{Browser, NOW_MS, OPTIONS, PATH, PAYLOAD, Service, send, sender, text, vapid};
use heliograph_webpush::{Hosts, MAX_PAYLOAD_BYTES, Options, SendErrorKind, WebPush};

#[tokio::test]
async fn nothing_goes_to_a_host_that_is_not_permitted() {
    let service = Service::answering(201, &[]).await;
    let address = service.address;
    let to = Browser::new().subscription(&format!("http://{address}{PATH}"));
    for sender in [WebPush::new(Hosts::known()), sender("", address)] {
        let error = send(&sender, &to).await.unwrap_err();
        assert_eq!(error.kind(), SendErrorKind::Refused);
        assert_eq!(text(&error), "push refused: host is not permitted");
    }
    assert!(service.taken().is_empty());
}

#[tokio::test]
async fn what_no_push_service_takes_is_not_sent() {
    let service = Service::answering(201, &[]).await;
    let sender = sender("http://", service.address);
    let to = Browser::new().subscription(&format!("http://{}{PATH}", service.address));
    let vapid = vapid();

    let long = vec![0; MAX_PAYLOAD_BYTES + 1];
    let sent = sender.send(&vapid, &to, &long, OPTIONS, NOW_MS).await;
    let error = sent.unwrap_err();
    assert_eq!(error.kind(), SendErrorKind::Refused);
    assert_eq!(text(&error), "push refused: payload is too long");

    let long = "x".repeat(33);
    for topic in ["", "alice.b", "alice b", "ä", "a\r\nb: c", "a=", &long] {
        let options = Options {
            topic: Some(topic),
            ..OPTIONS
        };
        let sent = sender.send(&vapid, &to, PAYLOAD, options, NOW_MS).await;
        let error = sent.unwrap_err();
        assert_eq!(error.kind(), SendErrorKind::Refused, "{topic:?}");
        assert!(text(&error).starts_with("push refused: topic"));
    }
    assert!(service.taken().is_empty());
}
