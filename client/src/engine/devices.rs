//! The devices of somebody, as the server says.

use super::{BeginError, Me, seal};
use crate::DeviceAddress;
use crate::e2ee::{Change, IdentityState, Session};
use crate::store::mending::{self, Mending};
use crate::store::{StoreError, devices, identities, sessions};
use heliograph_protocol::keys::PrekeyBundle;
use heliograph_protocol::{DeviceId, UserId};
use rusqlite::Transaction;
use std::collections::BTreeMap;

impl Me {
    /// Takes the answer to `keys.fetch`: these are all devices of a user. A session is begun with each that
    /// there is none with, or none of use. Tells what is new about their keys.
    ///
    /// # Errors
    /// [`BeginError`].
    pub fn learn(
        &self,
        step: &Transaction<'_>,
        user_id: &UserId,
        bundles: &[PrekeyBundle],
    ) -> Result<Change, BeginError> {
        let known = identities::get(step, user_id)?;
        let keys = bundles.iter();
        let keys = keys.map(|it| (it.device_id, it.identity_key.clone()));
        let (state, change) = IdentityState::observed(known.as_ref(), keys.collect());
        for bundle in bundles {
            let device = DeviceAddress {
                user_id: user_id.clone(),
                device_id: bundle.device_id,
            };
            if device == self.address {
                continue;
            }
            let mending = mending::get(step, &device)?;
            if mending.is_due || seal::session_for(step, &device, &state)?.is_none() {
                let session = Session::initiate(&self.identity, bundle)?;
                sessions::put(step, &device, &session)?;
            }
            if mending.is_due {
                let is_due = false;
                mending::put(step, &device, Mending { is_due, ..mending })?;
            }
        }
        identities::put(step, user_id, &state)?;
        let registrations = bundles.iter();
        let registrations = registrations.map(|it| (it.device_id, it.registration_id));
        devices::put(step, user_id, &registrations.collect())?;
        Ok(change)
    }

    /// Reads the devices that a message to a user goes to; none where they are to be fetched.
    pub(super) fn recipients(
        &self,
        step: &Transaction<'_>,
        user_id: &UserId,
    ) -> Result<BTreeMap<DeviceId, u16>, StoreError> {
        if mending::is_due(step, user_id)? {
            return Ok(BTreeMap::new());
        }
        let mut devices = devices::of(step, user_id)?;
        if *user_id == self.address.user_id {
            devices.remove(&self.address.device_id);
        }
        Ok(devices)
    }
}
