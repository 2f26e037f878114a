//! Access, refresh and ack tokens from outside: whatever the text, an answer and no panic.
#![no_main]

use heliograph_domain::Address;
use heliograph_domain::tokens::{AccessToken, AckTokens, KeyRing, RefreshToken};
use heliograph_protocol::DeviceId;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static KEYS: LazyLock<KeyRing> =
    LazyLock::new(|| KeyRing::derive("fuzz", &[1; 32], Some(&[2; 32])).unwrap());

fuzz_target!(|text: &str| {
    let device = Address {
        user_id: "somebody".parse().unwrap(),
        device_id: DeviceId::PRIMARY,
        device_created_at: 1,
    };
    assert!(AccessToken::verify(&KEYS, text, 1).is_err());
    assert!(RefreshToken::parse(&KEYS, text).is_err());
    assert!(AckTokens::of(&KEYS, &device).open(text).is_none());
});
