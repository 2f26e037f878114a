//! Tokens: what was made is read, what was not made is refused, and nothing panics.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use heliograph_domain::Address;
use heliograph_domain::ports::RandomIds;
use heliograph_domain::tables::inbox::{EntryId, EnvelopeId, ReceiptId};
use heliograph_domain::tokens::{AccessToken, AckTokens, KeyRing, RefreshToken};
use heliograph_protocol::request::ReceiptStatus;
use heliograph_protocol::{DeviceId, MessageId};
use proptest::prelude::*;

const NOW: u64 = 1_764_000_000_000;

fn keys(secret: u8, previous: Option<u8>) -> KeyRing {
    let previous = previous.map(|byte| [byte; 32]);
    KeyRing::derive("test", &[secret; 32], previous.as_ref().map(|it| &it[..])).unwrap()
}

fn device(number: u8) -> Address {
    Address {
        user_id: "7f3c2a10-5b1e-4c8e-9a53-0c6d1f2e4b91".parse().unwrap(),
        device_id: DeviceId::new(number).unwrap(),
        device_created_at: NOW,
    }
}

fn message_id() -> MessageId {
    MessageId::new(NOW, &[9; 10])
}

fn envelope() -> EntryId {
    EntryId::Envelope(EnvelopeId {
        message_id: message_id(),
        from_user_id: device(2).user_id,
        slot: None,
    })
}

#[test]
fn a_token_of_the_version_before_is_honoured_and_one_before_that_is_not() {
    let (first, second, third) = (keys(1, None), keys(2, Some(1)), keys(3, Some(2)));
    let access = AccessToken::sign(&first, &device(1), NOW).unwrap().token;
    assert_eq!(
        AccessToken::verify(&second, &access, NOW).unwrap(),
        device(1)
    );
    assert!(AccessToken::verify(&third, &access, NOW).is_err());

    let refresh = RefreshToken::draw(&first, &RandomIds, device(1)).into_text();
    assert!(RefreshToken::parse(&second, &refresh).is_ok());
    assert!(RefreshToken::parse(&third, &refresh).is_err());

    let ack = AckTokens::of(&first, &device(1)).seal(&envelope());
    assert!(AckTokens::of(&second, &device(1)).open(&ack).is_some());
    assert!(AckTokens::of(&third, &device(1)).open(&ack).is_none());
}

#[test]
fn an_access_token_of_another_issuer_or_algorithm_is_refused() {
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
    let ours = keys(1, None);
    let theirs = KeyRing::derive("other", &[1; 32], None).unwrap();
    let token = AccessToken::sign(&theirs, &device(1), NOW).unwrap().token;
    assert!(AccessToken::verify(&ours, &token, NOW).is_err());

    let token = AccessToken::sign(&ours, &device(1), NOW).unwrap().token;
    let (header, rest) = token.split_once('.').unwrap();
    let header = String::from_utf8(BASE64.decode(header).unwrap()).unwrap();
    for algorithm in ["none", "HS256", "RS256"] {
        let header = BASE64.encode(header.replace("EdDSA", algorithm));
        let (claims, _) = rest.split_once('.').unwrap();
        for signature in ["", rest.split_once('.').unwrap().1] {
            let forged = format!("{header}.{claims}.{signature}");
            assert!(
                AccessToken::verify(&ours, &forged, NOW).is_err(),
                "{algorithm}"
            );
        }
    }
}

#[test]
fn an_ack_token_names_its_entry_and_is_another_devices_secret() {
    let keys = keys(1, None);
    let entries = [
        envelope(),
        EntryId::Receipt(ReceiptId {
            message_id: message_id(),
            by_user_id: device(1).user_id,
            by_device_id: DeviceId::new(3).unwrap(),
            status: ReceiptStatus::Read,
        }),
    ];
    for entry in entries {
        let token = AckTokens::of(&keys, &device(1)).seal(&entry);
        let opened = AckTokens::of(&keys, &device(1)).open(&token);
        assert_eq!(opened, Some(entry));
        assert!(AckTokens::of(&keys, &device(2)).open(&token).is_none());
        let reborn = Address {
            device_created_at: NOW + 1,
            ..device(1)
        };
        assert!(AckTokens::of(&keys, &reborn).open(&token).is_none());
    }
}

proptest! {
    #[test]
    fn no_text_is_a_token_by_chance(text in "\\PC{0,300}") {
        let keys = keys(1, None);
        prop_assert!(AccessToken::verify(&keys, &text, NOW).is_err());
        prop_assert!(RefreshToken::parse(&keys, &text).is_err());
        prop_assert!(AckTokens::of(&keys, &device(1)).open(&text).is_none());
    }

    #[test]
    fn a_token_with_a_changed_character_is_none(at in 0_usize..400, by in "[A-Za-z0-9_-]") {
        let keys = keys(1, None);
        let ack = AckTokens::of(&keys, &device(1)).seal(&envelope());
        let access = AccessToken::sign(&keys, &device(1), NOW).unwrap().token;
        let refresh = RefreshToken::draw(&keys, &RandomIds, device(1)).into_text();
        let change = |token: &str| {
            let at = at % token.len();
            let mut changed = token.to_owned();
            changed.replace_range(at..=at, &by);
            (changed != token).then_some(changed)
        };
        if let Some(ack) = change(&ack) {
            prop_assert!(AckTokens::of(&keys, &device(1)).open(&ack).is_none());
        }
        if let Some(access) = change(&access) {
            prop_assert!(AccessToken::verify(&keys, &access, NOW).is_err());
        }
        if let Some(refresh) = change(&refresh) {
            prop_assert!(RefreshToken::parse(&keys, &refresh).is_err());
        }
    }
}
