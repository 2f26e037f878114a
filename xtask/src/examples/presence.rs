//! Presence and notifications.

use anyhow::Result;
use heliograph_protocol::{
    people::Presence,
    reply::{PresenceSubscribeOk, PushKeyOk},
    request::{
        PresenceSubscribe, PresenceUnsubscribe, PushKey, PushRegister, PushTarget, PushUnregister,
        WebPushKeys,
    },
};

use super::{NOW, alice, bob, request_id};

/// The public key of RFC 8291's example (§5), and the secret that goes with it.
const P256DH: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

/// The key of RFC 8292's example (§2.4).
const VAPID: &str =
    "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs";

pub(crate) fn presence_subscribe() -> Result<PresenceSubscribe> {
    Ok(PresenceSubscribe {
        id: request_id(),
        user_ids: vec![bob()?, alice()?],
    })
}

pub(crate) fn presence() -> Result<Presence> {
    Ok(Presence {
        user_id: bob()?,
        online: Some(false),
        last_seen: Some(NOW),
    })
}

pub(crate) fn presence_subscribe_ok() -> Result<PresenceSubscribeOk> {
    let hidden = Presence {
        user_id: alice()?,
        online: None,
        last_seen: None,
    };
    Ok(PresenceSubscribeOk {
        presence: vec![presence()?, hidden],
    })
}

pub(crate) fn presence_unsubscribe() -> Result<PresenceUnsubscribe> {
    Ok(PresenceUnsubscribe {
        id: request_id(),
        user_ids: vec![bob()?],
    })
}

pub(crate) fn push_register() -> PushRegister {
    PushRegister {
        id: request_id(),
        target: PushTarget::Web {
            endpoint: "https://fcm.googleapis.com/fcm/send/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV"
                .to_owned(),
            keys: WebPushKeys {
                p256dh: P256DH.to_owned(),
                auth: AUTH.to_owned(),
            },
        },
    }
}

pub(crate) fn push_unregister() -> PushUnregister {
    PushUnregister { id: request_id() }
}

pub(crate) fn push_key() -> PushKey {
    PushKey { id: request_id() }
}

pub(crate) fn push_key_ok() -> PushKeyOk {
    PushKeyOk {
        vapid_public_key: VAPID.to_owned(),
    }
}
