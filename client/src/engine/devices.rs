//! The devices of somebody, as the server says.

use super::{BeginError, Me, WriteError, seal};
use crate::DeviceAddress;
use crate::content::{Body, Content};
use crate::e2ee::{IdentityState, KeyChange, Session};
use crate::random;
use crate::store::{StoreError, devices, identities, mending, outbox, sessions};
use heliograph_protocol::keys::PrekeyBundle;
use heliograph_protocol::request::Recipient;
use heliograph_protocol::{DeviceId, MessageId, UserId};
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
    ) -> Result<KeyChange, BeginError> {
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
        }
        mending::done(step, user_id)?;
        identities::put(step, user_id, &state)?;
        let registrations = bundles.iter();
        let registrations = registrations.map(|it| (it.device_id, it.registration_id));
        self.put_devices(step, user_id, registrations.collect())?;
        Ok(change)
    }

    /// Takes what the server says of this user's devices: these are all of them, each with its registration.
    /// Tells whether there are others to be [learnt](Self::learn).
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn own_devices(
        &self,
        step: &Transaction<'_>,
        mut devices: BTreeMap<DeviceId, u16>,
    ) -> Result<bool, StoreError> {
        let own = &self.address.user_id;
        devices.remove(&self.address.device_id);
        let known = self.recipients(step, own)?;
        if known.as_ref() == Some(&devices) {
            return Ok(false);
        }
        if devices.is_empty() {
            let state = identities::get(step, own)?.unwrap_or_default();
            let state = IdentityState::observed(Some(&state), BTreeMap::new()).0;
            identities::put(step, own, &state)?;
            self.put_devices(step, own, devices)?;
            return Ok(false);
        }
        Ok(true)
    }

    fn put_devices(
        &self,
        step: &Transaction<'_>,
        user_id: &UserId,
        mut devices: BTreeMap<DeviceId, u16>,
    ) -> Result<(), StoreError> {
        if *user_id == self.address.user_id {
            // So that it shows that they are known, even if this is the only one.
            devices.entry(self.address.device_id).or_default();
        }
        devices::put(step, user_id, &devices)
    }

    /// Reads the devices that a message to a user goes to; `None` where they are to be fetched. Of one's own
    /// user those are the others, if there are any.
    pub(super) fn recipients(
        &self,
        step: &Transaction<'_>,
        user_id: &UserId,
    ) -> Result<Option<BTreeMap<DeviceId, u16>>, StoreError> {
        let mut devices = devices::of(step, user_id)?;
        if devices.is_empty() || mending::is_due(step, user_id)? {
            return Ok(None);
        }
        if *user_id == self.address.user_id {
            devices.remove(&self.address.device_id);
        }
        Ok(Some(devices))
    }

    /// Tells this user's other devices something, if there are any.
    pub(super) fn tell_own(
        &self,
        step: &Transaction<'_>,
        body: impl Into<Body>,
        now_ms: u64,
    ) -> Result<(), WriteError> {
        let own = &self.address.user_id;
        if self.recipients(step, own)?.is_some_and(|it| it.is_empty()) {
            return Ok(());
        }
        let message_id = MessageId::new(now_ms, &random::bytes()?);
        let content = Content::new(body).encode()?;
        outbox::add(step, &Recipient::User(own.clone()), message_id, &content)?;
        Ok(())
    }
}
