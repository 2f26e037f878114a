//! Presence and notifications.

use heliograph_protocol::{
    people::Presence,
    request::{
        PresenceSubscribe, PresenceUnsubscribe, PushKey, PushRegister, PushTarget, PushUnregister,
        WebPushKeys,
    },
};
use proptest::{collection::vec, option, prelude::*};

use super::{request_id, user_id};

pub(crate) fn presence_subscribe() -> impl Strategy<Value = PresenceSubscribe> {
    (request_id(), vec(user_id(), 1..=256))
        .prop_map(|(id, user_ids)| PresenceSubscribe { id, user_ids })
}

pub(crate) fn presence_unsubscribe() -> impl Strategy<Value = PresenceUnsubscribe> {
    (request_id(), vec(user_id(), 1..=256))
        .prop_map(|(id, user_ids)| PresenceUnsubscribe { id, user_ids })
}

pub(crate) fn presence() -> impl Strategy<Value = Presence> {
    (
        user_id(),
        option::of(any::<bool>()),
        option::of(any::<u64>()),
    )
        .prop_map(|(user_id, online, last_seen)| Presence {
            user_id,
            online,
            last_seen,
        })
}

fn push_target() -> impl Strategy<Value = PushTarget> {
    let token = || "[!-~]{1,512}";
    let keys = (token(), token()).prop_map(|(p256dh, auth)| WebPushKeys { p256dh, auth });
    prop_oneof![
        ("https://[!-~]{1,1016}", keys)
            .prop_map(|(endpoint, keys)| PushTarget::Web { endpoint, keys }),
        token().prop_map(|token| PushTarget::Apns { token }),
        token().prop_map(|token| PushTarget::Fcm { token }),
    ]
}

pub(crate) fn push_register() -> impl Strategy<Value = PushRegister> {
    (request_id(), push_target()).prop_map(|(id, target)| PushRegister { id, target })
}

pub(crate) fn push_unregister() -> impl Strategy<Value = PushUnregister> {
    request_id().prop_map(|id| PushUnregister { id })
}

pub(crate) fn push_key() -> impl Strategy<Value = PushKey> {
    request_id().prop_map(|id| PushKey { id })
}
