//! Presence and notifications.

use heliograph_protocol::{
    people::Presence,
    reply::{PresenceSubscribeOk, PushKeyOk},
    request::{
        PresenceSubscribe, PresenceUnsubscribe, PushKey, PushRegister, PushTarget, PushUnregister,
        WebPushKeys,
    },
};

use super::{NOW, alice, bob, request_id};

pub(crate) fn presence_subscribe() -> PresenceSubscribe {
    PresenceSubscribe {
        id: request_id(),
        user_ids: vec![alice(), bob()],
    }
}

pub(crate) fn presence_unsubscribe() -> PresenceUnsubscribe {
    PresenceUnsubscribe {
        id: request_id(),
        user_ids: vec![bob()],
    }
}

pub(crate) fn presence() -> Presence {
    Presence {
        user_id: alice(),
        online: Some(false),
        last_seen: Some(NOW),
    }
}

/// The presence of somebody of whom the asker may not know.
pub(crate) fn hidden_presence() -> Presence {
    Presence {
        user_id: bob(),
        online: None,
        last_seen: None,
    }
}

pub(crate) fn presence_subscribe_ok() -> PresenceSubscribeOk {
    PresenceSubscribeOk {
        presence: vec![presence(), hidden_presence()],
    }
}

fn push_register(target: PushTarget) -> PushRegister {
    PushRegister {
        id: request_id(),
        target,
    }
}

pub(crate) fn push_register_web() -> PushRegister {
    push_register(PushTarget::Web {
        endpoint: "https://push.example/capability".to_owned(),
        keys: web_push_keys(),
    })
}

/// The keys of RFC 8291's example (§5).
pub(crate) fn web_push_keys() -> WebPushKeys {
    let p256dh =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    WebPushKeys {
        p256dh: p256dh.to_owned(),
        auth: "BTBZMqHH6r4Tts7J_aSIgg".to_owned(),
    }
}

pub(crate) fn push_register_apns() -> PushRegister {
    push_register(PushTarget::Apns {
        token: "740f4707bebcf74f".to_owned(),
    })
}

pub(crate) fn push_register_fcm() -> PushRegister {
    push_register(PushTarget::Fcm {
        token: "bk3RNwTe3H0:CI2k_HHwgIpo".to_owned(),
    })
}

pub(crate) fn push_unregister() -> PushUnregister {
    PushUnregister { id: request_id() }
}

pub(crate) fn push_key() -> PushKey {
    PushKey { id: request_id() }
}

/// The key of RFC 8292's example (§2.4).
pub(crate) fn push_key_ok() -> PushKeyOk {
    let vapid_public_key =
        "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs";
    PushKeyOk {
        vapid_public_key: vapid_public_key.to_owned(),
    }
}
