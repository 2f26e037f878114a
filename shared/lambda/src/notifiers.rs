//! How a function wakes the devices that are away.

use crate::config::Config;
use async_trait::async_trait;
use heliograph_aws::{Clients, SnsNotifier};
use heliograph_domain::ports::{Notifier, NotifyError, Registration, TargetError};
use heliograph_domain::tokens::KeyRing;
use heliograph_protocol::request::PushTarget;
use heliograph_webpush::{Hosts, WebPushNotifier};
use lambda_runtime::Error;

/// Browsers by Web Push, phones by SNS.
pub(crate) struct Notifiers {
    web: WebPushNotifier,
    phones: SnsNotifier,
}

impl Notifiers {
    /// Makes both from what the environment says.
    pub(crate) fn new(config: &Config, clients: &Clients, keys: &KeyRing) -> Result<Self, Error> {
        let push = &config.push;
        let mut hosts = Hosts::known();
        let added = push.hosts.iter().flat_map(|hosts| hosts.split(','));
        for host in added.map(str::trim).filter(|host| !host.is_empty()) {
            hosts = hosts.and(host)?;
        }
        let addresses = [&config.issuer, &config.socket_endpoint];
        let address = addresses.into_iter().find(|it| it.starts_with("https://"));
        let contact = push.contact.as_ref().or(address);
        let contact = contact.map_or("https://heliograph.invalid", String::as_str);
        Ok(Self {
            web: WebPushNotifier::new(keys, hosts, contact)?,
            phones: clients.notifier(push.platforms.clone()),
        })
    }
}

#[async_trait]
impl Notifier for Notifiers {
    fn accepts(&self, target: &PushTarget) -> Result<(), TargetError> {
        match target {
            PushTarget::Web { .. } => self.web.accepts(target),
            PushTarget::Apns { .. } | PushTarget::Fcm { .. } => self.phones.accepts(target),
        }
    }

    fn web_push_key(&self) -> Option<String> {
        self.web.web_push_key()
    }

    async fn notify(&self, to: &Registration, now_ms: u64) -> Result<(), NotifyError> {
        match to.target {
            PushTarget::Web { .. } => self.web.notify(to, now_ms).await,
            PushTarget::Apns { .. } | PushTarget::Fcm { .. } => {
                self.phones.notify(to, now_ms).await
            }
        }
    }
}
