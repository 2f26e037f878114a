//! Pre-keys and devices.

use anyhow::Result;
use heliograph_protocol::{
    DeviceId,
    keys::{KemPrekey, OneTimePrekey, PrekeyBundle, SignedPrekey},
    reply::{DeviceSummary, DevicesLinkOk, DevicesListOk, KeysFetchOk, KeysUploadOk},
    request::{DevicesLink, DevicesList, DevicesRemove, KeysFetch, KeysUpload},
};

use super::{NOW, bob, request_id, second_device};

fn signed_prekey() -> SignedPrekey {
    SignedPrekey {
        key_id: 2,
        public_key: [0x5a; 32].into(),
        signature: [0x51; 64].into(),
    }
}

fn one_time_prekey(key_id: u8) -> OneTimePrekey {
    OneTimePrekey {
        key_id: key_id.into(),
        public_key: [key_id; 32].into(),
    }
}

pub(crate) fn keys_upload() -> KeysUpload {
    KeysUpload {
        signed_prekey: Some(signed_prekey()),
        one_time_prekeys: vec![one_time_prekey(101), one_time_prekey(102)],
        ..KeysUpload::new(request_id())
    }
}

pub(crate) fn keys_upload_ok() -> KeysUploadOk {
    KeysUploadOk {
        one_time_prekeys: 64,
        one_time_kem_prekeys: 55,
    }
}

pub(crate) fn keys_low() -> KeysUploadOk {
    KeysUploadOk {
        one_time_prekeys: 9,
        one_time_kem_prekeys: 31,
    }
}

pub(crate) fn keys_fetch() -> Result<KeysFetch> {
    Ok(KeysFetch {
        id: request_id(),
        user_id: bob()?,
    })
}

pub(crate) fn keys_fetch_ok() -> KeysFetchOk {
    let bundle = PrekeyBundle {
        device_id: DeviceId::PRIMARY,
        registration_id: 12_345,
        identity_key: [0x1d; 64].into(),
        signed_prekey: signed_prekey(),
        one_time_prekey: Some(one_time_prekey(101)),
        kem_prekey: KemPrekey {
            key_id: 7,
            public_key: [0x6b; 1568].into(),
            signature: [0x51; 64].into(),
        },
    };
    KeysFetchOk {
        devices: vec![bundle],
    }
}

pub(crate) fn devices_list() -> DevicesList {
    DevicesList {
        id: request_id(),
        user_id: None,
    }
}

pub(crate) fn devices() -> Result<Vec<DeviceSummary>> {
    let phone = DeviceSummary {
        device_id: DeviceId::PRIMARY,
        registration_id: 12_345,
        name: Some("Phone".to_owned()),
        created_at: Some(NOW),
    };
    let laptop = DeviceSummary {
        device_id: second_device()?,
        registration_id: 4_711,
        name: Some("Laptop".to_owned()),
        created_at: Some(NOW + 60_000),
    };
    Ok(vec![phone, laptop])
}

pub(crate) fn devices_list_ok() -> Result<DevicesListOk> {
    Ok(DevicesListOk {
        devices: devices()?,
    })
}

pub(crate) fn devices_link() -> DevicesLink {
    DevicesLink { id: request_id() }
}

pub(crate) fn devices_link_ok() -> DevicesLinkOk {
    DevicesLinkOk {
        link_token: "q3N1Zr0mVb4".to_owned(),
        expires_at: NOW + 600_000,
    }
}

pub(crate) fn devices_remove() -> Result<DevicesRemove> {
    Ok(DevicesRemove {
        id: request_id(),
        device_id: second_device()?,
    })
}
