//! People and places for the tests of this folder.

use super::pqxdh::PrekeySecrets;
use super::prekeys::{KemPrekeySecret, KemUse, KeyIds, OneTimePrekeySecret, SignedPrekeySecret};
use super::{Context, Identity, Recipient};
use crate::DeviceAddress;
use heliograph_protocol::keys::PrekeyBundle;
use heliograph_protocol::{DeviceId, MessageId};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Points that everybody agrees the same with, whatever their secret: RFC 7748 §7 tells of them,
/// <https://cr.yp.to/ecdh.html#validate> lists them.
pub(super) const LOW_ORDER: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

/// Reads hexadecimal digits.
pub(super) fn hex<const N: usize>(digits: &str) -> [u8; N] {
    assert_eq!(digits.len(), 2 * N);
    std::array::from_fn(|at| u8::from_str_radix(&digits[2 * at..][..2], 16).unwrap())
}

pub(super) fn device(user: &str, device: u8) -> DeviceAddress {
    DeviceAddress {
        user_id: user.parse().unwrap(),
        device_id: DeviceId::new(device).unwrap(),
    }
}

pub(super) fn message_id(number: u64) -> MessageId {
    MessageId::new(number, &[0; 10])
}

/// Between the first devices of two people.
pub(super) fn context(from: &str, to: &str, message: u64) -> Context {
    Context {
        from: device(from, 1),
        to: Recipient::Device(device(to, 1)),
        message_id: message_id(message),
    }
}

/// From somebody's first device to a group.
pub(super) fn group_context(from: &str, group: &str, message: u64) -> Context {
    Context {
        from: device(from, 1),
        to: Recipient::Group(group.parse().unwrap()),
        message_id: message_id(message),
    }
}

/// Writes and reads a pickle, as JSON and as MessagePack.
pub(super) fn stored<P: Serialize + DeserializeOwned>(pickle: &P) -> P {
    let json: P = serde_json::from_str(&serde_json::to_string(pickle).unwrap()).unwrap();
    rmp_serde::from_slice(&rmp_serde::to_vec_named(&json).unwrap()).unwrap()
}

/// A device with one pre-key of each kind.
pub(super) struct Device {
    pub(super) me: Identity,
    pub(super) signed: SignedPrekeySecret,
    pub(super) one_time: OneTimePrekeySecret,
    pub(super) kem: KemPrekeySecret,
    pub(super) last_resort: KemPrekeySecret,
}

impl Device {
    pub(super) fn new() -> Self {
        let mut ids = KeyIds::default();
        Self {
            me: Identity::draw().unwrap(),
            signed: SignedPrekeySecret::draw(&mut ids).unwrap(),
            one_time: OneTimePrekeySecret::draw(&mut ids).unwrap(),
            kem: KemPrekeySecret::draw(&mut ids, KemUse::OneTime).unwrap(),
            last_resort: KemPrekeySecret::draw(&mut ids, KemUse::LastResort).unwrap(),
        }
    }

    /// Stores everything and takes it up again.
    pub(super) fn put_away(&self) -> Self {
        Self {
            me: Identity::from_pickle(&stored(&self.me.pickle())),
            signed: SignedPrekeySecret::from_pickle(&stored(&self.signed.pickle())),
            one_time: OneTimePrekeySecret::from_pickle(&stored(&self.one_time.pickle())),
            kem: KemPrekeySecret::from_pickle(&stored(&self.kem.pickle())),
            last_resort: KemPrekeySecret::from_pickle(&stored(&self.last_resort.pickle())),
        }
    }

    /// What the server hands out while there are one-time keys.
    pub(super) fn bundle(&self) -> PrekeyBundle {
        PrekeyBundle {
            device_id: DeviceId::PRIMARY,
            registration_id: 1,
            identity_key: self.me.public().clone(),
            signed_prekey: self.signed.public(&self.me),
            one_time_prekey: Some(self.one_time.public()),
            kem_prekey: self.kem.public(&self.me),
        }
    }

    /// What it hands out when there are none.
    pub(super) fn last_bundle(&self) -> PrekeyBundle {
        PrekeyBundle {
            one_time_prekey: None,
            kem_prekey: self.last_resort.public(&self.me),
            ..self.bundle()
        }
    }

    pub(super) fn secrets(&self) -> PrekeySecrets<'_> {
        PrekeySecrets {
            signed: &self.signed,
            one_time: Some(&self.one_time),
            kem: &self.kem,
        }
    }

    pub(super) fn last_secrets(&self) -> PrekeySecrets<'_> {
        PrekeySecrets {
            one_time: None,
            kem: &self.last_resort,
            ..self.secrets()
        }
    }
}
