//! A device's way to its account.

use super::config::ClientConfig;
use super::error::RegisterError;
use super::tokens;
use crate::DeviceAddress;
use crate::account::Account;
use crate::connection::Tokens;
use crate::e2ee::registration_id;
use crate::engine::Me;
use crate::media::transfer::{Clock, SystemClock};
use crate::store::{Store, StoreError};
use heliograph_protocol::RegistrationId;
use heliograph_protocol::http::{DeviceInfo, PhoneNumber, SessionOk};
use std::fmt;

/// Is a registration that waits for its code, or a device that waits to be linked.
pub struct Registration {
    store: Store,
    account: Account,
    device_name: String,
}

impl Registration {
    /// Prepares a device that has no account yet.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub fn new(config: &ClientConfig) -> Result<Self, RegisterError> {
        let store = Store::open(&config.file, &config.key)?;
        if store.step(Me::load)?.is_some() {
            return Err(RegisterError::Already);
        }
        Ok(Self {
            store,
            account: Account::at(config.http_url.as_str())?,
            device_name: config.device_name.clone(),
        })
    }

    /// Asks for a code, which comes by SMS.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn ask_for_code(
        &self,
        number: &PhoneNumber,
    ) -> Result<RegistrationId, RegisterError> {
        Ok(self.account.register(number).await?.registration_id)
    }

    /// Proves the number by the code that came, and makes this the account's primary device. An account that
    /// the number has is taken over.
    ///
    /// # Errors
    /// [`RegisterError`]; a wrong code may be put right.
    pub async fn verify(
        &self,
        registration_id: &RegistrationId,
        code: &str,
    ) -> Result<DeviceAddress, RegisterError> {
        let device = self.device()?;
        let session = self.account.verify(registration_id, code, device).await?;
        self.enrolled(&session)
    }

    /// Makes this a further device of an account, by a token that its primary one has.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn link(&self, link_token: &str) -> Result<DeviceAddress, RegisterError> {
        let device = self.device()?;
        let session = self.account.link(link_token, device).await?;
        self.enrolled(&session)
    }

    fn device(&self) -> Result<DeviceInfo, RegisterError> {
        Ok(DeviceInfo {
            name: self.device_name.clone(),
            registration_id: registration_id()?,
            keys: self.store.step(Me::enrol)?,
        })
    }

    fn enrolled(&self, session: &SessionOk) -> Result<DeviceAddress, RegisterError> {
        let address = DeviceAddress {
            user_id: session.user_id.clone(),
            device_id: session.device_id,
        };
        let now_ms = SystemClock.now_ms();
        self.store.step(|step| {
            tokens::put(step, &Tokens::from(session))?;
            Me::enrolled(step, &address, now_ms)?;
            Ok::<_, StoreError>(())
        })?;
        Ok(address)
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").finish_non_exhaustive()
    }
}
