//! Content for devices.

use super::{Me, observe};
use crate::DeviceAddress;
use crate::e2ee::group::GroupEncryptError;
use crate::e2ee::pqxdh::InitiateError;
use crate::e2ee::session::{EncryptError, Encrypted};
use crate::e2ee::{Context, IdentityState, KeyChange, Recipient, Session, Trust};
use crate::store::{StoreError, identities, sessions};
use heliograph_protocol::keys::PrekeyBundle;
use heliograph_protocol::{DeviceId, MessageId, UserId};
use rusqlite::Transaction;
use std::collections::{BTreeMap, BTreeSet};

/// Says why no session was begun.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The server handed out what is not to be trusted.
    #[error("pre-keys refused")]
    Bundle(#[from] InitiateError),
    /// It was not kept.
    #[error("session not kept")]
    Store(#[from] StoreError),
}

/// Says why content was not encrypted.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// There is no session with these devices: one is to be [begun](Me::begin) with what `keys.fetch` gives.
    #[error("no session with {} devices", .0.len())]
    NoSession(BTreeSet<DeviceId>),
    /// The keys of whom it is for are others than those that were compared, and the user has not said what
    /// to make of that.
    #[error("keys changed since they were compared")]
    ChangedSinceVerified,
    /// Not everybody in the group has the sender key: [`Outgoing`](super::Outgoing) says what is in the way.
    #[error("sender key not shared")]
    NotShared,
    /// It does not fit, or the peer's ratchet is of no use.
    #[error("content not encrypted")]
    Encrypt(#[from] EncryptError),
    /// It does not fit, or is of another group.
    #[error("content not encrypted for the group")]
    EncryptForGroup(#[from] GroupEncryptError),
    /// Sessions were not read or kept.
    #[error("session not kept")]
    Store(#[from] StoreError),
}

impl Me {
    /// Begins a session with a device, beside those that there are, and tells what is new about the keys of
    /// its user.
    ///
    /// # Errors
    /// [`BeginError`].
    pub fn begin(
        &self,
        step: &Transaction<'_>,
        user_id: &UserId,
        bundle: &PrekeyBundle,
    ) -> Result<KeyChange, BeginError> {
        let session = Session::initiate(&self.identity, bundle)?;
        let device = DeviceAddress {
            user_id: user_id.clone(),
            device_id: bundle.device_id,
        };
        let (_, change) = observe(step, &device, &bundle.identity_key)?;
        sessions::put(step, &device, &session)?;
        Ok(change)
    }

    /// Encrypts content for each of some devices of a user. The sessions have stepped when the step of the
    /// store is done: what is given is to be kept in it, and sent again as it is until the server has answered.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal(
        &self,
        step: &Transaction<'_>,
        (user_id, devices): (&UserId, &BTreeSet<DeviceId>),
        message_id: MessageId,
        content: &[u8],
    ) -> Result<BTreeMap<DeviceId, String>, SealError> {
        let known = identities::get(step, user_id)?.unwrap_or_default();
        if known.trust == Trust::ChangedSinceVerified {
            return Err(SealError::ChangedSinceVerified);
        }
        let (mut found, mut without) = (Vec::new(), BTreeSet::new());
        for device_id in devices {
            let to = DeviceAddress {
                user_id: user_id.clone(),
                device_id: *device_id,
            };
            match session_for(step, &to, &known)? {
                Some(session) => found.push((to, session)),
                None => _ = without.insert(*device_id),
            }
        }
        // Not before all are found: a session that has stepped for nothing has lost a key.
        if !without.is_empty() {
            return Err(SealError::NoSession(without));
        }
        let sealed = found.into_iter().map(|(to, session)| {
            let device_id = to.device_id;
            let ciphertext = self.seal_one(step, (to, &session), message_id, content)?;
            Ok((device_id, ciphertext))
        });
        sealed.collect()
    }

    fn seal_one(
        &self,
        step: &Transaction<'_>,
        (to, session): (DeviceAddress, &Session),
        message_id: MessageId,
        content: &[u8],
    ) -> Result<String, SealError> {
        let context = Context {
            from: self.address.clone(),
            to: Recipient::Device(to.clone()),
            message_id,
        };
        let Encrypted {
            session,
            ciphertext,
        } = session.encrypt(content, &context)?;
        sessions::update(step, &to, &session)?;
        Ok(ciphertext.to_string())
    }
}

/// Finds the session that was used last of those with the key that a device is known by.
pub(super) fn session_for(
    step: &Transaction<'_>,
    to: &DeviceAddress,
    known: &IdentityState,
) -> Result<Option<Session>, StoreError> {
    let key = known.devices.get(&to.device_id);
    let mut sessions = sessions::with(step, to)?.into_iter();
    Ok(sessions.find(|session| Some(session.peer()) == key))
}
