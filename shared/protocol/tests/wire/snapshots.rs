//! The wire form of each type, as it is today: a change here is a change of the protocol.

use heliograph_protocol::{
    DeviceId, DeviceMismatch, ErrorBody, ErrorCode,
    event::Event,
    http::{ErrorAnswer, Health, RegisterOk, SessionOk, TokensOk},
    reply::{self, AckOk, Empty, SendOk, SendResult, StatusOk, SyncOk},
    request::{KeysUpload, Request},
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
fn requests_about_keys_and_devices() {
    assert_snapshot!("request_keys_upload", short(&keys_upload().to_json()));
    assert_snapshot!(
        "request_keys_upload_nothing",
        KeysUpload::new(request_id()).to_json()
    );
    assert_snapshot!("request_keys_fetch", keys_fetch().to_json());
    assert_snapshot!("request_devices_list", devices_list().to_json());
    assert_snapshot!("request_devices_list_own", own_devices_list().to_json());
    assert_snapshot!("request_devices_link", devices_link().to_json());
    assert_snapshot!("request_devices_remove", devices_remove().to_json());
}

#[test]
fn requests_about_people() {
    assert_snapshot!("request_profile_set", profile_set().to_json());
    assert_snapshot!("request_profile_get", profile_get().to_json());
    assert_snapshot!("request_contacts_put", contacts_put().to_json());
    assert_snapshot!("request_contacts_remove", contacts_remove().to_json());
    assert_snapshot!("request_contacts_list", contacts_list().to_json());
    assert_snapshot!("request_blocks_put", blocks_put().to_json());
    assert_snapshot!("request_blocks_remove", blocks_remove().to_json());
    assert_snapshot!("request_blocks_list", blocks_list().to_json());
    assert_snapshot!("request_privacy_set", privacy_set().to_json());
    assert_snapshot!("request_privacy_get", privacy_get().to_json());
}

#[test]
fn requests_about_presence_and_notifications() {
    assert_snapshot!("request_presence_subscribe", presence_subscribe().to_json());
    assert_snapshot!(
        "request_presence_unsubscribe",
        presence_unsubscribe().to_json()
    );
    assert_snapshot!("request_push_register_web", push_register_web().to_json());
    assert_snapshot!("request_push_register_apns", push_register_apns().to_json());
    assert_snapshot!("request_push_register_fcm", push_register_fcm().to_json());
    assert_snapshot!("request_push_unregister", push_unregister().to_json());
    assert_snapshot!("request_push_key", push_key().to_json());
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
        group_events: vec![group_events().remove(0)],
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
fn replies_about_keys_and_devices() {
    let foreign = foreign_devices_list_ok();
    assert_snapshot!("reply_keys_upload", reply::ok("7", &keys_upload_ok()));
    assert_snapshot!("reply_keys_fetch", short(&reply::ok("7", &keys_fetch_ok())));
    assert_snapshot!("reply_devices_list", reply::ok("7", &foreign));
    assert_snapshot!("reply_devices_list_own", reply::ok("7", &devices_list_ok()));
    assert_snapshot!("reply_devices_link", reply::ok("7", &devices_link_ok()));
}

#[test]
fn replies_about_people_and_presence() {
    let presence = presence_subscribe_ok();
    assert_snapshot!("reply_profile_get", reply::ok("7", &profile_get_ok()));
    assert_snapshot!("reply_contacts_put", reply::ok("7", &contacts_put_ok()));
    assert_snapshot!("reply_contacts_list", reply::ok("7", &contacts_list_ok()));
    assert_snapshot!("reply_blocks_list", reply::ok("7", &blocks_list_ok()));
    assert_snapshot!("reply_privacy", reply::ok("7", &privacy()));
    assert_snapshot!("reply_presence_subscribe", reply::ok("7", &presence));
    assert_snapshot!("reply_push_key", reply::ok("7", &push_key_ok()));
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
    assert_snapshot!("event_presence", Event::Presence(presence()).to_json());
    assert_snapshot!(
        "event_presence_hidden",
        Event::Presence(hidden_presence()).to_json()
    );
    assert_snapshot!("event_keys_low", Event::KeysLow(keys_upload_ok()).to_json());
    assert_snapshot!(
        "event_devices",
        Event::Devices(vec![device_summary()]).to_json()
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
    assert_debug_snapshot!("debug_keys_upload", keys_upload());
    assert_debug_snapshot!("debug_keys_fetch_ok", keys_fetch_ok());
    assert_debug_snapshot!("debug_devices_list_ok", devices_list_ok());
    assert_debug_snapshot!("debug_devices_link_ok", devices_link_ok());
    assert_debug_snapshot!(
        "debug_event_devices",
        Event::Devices(vec![device_summary()])
    );
}

#[test]
fn debug_output_keeps_what_people_say() {
    assert_debug_snapshot!("debug_profile_set", profile_set());
    assert_debug_snapshot!("debug_profile_get_ok", profile_get_ok());
    assert_debug_snapshot!("debug_contacts_put", contacts_put());
    assert_debug_snapshot!("debug_contacts_put_ok", contacts_put_ok());
    assert_debug_snapshot!("debug_contacts_list_ok", contacts_list_ok());
    assert_debug_snapshot!("debug_push_register_web", push_register_web());
    assert_debug_snapshot!("debug_push_register_apns", push_register_apns());
    assert_debug_snapshot!("debug_push_register_fcm", push_register_fcm());
    assert_debug_snapshot!("debug_web_push_keys", web_push_keys());
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
