//! A device that was linked, and the one that has linked it (`docs/adr/0016-linking.md`).

use super::{Me, Outcome, WriteError};
use crate::DeviceAddress;
use crate::content::{Content, History, Linked, Media};
use crate::e2ee::LinkSecret;
use crate::media::seal::MediaKey;
use crate::media::transfer::Attachment;
use crate::random;
use crate::store::{StoreError, outbox, settings};
use heliograph_protocol::MessageId;
use heliograph_protocol::keys::IdentityKey;
use heliograph_protocol::request::Recipient;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;

/// Under which names what is known of links is kept: secrets that were given out, the one that this device was
/// linked with, those that have proved to know one and get what this device knows, and what is got.
const GIVEN: &str = "engine.links_given";
const LINKED_WITH: &str = "engine.linked_with";
const DUE: &str = "engine.links_due";
const COMING: &str = "engine.history_coming";

/// How many secrets are kept that were given out. Chosen here.
const GIVEN_MAX: usize = 4;
/// For how long a secret is good, in milliseconds: a day, as the device that has linked another one may be away
/// after that. The token is good for ten minutes.
const GOOD_MS: u64 = 24 * 60 * 60 * 1_000;

/// Is a secret that was given out.
#[derive(Serialize, Deserialize)]
struct Given {
    secret: LinkSecret,
    at: u64,
}

/// Is the secret that this device was linked with.
#[derive(Serialize, Deserialize)]
struct LinkedWith {
    secret: LinkSecret,
    is_told: bool,
}

impl Me {
    /// Notes a secret that the user carries to a device that is linked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn give_secret(
        step: &Transaction<'_>,
        secret: LinkSecret,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let mut given = given(step, now_ms)?;
        given.truncate(GIVEN_MAX - 1);
        let at = now_ms;
        given.insert(0, Given { secret, at });
        settings::set(step, GIVEN, &given)
    }

    /// Notes the secret that this device was linked with.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn linked_with(step: &Transaction<'_>, secret: LinkSecret) -> Result<(), StoreError> {
        let is_told = false;
        settings::set(step, LINKED_WITH, &LinkedWith { secret, is_told })
    }

    /// Tells the device that has linked this one that it was, once.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn tell_linked(&self, step: &Transaction<'_>, now_ms: u64) -> Result<(), WriteError> {
        let known: Option<LinkedWith> = settings::get(step, LINKED_WITH)?;
        let Some(LinkedWith {
            secret,
            is_told: false,
        }) = known
        else {
            return Ok(());
        };
        let proof = secret.proof(&self.address, self.identity());
        let proof = ByteArray::new(proof.map_err(|_| StoreError::Corrupt)?);
        self.add_for_own(step, Content::new(Linked { proof }), now_ms)?;
        let is_told = true;
        settings::set(step, LINKED_WITH, &LinkedWith { secret, is_told })?;
        Ok(())
    }

    /// Takes the word of a device that it was linked by this one.
    pub(super) fn hear_linked(
        &self,
        step: &Transaction<'_>,
        (from, identity): (&DeviceAddress, &IdentityKey),
        linked: &Linked,
        now_ms: u64,
    ) -> Result<Outcome, StoreError> {
        let mut given = given(step, now_ms)?;
        let is_it = |it: &Given| it.secret.is_proved(from, identity, &linked.proof);
        let Some(at) = given.iter().position(is_it) else {
            return Ok(Outcome::Ignored);
        };
        let Given { secret, .. } = given.remove(at);
        settings::set(step, GIVEN, &given)?;
        let mut due = due(step)?;
        due.push(secret);
        settings::set(step, DUE, &due)?;
        Ok(Outcome::Linked(from.device_id))
    }

    /// Gives the secret of the next device that is to get what this one knows.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn handover_due(step: &Transaction<'_>) -> Result<Option<LinkSecret>, StoreError> {
        Ok(due(step)?.into_iter().next())
    }

    /// Tells the device that was linked where there is what this one knows, and that this is done.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn hand_over(
        &self,
        step: &Transaction<'_>,
        (secret, key): (&LinkSecret, &MediaKey),
        attachment: Attachment,
        now_ms: u64,
    ) -> Result<(), WriteError> {
        let wrapped = secret.wrap(key.as_bytes(), &attachment.sha256.0);
        let proof = secret.proof(&self.address, self.identity());
        let (Ok(wrapped), Ok(proof)) = (wrapped, proof) else {
            return Err(StoreError::Corrupt.into());
        };
        let history = History {
            file: Media {
                attachment,
                caption: None,
            },
            wrapped_key: ByteArray::new(wrapped),
            proof: ByteArray::new(proof),
        };
        self.add_for_own(step, Content::new(history), now_ms)?;
        Ok(Self::handed_over(step, secret)?)
    }

    /// Notes that the device with this secret gets nothing more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn handed_over(step: &Transaction<'_>, secret: &LinkSecret) -> Result<(), StoreError> {
        let mut due = due(step)?;
        due.retain(|it| it.text() != secret.text());
        settings::set(step, DUE, &due)
    }

    /// Takes word of where there is what the device knows that has linked this one.
    pub(super) fn hear_history(
        &self,
        step: &Transaction<'_>,
        (from, identity): (&DeviceAddress, &IdentityKey),
        history: &History,
    ) -> Result<Outcome, StoreError> {
        let known: Option<LinkedWith> = settings::get(step, LINKED_WITH)?;
        let secret = known.map(|it| it.secret);
        let secret = secret.filter(|it| it.is_proved(from, identity, &history.proof));
        let Some(secret) = secret else {
            return Ok(Outcome::Ignored);
        };
        let sha256 = &history.file.attachment.sha256.0;
        let key = secret.wrap(&history.wrapped_key, sha256);
        let key = key.map_err(|_| StoreError::Corrupt)?;
        let key = MediaKey::try_from(&key[..]).map_err(|_| StoreError::Corrupt)?;
        let coming = Coming {
            attachment: history.file.attachment.clone(),
            key,
        };
        settings::set(step, COMING, &coming)?;
        settings::remove(step, LINKED_WITH)?;
        Ok(Outcome::HistoryComes)
    }

    /// Gives what is to be got of what the device knows that has linked this one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn history_coming(step: &Transaction<'_>) -> Result<Option<Coming>, StoreError> {
        settings::get(step, COMING)
    }

    /// Notes that it was got, or never will be.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn history_came(step: &Transaction<'_>) -> Result<(), StoreError> {
        settings::remove(step, COMING)
    }

    /// Says something to this user's other devices, also where it is not known yet which there are.
    fn add_for_own(
        &self,
        step: &Transaction<'_>,
        content: Content,
        now_ms: u64,
    ) -> Result<(), WriteError> {
        let own = Recipient::User(self.address.user_id.clone());
        let message_id = MessageId::new(now_ms, &random::bytes()?);
        outbox::add(step, &own, message_id, &content.encode()?)?;
        Ok(())
    }
}

/// Is what is to be got: a file, and what opens the one in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Coming {
    /// The file.
    pub attachment: Attachment,
    /// What opens the one in it.
    pub key: MediaKey,
}

/// Reads the secrets of the devices that are to get what is known.
fn due(step: &Transaction<'_>) -> Result<Vec<LinkSecret>, StoreError> {
    Ok(settings::get(step, DUE)?.unwrap_or_default())
}

/// Reads the secrets that are still good.
fn given(step: &Transaction<'_>, now_ms: u64) -> Result<Vec<Given>, StoreError> {
    let mut given: Vec<Given> = settings::get(step, GIVEN)?.unwrap_or_default();
    given.retain(|it| now_ms.abs_diff(it.at) < GOOD_MS);
    Ok(given)
}
