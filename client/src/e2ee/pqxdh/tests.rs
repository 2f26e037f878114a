//! Bundles that are not to be trusted, and headers.

use super::*;
use crate::e2ee::agreement::LowOrder;
use crate::e2ee::tests::{Device, LOW_ORDER, hex};
use crate::e2ee::{FirstHeader, Identity, InvalidKemKey};
use heliograph_protocol::keys::{
    KEM_PREKEY_TAG, KemPrekey, PrekeyBundle, SIGNED_PREKEY_TAG, Signature, SignedPrekey,
};

fn refused(bundle: &PrekeyBundle) -> Option<InitiateError> {
    initiate(&Device::new().me, bundle).err()
}

/// Changes a byte of a signature.
fn broken(signature: &Signature, at: usize) -> Signature {
    let mut bytes = signature.as_bytes().to_vec();
    bytes[at] ^= 1;
    bytes.try_into().unwrap()
}

#[test]
fn signatures_are_verified() {
    let bob = Device::new();
    let whole = bob.bundle();
    assert_eq!(refused(&whole), None);
    for at in [0, 31, 32, 63] {
        let mut bundle = whole.clone();
        bundle.signed_prekey.signature = broken(&whole.signed_prekey.signature, at);
        assert_eq!(refused(&bundle), Some(InitiateError::SignedPrekey));
        let mut bundle = whole.clone();
        bundle.kem_prekey.signature = broken(&whole.kem_prekey.signature, at);
        assert_eq!(refused(&bundle), Some(InitiateError::KemPrekey));
    }
}

#[test]
fn keys_of_somebody_else_are_refused() {
    let (bob, mallory) = (Device::new(), Device::new());
    let mut bundle = bob.bundle();
    bundle.signed_prekey = mallory.bundle().signed_prekey;
    assert_eq!(refused(&bundle), Some(InitiateError::SignedPrekey));
    let mut bundle = bob.bundle();
    bundle.kem_prekey = mallory.bundle().kem_prekey;
    assert_eq!(refused(&bundle), Some(InitiateError::KemPrekey));
    // Bob's signatures count for the pair of keys that he has, not for one of them.
    let mut mixed = bob.me.public().as_bytes().to_vec();
    mixed[32..].copy_from_slice(&mallory.me.public().as_bytes()[32..]);
    let mut bundle = bob.bundle();
    bundle.identity_key = mixed.try_into().unwrap();
    assert_eq!(refused(&bundle), Some(InitiateError::SignedPrekey));
}

#[test]
fn low_orders_are_refused() {
    let bob = Device::new();
    let low = Some(InitiateError::LowOrder(LowOrder));
    for point in LOW_ORDER {
        let point: [u8; 32] = hex(point);
        let mut bundle = bob.bundle();
        bundle.signed_prekey = SignedPrekey {
            key_id: 1,
            public_key: point.into(),
            signature: bob.me.sign(SIGNED_PREKEY_TAG, &point),
        };
        assert_eq!(refused(&bundle), low);
        let mut bundle = bob.bundle();
        if let Some(key) = &mut bundle.one_time_prekey {
            key.public_key = point.into();
        }
        assert_eq!(refused(&bundle), low);
    }
}

#[test]
fn an_invalid_kem_key_is_refused() {
    let bob = Device::new();
    let mut key = bob.bundle().kem_prekey.public_key.as_bytes().to_vec();
    key[..3].fill(0xff);
    let mut bundle = bob.bundle();
    bundle.kem_prekey = KemPrekey {
        key_id: 3,
        signature: bob.me.sign(KEM_PREKEY_TAG, &key),
        public_key: key.try_into().unwrap(),
    };
    let invalid = InitiateError::InvalidKemKey(InvalidKemKey);
    assert_eq!(refused(&bundle), Some(invalid));
}

#[test]
fn the_own_bundle_is_refused() {
    let bob = Device::new();
    let own = initiate(&bob.me, &bob.bundle()).err();
    assert_eq!(own, Some(InitiateError::OwnIdentity));
}

/// Lengths are the protocol types' to check: what is wrong does not become a bundle.
#[test]
fn wrong_lengths_are_no_bundle() {
    let whole = serde_json::to_value(Device::new().bundle()).unwrap();
    let keys = ["signed_prekey", "one_time_prekey", "kem_prekey"];
    for key in keys {
        let mut bundle = whole.clone();
        let text = bundle[key]["public_key"].as_str().unwrap();
        bundle[key]["public_key"] = text[4..].into();
        assert!(serde_json::from_value::<PrekeyBundle>(bundle).is_err());
    }
    assert!(serde_json::from_value::<PrekeyBundle>(whole).is_ok());
}

#[test]
fn a_header_with_low_orders_is_refused() {
    let (alice, bob) = (Device::new(), Device::new());
    let (whole, _) = initiate(&alice.me, &bob.bundle()).unwrap();
    assert!(respond(&bob.me, bob.secrets(), &whole).is_ok());
    for point in LOW_ORDER {
        let mut header = whole.clone();
        header.ephemeral = hex(point);
        let refused = respond(&bob.me, bob.secrets(), &header).err();
        assert_eq!(refused, Some(AgreeError::LowOrder(LowOrder)));
        let mut header = whole.clone();
        let mut identity = header.identity.as_bytes().to_vec();
        identity[32..].copy_from_slice(&hex::<32>(point));
        header.identity = identity.try_into().unwrap();
        let refused = respond(&bob.me, bob.secrets(), &header).err();
        assert_eq!(refused, Some(AgreeError::LowOrder(LowOrder)));
    }
}

#[test]
fn both_agree() {
    let (alice, bob) = (Device::new(), Device::new());
    let bundles = [
        (bob.bundle(), bob.secrets()),
        (bob.last_bundle(), bob.last_secrets()),
    ];
    for (bundle, secrets) in bundles {
        let (header, mut sending) = initiate(&alice.me, &bundle).unwrap();
        let mut receiving = respond(&bob.me, secrets, &header).unwrap();
        let sent = sending.encrypt("hello").unwrap();
        assert_eq!(receiving.decrypt(&sent).unwrap(), b"hello");
    }
}

/// Takes an identity's agreements, and another's signatures.
fn signing_as(other: &Identity, me: &Identity) -> Identity {
    let [other, mut mixed] = [other, me].map(|it| serde_json::to_value(it.pickle()).unwrap());
    mixed["ed25519"] = other["ed25519"].clone();
    Identity::from_pickle(&serde_json::from_value(mixed).unwrap())
}

/// Signing keys are in no agreement: it is the transcript alone that binds them.
#[test]
fn who_takes_one_for_another_agrees_on_nothing() {
    let (alice, bob, carol) = (Device::new(), Device::new(), Device::new());
    let (header, mut sending) = initiate(&alice.me, &bob.bundle()).unwrap();
    let sent = sending.encrypt("hello").unwrap();
    let is_read = |me: &Identity, header: &FirstHeader| {
        let mut receiving = respond(me, bob.secrets(), header).unwrap();
        receiving.decrypt(&sent).is_ok()
    };
    assert!(is_read(&bob.me, &header));
    assert!(!is_read(&signing_as(&carol.me, &bob.me), &header));
    let identity = signing_as(&carol.me, &alice.me).public().clone();
    assert!(!is_read(&bob.me, &FirstHeader { identity, ..header }));
}
