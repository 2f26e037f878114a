//! A device's way to its account.

use super::config::ClientConfig;
use super::error::RegisterError;
use super::{link, local, tokens};
use crate::DeviceAddress;
use crate::account::Account;
use crate::connection::Tokens;
use crate::e2ee::{LinkSecret, registration_id};
use crate::engine::Me;
use crate::media::transfer::{Clock, SystemClock};
use crate::store::{Store, StoreError};
use crate::tasks::off_runtime;
use heliograph_protocol::RegistrationId;
use heliograph_protocol::http::{DeviceInfo, PhoneNumber, SessionOk};
use std::fmt;
use std::sync::Arc;

/// Is a registration that waits for its code, or a device that waits to be linked.
pub struct Registration {
    store: Arc<Store>,
    account: Account,
    device_name: String,
}

impl Registration {
    /// Prepares a device that has no account yet.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn new(config: ClientConfig) -> Result<Self, RegisterError> {
        let store = Arc::new(local::open_store(config.file, config.key).await?);
        let opened = Arc::clone(&store);
        if off_runtime(move || opened.step(Me::load)).await?.is_some() {
            return Err(RegisterError::Already);
        }
        Ok(Self {
            store,
            account: Account::at(config.http_url)?,
            device_name: config.device_name,
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
        let device = self.device().await?;
        let session = self.account.verify(registration_id, code, device).await?;
        self.enrolled(session, None).await
    }

    /// Makes this a further device of an account, by a token that its primary one has.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn link(&self, link_token: &str) -> Result<DeviceAddress, RegisterError> {
        let device = self.device().await?;
        let (token, secret) = link::parts(link_token);
        let session = self.account.link(token, device).await?;
        self.enrolled(session, secret).await
    }

    async fn device(&self) -> Result<DeviceInfo, RegisterError> {
        let store = Arc::clone(&self.store);
        Ok(DeviceInfo {
            name: self.device_name.clone(),
            registration_id: registration_id()?,
            keys: off_runtime(move || store.step(Me::enrol)).await?,
        })
    }

    async fn enrolled(
        &self,
        session: SessionOk,
        secret: Option<LinkSecret>,
    ) -> Result<DeviceAddress, RegisterError> {
        let address = DeviceAddress {
            user_id: session.user_id.clone(),
            device_id: session.device_id,
        };
        let (store, now_ms) = (Arc::clone(&self.store), SystemClock.now_ms());
        let noted = off_runtime(move || {
            store.step(|step| {
                tokens::put(step, &Tokens::from(&session))?;
                Me::enrolled(step, &address, now_ms)?;
                if let Some(secret) = secret {
                    Me::linked_with(step, secret)?;
                }
                Ok::<_, StoreError>(address)
            })
        });
        Ok(noted.await?)
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").finish_non_exhaustive()
    }
}
