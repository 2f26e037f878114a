//! Pre-keys and devices.

use heliograph_protocol::{
    DeviceId,
    keys::{KemPrekey, KeySet, OneTimePrekey, PrekeyBundle, SignedPrekey},
    reply::{DeviceSummary, DevicesLinkOk, DevicesListOk, KeysFetchOk, KeysUploadOk},
    request::{DevicesLink, DevicesList, DevicesRemove, KeysFetch, KeysUpload},
};

use super::{NOW, bob, request_id};

pub(crate) fn second_device() -> DeviceId {
    DeviceId::new(2).unwrap()
}

pub(crate) fn signed_prekey(key_id: u32) -> SignedPrekey {
    SignedPrekey {
        key_id,
        public_key: [0; 32].into(),
        signature: [0; 64].into(),
    }
}

pub(crate) fn kem_prekey(key_id: u32) -> KemPrekey {
    KemPrekey {
        key_id,
        public_key: [0; 1568].into(),
        signature: [0; 64].into(),
    }
}

pub(crate) fn one_time_prekey(key_id: u32) -> OneTimePrekey {
    OneTimePrekey {
        key_id,
        public_key: [0; 32].into(),
    }
}

pub(crate) fn key_set() -> KeySet {
    KeySet {
        identity_key: [0; 64].into(),
        signed_prekey: signed_prekey(1),
        last_resort_kem_prekey: kem_prekey(2),
        one_time_prekeys: vec![one_time_prekey(3)],
        one_time_kem_prekeys: vec![kem_prekey(4)],
    }
}

pub(crate) fn keys_upload() -> KeysUpload {
    KeysUpload {
        signed_prekey: Some(signed_prekey(5)),
        last_resort_kem_prekey: Some(kem_prekey(6)),
        one_time_prekeys: vec![one_time_prekey(7), one_time_prekey(8)],
        one_time_kem_prekeys: vec![kem_prekey(9)],
        ..KeysUpload::new(request_id())
    }
}

pub(crate) fn keys_upload_ok() -> KeysUploadOk {
    KeysUploadOk {
        one_time_prekeys: 9,
        one_time_kem_prekeys: 55,
    }
}

pub(crate) fn keys_fetch() -> KeysFetch {
    KeysFetch {
        id: request_id(),
        user_id: bob(),
    }
}

/// The keys of a device with one-time keys, and of one that has run out of them.
pub(crate) fn keys_fetch_ok() -> KeysFetchOk {
    let bundle = PrekeyBundle {
        device_id: DeviceId::PRIMARY,
        registration_id: 12_345,
        identity_key: [0; 64].into(),
        signed_prekey: signed_prekey(1),
        one_time_prekey: Some(one_time_prekey(3)),
        kem_prekey: kem_prekey(4),
    };
    let run_out = PrekeyBundle {
        device_id: second_device(),
        one_time_prekey: None,
        kem_prekey: kem_prekey(2),
        ..bundle.clone()
    };
    KeysFetchOk {
        devices: vec![bundle, run_out],
    }
}

pub(crate) fn devices_list() -> DevicesList {
    DevicesList {
        id: request_id(),
        user_id: Some(bob()),
    }
}

pub(crate) fn own_devices_list() -> DevicesList {
    DevicesList {
        user_id: None,
        ..devices_list()
    }
}

/// A device as its own user sees it.
pub(crate) fn device_summary() -> DeviceSummary {
    DeviceSummary {
        device_id: DeviceId::PRIMARY,
        registration_id: 12_345,
        name: Some("Alice's phone".to_owned()),
        created_at: Some(NOW),
    }
}

/// A device as others see it.
pub(crate) fn foreign_device_summary() -> DeviceSummary {
    DeviceSummary {
        name: None,
        created_at: None,
        ..device_summary()
    }
}

pub(crate) fn devices_list_ok() -> DevicesListOk {
    DevicesListOk {
        devices: vec![device_summary()],
    }
}

pub(crate) fn foreign_devices_list_ok() -> DevicesListOk {
    DevicesListOk {
        devices: vec![foreign_device_summary()],
    }
}

pub(crate) fn devices_link() -> DevicesLink {
    DevicesLink { id: request_id() }
}

pub(crate) fn devices_link_ok() -> DevicesLinkOk {
    DevicesLinkOk {
        link_token: "link-me".to_owned(),
        expires_at: NOW + 600_000,
    }
}

pub(crate) fn devices_remove() -> DevicesRemove {
    DevicesRemove {
        id: request_id(),
        device_id: second_device(),
    }
}
