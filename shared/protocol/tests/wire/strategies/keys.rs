//! Pre-keys and devices.

use heliograph_protocol::{
    keys::{Base64Bytes, PublicKey, SignedKey},
    reply::{DeviceSummary, KeysUploadOk},
    request::{DevicesLink, DevicesList, DevicesRemove, KeysFetch, KeysUpload},
};
use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::*,
};

use super::{device_id, request_id, text, user_id};

fn bytes<const N: usize>() -> impl Strategy<Value = Base64Bytes<N>> {
    vec(any::<u8>(), N).prop_map(|bytes| bytes.try_into().unwrap())
}

fn signed_key<const N: usize>() -> impl Strategy<Value = SignedKey<N>> {
    (any::<u32>(), bytes(), bytes()).prop_map(|(key_id, public_key, signature)| SignedKey {
        key_id,
        public_key,
        signature,
    })
}

fn one_time_keys<const N: usize>() -> impl Strategy<Value = Vec<PublicKey<N>>> {
    btree_map(any::<u32>(), bytes(), 0..=100).prop_map(|keys| {
        let keys = keys.into_iter();
        keys.map(|(key_id, public_key)| PublicKey { key_id, public_key })
            .collect()
    })
}

fn signed_one_time_keys<const N: usize>() -> impl Strategy<Value = Vec<SignedKey<N>>> {
    btree_map(any::<u32>(), signed_key(), 0..4).prop_map(|keys| {
        let keys = keys.into_iter();
        keys.map(|(key_id, key)| SignedKey { key_id, ..key })
            .collect()
    })
}

pub(crate) fn keys_upload() -> impl Strategy<Value = KeysUpload> {
    (
        request_id(),
        option::of(signed_key()),
        option::of(signed_key()),
        one_time_keys(),
        signed_one_time_keys(),
    )
        .prop_map(
            |(
                id,
                signed_prekey,
                last_resort_kem_prekey,
                one_time_prekeys,
                one_time_kem_prekeys,
            )| {
                KeysUpload {
                    id,
                    signed_prekey,
                    last_resort_kem_prekey,
                    one_time_prekeys,
                    one_time_kem_prekeys,
                }
            },
        )
}

pub(crate) fn keys_fetch() -> impl Strategy<Value = KeysFetch> {
    (request_id(), user_id()).prop_map(|(id, user_id)| KeysFetch { id, user_id })
}

pub(crate) fn devices_list() -> impl Strategy<Value = DevicesList> {
    (request_id(), option::of(user_id())).prop_map(|(id, user_id)| DevicesList { id, user_id })
}

pub(crate) fn devices_link() -> impl Strategy<Value = DevicesLink> {
    request_id().prop_map(|id| DevicesLink { id })
}

pub(crate) fn devices_remove() -> impl Strategy<Value = DevicesRemove> {
    (request_id(), device_id()).prop_map(|(id, device_id)| DevicesRemove { id, device_id })
}

pub(crate) fn keys_left() -> impl Strategy<Value = KeysUploadOk> {
    (any::<u32>(), any::<u32>()).prop_map(|(one_time_prekeys, one_time_kem_prekeys)| KeysUploadOk {
        one_time_prekeys,
        one_time_kem_prekeys,
    })
}

pub(crate) fn device_summary() -> impl Strategy<Value = DeviceSummary> {
    (
        device_id(),
        0_u16..=0x3fff,
        option::of(text(64)),
        option::of(any::<u64>()),
    )
        .prop_map(
            |(device_id, registration_id, name, created_at)| DeviceSummary {
                device_id,
                registration_id,
                name,
                created_at,
            },
        )
}
