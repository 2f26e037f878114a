//! Each limit of an HTTP body, from both sides, and what a client developer is told beyond it.

use heliograph_protocol::{
    decode_http,
    http::{DeviceInfo, PhoneNumber, RegisterRequest, TokensRequest, VerifyRequest},
    keys::{PublicKey, SignedKey},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::samples;

fn refused_http<T: DeserializeOwned>(body: &Value) -> String {
    decode_http::<T>(&body.to_string())
        .err()
        .expect("refused")
        .message
        .into_owned()
}

/// A sample with the value at a JSON pointer replaced.
fn with<T: Serialize>(sample: &T, pointer: &str, value: Value) -> Value {
    let mut sample = serde_json::to_value(sample).unwrap();
    *sample.pointer_mut(pointer).unwrap() = value;
    sample
}

#[test]
fn phone_number() {
    for number in ["+1234567", "+123456789012345"] {
        assert!(number.parse::<PhoneNumber>().is_ok(), "{number}");
    }
    for number in [
        "",
        "+",
        "46701234567",
        "+0701234567",
        "+123456",
        "+1234567890123456",
        "+46 70 123",
        "+4670123456a",
        "+٤٦٧٠١٢٣٤٥٦",
    ] {
        let message = refused_http::<RegisterRequest>(&json!({"phone_number": number}));
        let expected = "expected a phone number: + and 7 to 15 digits, the first not 0";
        assert_eq!(message, format!("phone_number: {expected}"));
    }
}

#[test]
fn code_and_tokens() {
    for code in ["12345", "1234567", "12345a", "１２３４５６"] {
        let body = with(&samples::verify(), "/code", json!(code));
        assert_eq!(
            refused_http::<VerifyRequest>(&body),
            "code: expected 6 digits"
        );
    }
    let message = refused_http::<TokensRequest>(&json!({"refresh_token": "t".repeat(1025)}));
    assert_eq!(
        message,
        "refresh_token: expected a token of at most 1024 characters"
    );
}

#[test]
fn device() {
    let refused =
        |pointer, value| refused_http::<DeviceInfo>(&with(&samples::device(), pointer, value));
    let expected = "name: expected a name of 1 to 64 characters";
    assert_eq!(refused("/name", json!("")), expected);
    assert_eq!(refused("/name", json!("é".repeat(65))), expected);
    let message = refused("/registration_id", json!(16_384));
    assert_eq!(
        message,
        "registration_id: expected an integer of 0 to 16383"
    );
    let message = refused("/keys/identity_key", json!("A".repeat(85)));
    assert_eq!(
        message,
        "keys.identity_key: expected 64 bytes in base64 without padding"
    );
    let padded = format!("{}=", "A".repeat(43));
    let message = refused("/keys/signed_prekey/public_key", json!(padded));
    let expected = "expected 32 bytes in base64 without padding";
    assert_eq!(
        message,
        format!("keys.signed_prekey.public_key: {expected}")
    );
    // The last character holds bits that belong to no byte: one value, one spelling.
    let trailing = format!("{}B", "A".repeat(42));
    assert_eq!(
        refused("/keys/signed_prekey/public_key", json!(trailing)),
        message
    );
}

#[test]
fn one_time_keys() {
    let key = |key_id: usize| json!({"key_id": key_id, "public_key": "A".repeat(43)});
    let keys = |count: usize| Value::Array((0..count).map(key).collect());
    let pointer = "/keys/one_time_prekeys";
    let body = with(&samples::device(), pointer, keys(100)).to_string();
    assert_eq!(
        decode_http::<DeviceInfo>(&body)
            .unwrap()
            .keys
            .one_time_prekeys
            .len(),
        100
    );
    let message = refused_http::<DeviceInfo>(&with(&samples::device(), pointer, keys(101)));
    assert_eq!(
        message,
        "keys.one_time_prekeys: expected a list of at most 100 items"
    );
    let same = with(&samples::device(), pointer, json!([key(1), key(1)]));
    let message = refused_http::<DeviceInfo>(&same);
    assert_eq!(message, "keys.one_time_prekeys: expected distinct key ids");
}

#[test]
fn the_largest_registration_fits_in_a_body() {
    let mut device = samples::device();
    let kem = device.keys.one_time_kem_prekeys[0].clone();
    let one_time = device.keys.one_time_prekeys[0].clone();
    let ids = || u32::MAX - 99..=u32::MAX;
    device.keys.one_time_kem_prekeys = ids()
        .map(|key_id| SignedKey {
            key_id,
            ..kem.clone()
        })
        .collect();
    device.keys.one_time_prekeys = ids()
        .map(|key_id| PublicKey {
            key_id,
            ..one_time.clone()
        })
        .collect();
    let body = serde_json::to_string(&device).unwrap();
    assert!(
        decode_http::<DeviceInfo>(&body).is_ok(),
        "{} bytes",
        body.len()
    );
}
