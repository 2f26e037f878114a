//! The Notifier port on Web Push.

use crate::{
    Hosts, Options, SendErrorKind, Subscription, SubscriptionError, Urgency, Vapid, VapidError,
    WebPush,
};
use async_trait::async_trait;
use heliograph_domain::ports::{
    NOTIFICATION, Notifier, NotifyError, NotifyErrorKind, Registration, TargetError,
};
use heliograph_domain::tokens::KeyRing;
use heliograph_protocol::request::PushTarget;

/// How long a push service keeps a notification for a browser that is away: what Google's takes at
/// most, 28 days ([FCM]).
///
/// [FCM]: https://firebase.google.com/docs/cloud-messaging/customize-messages/setting-message-lifespan
const TTL_S: u32 = 2_419_200;

/// Of several that wait for one browser the last one is enough.
const TOPIC: &str = "messages";

/// Wakes browsers.
#[derive(Debug)]
pub struct WebPushNotifier {
    push: WebPush,
    /// By the version of the master secret that they are of, newest first.
    keys: Vec<(String, Vapid)>,
}

impl WebPushNotifier {
    /// Signs with keys of a deployment. `contact` is a URL where push services find its operator.
    ///
    /// # Errors
    /// [`VapidError`] for a contact that is no such URL.
    pub fn new(keys: &KeyRing, hosts: Hosts, contact: &str) -> Result<Self, VapidError> {
        let vapid =
            |(id, seed): (&str, &[u8; 32])| Ok((id.to_owned(), Vapid::from_seed(seed, contact)?));
        Ok(Self {
            push: WebPush::new(hosts),
            keys: keys.vapid_seeds().map(vapid).collect::<Result<_, _>>()?,
        })
    }
}

#[async_trait]
impl Notifier for WebPushNotifier {
    fn accepts(&self, target: &PushTarget) -> Result<(), TargetError> {
        let PushTarget::Web { endpoint, keys } = target else {
            return Err(TargetError::Kind);
        };
        if !self.push.hosts().permits(endpoint) {
            return Err(TargetError::Endpoint);
        }
        match Subscription::parse(endpoint, &keys.p256dh, &keys.auth) {
            Ok(_) => Ok(()),
            Err(SubscriptionError::Endpoint) => Err(TargetError::Endpoint),
            Err(SubscriptionError::P256dh | SubscriptionError::Auth) => Err(TargetError::Keys),
        }
    }

    fn web_push_key(&self) -> Option<String> {
        self.keys.first().map(|(_, vapid)| vapid.public_key())
    }

    async fn notify(&self, to: &Registration, now_ms: u64) -> Result<(), NotifyError> {
        // A browser takes only what is signed with the key that it subscribed for.
        let vapid = self.keys.iter().find(|(id, _)| *id == to.key_id);
        let (PushTarget::Web { endpoint, keys }, Some((_, vapid))) = (&to.target, vapid) else {
            return Err(NotifyError::new(NotifyErrorKind::Gone));
        };
        let subscription = Subscription::parse(endpoint, &keys.p256dh, &keys.auth);
        let subscription =
            subscription.map_err(|error| NotifyError::because(NotifyErrorKind::Gone, error))?;
        let options = Options {
            ttl_s: TTL_S,
            urgency: Urgency::High,
            topic: Some(TOPIC),
        };
        let text = NOTIFICATION.as_bytes();
        let sent = self.push.send(vapid, &subscription, text, options, now_ms);
        sent.await.map_err(|error| {
            let kind = match error.kind() {
                SendErrorKind::Gone => NotifyErrorKind::Gone,
                SendErrorKind::Refused => NotifyErrorKind::Refused,
                SendErrorKind::Throttled | SendErrorKind::Unavailable => {
                    NotifyErrorKind::Unavailable
                }
            };
            NotifyError::because(kind, error)
        })
    }
}
