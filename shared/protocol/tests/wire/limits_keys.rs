//! Each limit of a request about keys and devices, from both sides (protocol §6).

use heliograph_protocol::{
    ErrorCode, decode,
    request::{DevicesLink, DevicesList, DevicesRemove, KeysFetch, KeysUpload, Request},
};
use serde_json::{Value, json};

use crate::{
    limits::{accepted, refused},
    samples,
};

/// As many base64 characters as say `bytes` bytes of zeroes.
fn zeroes(bytes: usize) -> String {
    "A".repeat((bytes * 4).div_ceil(3))
}

fn one_time(key_id: u64) -> Value {
    json!({"key_id": key_id, "public_key": zeroes(32)})
}

fn signed(key_id: u64, key_bytes: usize, signature_bytes: usize) -> Value {
    json!({
        "key_id": key_id,
        "public_key": zeroes(key_bytes),
        "signature": zeroes(signature_bytes),
    })
}

fn upload(field: &str, value: Value) -> Value {
    json!({"id": "7", field: value})
}

#[test]
fn an_upload_of_nothing() {
    let nothing = KeysUpload::new(samples::request_id());
    assert_eq!(accepted::<KeysUpload>(&json!({"id": "7"})), nothing);
    let nulls = json!({"id": "7", "signed_prekey": null, "last_resort_kem_prekey": null});
    assert_eq!(accepted::<KeysUpload>(&nulls), nothing);
    assert_eq!(refused::<KeysUpload>(&json!({})), "missing field `id`");
}

#[test]
fn one_time_keys() {
    let keys = |count: u64| upload("one_time_prekeys", (0..count).map(one_time).collect());
    for count in [0, 1, 100] {
        accepted::<KeysUpload>(&keys(count));
    }
    let message = refused::<KeysUpload>(&keys(101));
    assert_eq!(
        message,
        "one_time_prekeys: expected a list of at most 100 items"
    );
}

#[test]
fn one_time_kem_keys_fill_a_message_first() {
    let key = |n: u64| signed(u64::from(u32::MAX) - n, 1568, 64);
    let keys = |count: u64| upload("one_time_kem_prekeys", (0..count).map(key).collect());
    for count in [0, 1, 55] {
        accepted::<KeysUpload>(&keys(count));
    }
    let rejected = decode::<KeysUpload>(&keys(60).to_string()).unwrap_err();
    assert_eq!(rejected.error.code, ErrorCode::TooLarge);
    assert_eq!(rejected.error.message, "larger than 131072 bytes");
}

#[test]
fn one_time_keys_differ_in_their_ids() {
    let same = upload("one_time_prekeys", json!([one_time(1), one_time(1)]));
    assert_eq!(
        refused::<KeysUpload>(&same),
        "one_time_prekeys: expected distinct key ids"
    );
    let kem = signed(1, 1568, 64);
    let same = upload("one_time_kem_prekeys", json!([kem, kem]));
    assert_eq!(
        refused::<KeysUpload>(&same),
        "one_time_kem_prekeys: expected distinct key ids"
    );
    // Each kind counts by itself.
    let mut both = upload("one_time_prekeys", json!([one_time(1)]));
    both["one_time_kem_prekeys"] = json!([kem]);
    accepted::<KeysUpload>(&both);
}

#[test]
fn key_ids() {
    let keys = |key_id: Value| {
        let key = json!({"key_id": key_id, "public_key": zeroes(32)});
        upload("one_time_prekeys", json!([key]))
    };
    for key_id in [0, u32::MAX] {
        accepted::<KeysUpload>(&keys(json!(key_id)));
    }
    for key_id in [json!(-1), json!(1_u64 << 32), json!(1.5), json!("1")] {
        let message = refused::<KeysUpload>(&keys(key_id));
        assert_eq!(message, "one_time_prekeys[0].key_id: expected u32");
    }
}

#[test]
fn key_lengths() {
    for bytes in [0, 31, 33, 64] {
        let short = json!([{"key_id": 1, "public_key": zeroes(bytes)}]);
        let message = refused::<KeysUpload>(&upload("one_time_prekeys", short));
        let expected = "expected 32 bytes in base64 without padding";
        assert_eq!(
            message,
            format!("one_time_prekeys[0].public_key: {expected}")
        );
        let message = refused::<KeysUpload>(&upload("signed_prekey", signed(1, bytes, 64)));
        assert_eq!(message, format!("signed_prekey.public_key: {expected}"));
    }
    for bytes in [32, 1567, 1569] {
        let body = upload("last_resort_kem_prekey", signed(1, bytes, 64));
        let expected = "expected 1568 bytes in base64 without padding";
        assert_eq!(
            refused::<KeysUpload>(&body),
            format!("last_resort_kem_prekey.public_key: {expected}")
        );
    }
    for bytes in [0, 63, 65] {
        let body = upload("signed_prekey", signed(1, 32, bytes));
        let expected = "expected 64 bytes in base64 without padding";
        assert_eq!(
            refused::<KeysUpload>(&body),
            format!("signed_prekey.signature: {expected}")
        );
    }
}

#[test]
fn keys_have_one_spelling() {
    let padded = format!("{}=", zeroes(32));
    let url_safe = "_".repeat(43);
    let trailing_bits = format!("{}B", "A".repeat(42));
    for text in [padded, url_safe, trailing_bits] {
        let key = json!([{"key_id": 1, "public_key": text}]);
        let message = refused::<KeysUpload>(&upload("one_time_prekeys", key));
        let expected = "expected 32 bytes in base64 without padding";
        assert_eq!(
            message,
            format!("one_time_prekeys[0].public_key: {expected}")
        );
    }
}

#[test]
fn keys_are_whole() {
    let unsigned = upload("signed_prekey", one_time(1));
    assert_eq!(
        refused::<KeysUpload>(&unsigned),
        "signed_prekey: missing field `signature`"
    );
    let array = upload("signed_prekey", json!([1, zeroes(32), zeroes(64)]));
    assert_eq!(
        refused::<KeysUpload>(&array),
        "signed_prekey: expected an object"
    );
}

#[test]
fn whose_keys_and_devices() {
    let expected = "user_id: expected an id of 1 to 64 characters A-Z a-z 0-9 _ -";
    for user_id in [json!(""), json!("u".repeat(65)), json!("a b"), json!(7)] {
        let body = json!({"id": "7", "user_id": user_id});
        assert_eq!(refused::<KeysFetch>(&body), expected);
        assert_eq!(refused::<DevicesList>(&body), expected);
    }
    let body = json!({"id": "7", "user_id": "u".repeat(64)});
    accepted::<KeysFetch>(&body);
    accepted::<DevicesList>(&body);
    assert_eq!(
        refused::<KeysFetch>(&json!({"id": "7"})),
        "missing field `user_id`"
    );
    for own in [json!({"id": "7"}), json!({"id": "7", "user_id": null})] {
        let list = accepted::<DevicesList>(&own);
        assert_eq!(list, samples::own_devices_list());
        assert_eq!(decode::<DevicesList>(&list.to_json()), Ok(list));
    }
}

#[test]
fn which_device() {
    for device_id in [1, 127] {
        accepted::<DevicesRemove>(&json!({"id": "7", "device_id": device_id}));
    }
    for device_id in [
        json!(0),
        json!(128),
        json!(257),
        json!(-1),
        json!(1.5),
        json!("2"),
    ] {
        let message = refused::<DevicesRemove>(&json!({"id": "7", "device_id": device_id}));
        assert_eq!(message, "device_id: expected an integer of 1 to 127");
    }
    assert_eq!(
        refused::<DevicesRemove>(&json!({"id": "7"})),
        "missing field `device_id`"
    );
    accepted::<DevicesLink>(&json!({"id": "7"}));
}
