//! What arrives: at the push service, and in the browser.

use crate::support::{Browser, NOW_MS, PATH, Push, SUBJECT, Service, sender, vapid};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use heliograph_webpush::{MAX_PAYLOAD_BYTES, Options, Urgency};
use hyper::Method;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use serde_json::{Value, json};
use std::net::SocketAddr;

const OPTIONS: Options<'_> = Options {
    ttl_s: 86_400,
    urgency: Urgency::Normal,
    topic: Some("abc-DEF_0123456789abcdef01234567"),
};

async fn push(payloads: &[&[u8]], options: Options<'_>) -> (SocketAddr, Vec<Push>) {
    let service = Service::answering(201, &[]).await;
    let sender = sender("http://", service.address);
    let to = Browser::new().subscription(&format!("http://{}{PATH}", service.address));
    let vapid = vapid();
    for payload in payloads {
        let sent = sender.send(&vapid, &to, payload, options, NOW_MS);
        sent.await.unwrap();
    }
    (service.address, service.taken())
}

#[tokio::test]
async fn a_browser_reads_what_was_sent() {
    let longest = vec![b'x'; MAX_PAYLOAD_BYTES];
    let payloads = [
        &b"hello"[..],
        &[],
        &[0, 2, 0],
        "grüß dich".as_bytes(),
        &longest,
    ];
    let (_, pushes) = push(&payloads, OPTIONS).await;
    assert_eq!(pushes.len(), payloads.len());
    for (push, payload) in pushes.iter().zip(payloads) {
        assert_eq!(Browser::new().decrypt(&push.body), payload);
    }
    assert_eq!(pushes.last().unwrap().body.len(), 4096);
}

#[tokio::test]
async fn no_two_messages_share_a_salt_or_a_key() {
    let (_, pushes) = push(&[b"hello", b"hello"], OPTIONS).await;
    let [first, second] = pushes.try_into().unwrap();
    assert_ne!(first.body[..16], second.body[..16]);
    assert_ne!(first.body[21..86], second.body[21..86]);
    assert_ne!(first.body[86..], second.body[86..]);
}

#[tokio::test]
async fn the_push_service_is_told_what_to_do() {
    let (address, pushes) = push(&[b"hello"], OPTIONS).await;
    let push = &pushes[0];
    assert_eq!((&push.method, push.path.as_str()), (&Method::POST, PATH));
    assert_eq!(push.header("host"), Some(address.to_string().as_str()));
    assert_eq!(push.header("ttl"), Some("86400"));
    assert_eq!(push.header("urgency"), Some("normal"));
    assert_eq!(push.header("topic"), OPTIONS.topic);
    assert_eq!(push.header("content-encoding"), Some("aes128gcm"));
    assert_eq!(
        push.header("content-type"),
        Some("application/octet-stream")
    );
    let length = push.body.len().to_string();
    assert_eq!(push.header("content-length"), Some(length.as_str()));

    let now_or_never = Options {
        ttl_s: 0,
        urgency: Urgency::High,
        topic: None,
    };
    let (_, pushes) = self::push(&[b"hello"], now_or_never).await;
    assert_eq!(pushes[0].header("ttl"), Some("0"));
    assert_eq!(pushes[0].header("urgency"), Some("high"));
    assert_eq!(pushes[0].header("topic"), None);
}

#[tokio::test]
async fn the_sender_is_who_the_browser_subscribed_for() {
    let (address, pushes) = push(&[b"hello"], OPTIONS).await;
    let authorization = pushes[0].header("authorization").unwrap();
    let parameters = authorization.strip_prefix("vapid t=").unwrap();
    let (token, key) = parameters.split_once(", k=").unwrap();
    assert_eq!(key, vapid().public_key());

    let key = URL_SAFE_NO_PAD.decode(key).unwrap();
    assert_eq!((key.len(), key[0]), (65, 4));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    let key = VerifyingKey::from_sec1_bytes(&key).unwrap();
    key.verify(signed.as_bytes(), &signature).unwrap();

    let [header, claims] = signed
        .split('.')
        .map(read)
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    assert_eq!(header, json!({"typ": "JWT", "alg": "ES256"}));
    let exp = NOW_MS / 1000 + 12 * 60 * 60;
    let aud = format!("http://{address}");
    assert_eq!(claims, json!({"aud": aud, "exp": exp, "sub": SUBJECT}));
}

fn read(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
