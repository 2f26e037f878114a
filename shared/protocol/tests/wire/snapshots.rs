//! The wire form of each type, as it is today: a change here is a change of the protocol.

use heliograph_protocol::{
    DeviceId, DeviceMismatch, ErrorBody, ErrorCode,
    event::Event,
    http::{ErrorAnswer, Health, RegisterOk, SessionOk, TokensOk},
    reply::{self, AckOk, Empty, SendOk, SendResult, StatusOk, SyncOk},
    request::Request,
};
use insta::{assert_debug_snapshot, assert_snapshot};
use serde::Serialize;

use crate::samples::*;

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap()
}

/// Stands keys of zeroes in by their lengths.
fn short(json: &str) -> String {
    [(2091, "1568"), (86, "64"), (43, "32")]
        .iter()
        .fold(json.to_owned(), |json, (chars, bytes)| {
            json.replace(&"A".repeat(*chars), &format!("<{bytes} bytes>"))
        })
}

#[test]
fn requests_are_written_with_their_action() {
    assert_snapshot!("request_send", send().to_json());
    assert_snapshot!("request_ack", ack().to_json());
    assert_snapshot!("request_sync", sync().to_json());
    assert_snapshot!("request_status", status().to_json());
    assert_snapshot!("request_ping", ping().to_json());
}

#[test]
fn replies_carry_the_id_of_their_request() {
    let refused = SendResult::refused(message_id(2), ErrorBody::rate_limited(1500));
    let sent = SendOk {
        results: vec![SendResult::accepted(message_id(1), NOW), refused],
    };
    let synced = SyncOk {
        messages: vec![envelope()],
        receipts: vec![kept_receipt()],
        more: true,
        next: Some("next".to_owned()),
    };
    assert_snapshot!("reply_send", reply::ok("7", &sent));
    assert_snapshot!("reply_ack", reply::ok("7", &AckOk { acked: 3 }));
    assert_snapshot!("reply_sync", reply::ok("7", &synced));
    assert_snapshot!("reply_sync_nothing", reply::ok("7", &SyncOk::default()));
    let statuses = StatusOk {
        statuses: vec![message_status()],
    };
    assert_snapshot!("reply_status", reply::ok("7", &statuses));
    assert_snapshot!("reply_ping", reply::ok("7", &Empty {}));
    assert_snapshot!(
        "reply_error",
        reply::error(Some("7"), &ErrorBody::unavailable())
    );
    assert_snapshot!(
        "reply_error_without_id",
        reply::error(None, &ErrorBody::internal())
    );
}

#[test]
fn events_name_themselves() {
    assert_snapshot!(
        "event_messages",
        Event::Messages(vec![envelope(), group_envelope()]).to_json()
    );
    assert_snapshot!(
        "event_receipts",
        Event::Receipts(vec![receipt(), kept_receipt()]).to_json()
    );
    assert_snapshot!("event_displaced", Event::Displaced.to_json());
}

#[test]
fn errors_carry_their_extras() {
    let devices = DeviceMismatch {
        missing: vec![DeviceId::PRIMARY],
        extra: vec![],
        stale: vec![DeviceId::new(5).unwrap()],
    };
    assert_snapshot!(
        "error_mismatched_devices",
        json(&ErrorBody::mismatched_devices(devices))
    );
    assert_snapshot!("error_rate_limited", json(&ErrorBody::rate_limited(250)));
    let statuses: Vec<_> = ErrorCode::ALL
        .iter()
        .map(|code| (json(code), code.http_status()))
        .collect();
    assert_debug_snapshot!("error_codes", statuses);
}

#[test]
fn http_bodies() {
    assert_snapshot!("http_register", json(&register()));
    assert_snapshot!("http_verify", short(&json(&verify())));
    assert_snapshot!("http_link", short(&json(&link())));
    assert_snapshot!("http_tokens", json(&tokens()));
    assert_snapshot!("http_register_ok", json(&register_ok()));
    assert_snapshot!("http_session_ok", json(&session_ok()));
    assert_snapshot!("http_tokens_ok", json(&tokens_ok()));
    assert_snapshot!(
        "http_error",
        json(&ErrorAnswer {
            error: ErrorBody::internal()
        })
    );
    assert_snapshot!("http_health", json(&Health::ok()));
}

#[test]
fn debug_output_keeps_secrets() {
    assert_debug_snapshot!("debug_register", register());
    assert_debug_snapshot!("debug_verify", verify());
    assert_debug_snapshot!("debug_link", link());
    assert_debug_snapshot!("debug_tokens", tokens());
    assert_debug_snapshot!("debug_session_ok", session_ok());
    assert_debug_snapshot!("debug_tokens_ok", tokens_ok());
    assert_debug_snapshot!("debug_send", send());
    assert_debug_snapshot!("debug_envelope", envelope());
    assert_debug_snapshot!("debug_receipt", kept_receipt());
    assert_debug_snapshot!("debug_ack", ack());
}

fn register_ok() -> RegisterOk {
    RegisterOk {
        registration_id: "r-1".parse().unwrap(),
        expires_at: NOW + 300_000,
    }
}

fn session_ok() -> SessionOk {
    SessionOk {
        user_id: alice(),
        device_id: DeviceId::PRIMARY,
        access_token: "access".to_owned(),
        access_expires_at: NOW + 900_000,
        refresh_token: "refresh".to_owned(),
    }
}

fn tokens_ok() -> TokensOk {
    TokensOk {
        access_token: "access".to_owned(),
        access_expires_at: NOW + 900_000,
        refresh_token: "refresh".to_owned(),
    }
}
