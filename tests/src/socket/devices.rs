//! What a client asks about keys and devices.

use super::Socket;
use crate::person::Person;
use crate::reply::Reply;
use heliograph_protocol::DeviceId;
use heliograph_protocol::reply::{DeviceSummary, DevicesLinkOk, DevicesListOk};
use heliograph_protocol::request::{DevicesLink, DevicesList, DevicesRemove, KeysFetch};

impl Socket {
    /// Takes keys to begin sessions with.
    pub async fn fetch_keys(&mut self, of: &Person) -> Reply {
        let user_id = of.user_id().clone();
        self.ask(|id| KeysFetch { id, user_id }).await
    }

    /// Asks for a token that links a further device.
    pub async fn link_token(&mut self) -> String {
        let ok: DevicesLinkOk = self.try_link_token().await.ok();
        ok.link_token
    }

    /// Asks for a token that links a further device, which may be refused.
    pub async fn try_link_token(&mut self) -> Reply {
        self.ask(|id| DevicesLink { id }).await
    }

    /// Which devices somebody has.
    pub async fn devices(&mut self, of: &Person) -> Vec<DeviceSummary> {
        let user_id = Some(of.user_id().clone());
        let ok: DevicesListOk = self.ask(|id| DevicesList { id, user_id }).await.ok();
        ok.devices
    }

    /// Removes a device.
    pub async fn remove_device(&mut self, device_id: DeviceId) -> Reply {
        self.ask(|id| DevicesRemove { id, device_id }).await
    }
}
