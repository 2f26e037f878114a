//! Content from devices.

use super::{Me, observe};
use crate::DeviceAddress;
use crate::e2ee::group::{GroupDecryptError, GroupDecrypted, SenderKeyReceiver};
use crate::e2ee::pqxdh::PrekeySecrets;
use crate::e2ee::prekeys::{
    KemPrekeyPickle, KemPrekeySecret, OneTimePrekeyPickle, OneTimePrekeySecret, SignedPrekeyPickle,
    SignedPrekeySecret,
};
use crate::e2ee::session::{DecryptError, Decrypted, RespondError, Responded};
use crate::e2ee::{
    Ciphertext, Context, FirstHeader, FirstMessage, InvalidCiphertext, KeyChange, Recipient,
    Session, SessionMessage, Trust,
};
use crate::store::prekeys::{self, Kind};
use crate::store::{StoreError, identities, opened, sender_keys, sessions};
use heliograph_protocol::keys::IdentityKey;
use heliograph_protocol::{GroupId, MessageId};
use rusqlite::Transaction;
use std::fmt;

/// Is what became of a message that came.
#[derive(PartialEq, Eq)]
pub enum Opened {
    /// It was opened for the first time.
    Content {
        /// What it says.
        content: Vec<u8>,
        /// The key of the device that sent it.
        identity: IdentityKey,
        /// What is new about the keys of its user.
        change: KeyChange,
        /// How far those are trusted now.
        trust: Trust,
    },
    /// It was opened before, and is to be acked once more.
    Before,
}

impl fmt::Debug for Opened {
    /// Leaves out the content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Content {
                content,
                change,
                trust,
                ..
            } => write!(f, "Content({} bytes, {change:?}, {trust:?})", content.len()),
            Self::Before => f.write_str("Before"),
        }
    }
}

/// Says why a message was not opened; nothing has changed. But for [`Store`](Self::Store), and for
/// [`Invalid`](Self::Invalid) where this program is older than the sender's, it hardly ever will be.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is no ciphertext, or of a later version.
    #[error("no ciphertext")]
    Invalid(#[from] InvalidCiphertext),
    /// It is encrypted for a device and comes as one to a group, or the other way round.
    #[error("ciphertext in another place")]
    OtherPlace,
    /// It is encrypted under a sender key that this device was not given, or not any more.
    #[error("no sender key")]
    NoSenderKey,
    /// It is not of its sender key, was changed on its way, or is not what the server says it is.
    #[error("not opened with the sender key")]
    Group(#[from] GroupDecryptError),
    /// It is of no session with the device, was changed on its way, or is not what the server says it is.
    #[error("not opened")]
    Decrypt(#[from] DecryptError),
    /// It begins a session with keys that have ended, or is not what the server says it is.
    #[error("no session joined")]
    Respond(#[from] RespondError),
    /// It begins a session with pre-keys that this device does not have: they were used before, or were
    /// never its.
    #[error("pre-keys have ended")]
    NoPrekeys,
    /// The store failed: it is to be tried again.
    #[error("store failed")]
    Store(#[from] StoreError),
}

impl Me {
    /// Opens a message of a device, once. What it says is to be kept in the same step of the store, with
    /// the ack that is owed.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(
        &self,
        step: &Transaction<'_>,
        from: &DeviceAddress,
        message_id: MessageId,
        ciphertext: &str,
    ) -> Result<Opened, OpenError> {
        if opened::is_noted(step, from, message_id)? {
            return Ok(Opened::Before);
        }
        let context = Context {
            from: from.clone(),
            to: Recipient::Device(self.address.clone()),
            message_id,
        };
        let (session, content, change) = match ciphertext.parse()? {
            Ciphertext::First(first) => self.open_first(step, &first, &context)?,
            Ciphertext::Session(message) => {
                let (session, content) = open_in(step, &message, &context)?;
                (session, content, KeyChange::Unchanged)
            }
            Ciphertext::Group(_) => return Err(OpenError::OtherPlace),
        };
        opened::note(step, from, message_id)?;
        let trust = keep(step, from, &session)?;
        Ok(Opened::Content {
            content,
            identity: session.peer().clone(),
            change,
            trust,
        })
    }

    /// Opens a message of a device to a group, once; as [`open`](Self::open) otherwise.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_in_group(
        &self,
        step: &Transaction<'_>,
        from: &DeviceAddress,
        (group_id, message_id): (&GroupId, MessageId),
        ciphertext: &str,
    ) -> Result<Opened, OpenError> {
        if opened::is_noted(step, from, message_id)? {
            return Ok(Opened::Before);
        }
        let Ciphertext::Group(message) = ciphertext.parse()? else {
            return Err(OpenError::OtherPlace);
        };
        let context = Context {
            from: from.clone(),
            to: Recipient::Group(group_id.clone()),
            message_id,
        };
        let key = sender_keys::get(step, group_id, from, message.sender_key_id())?;
        let known = identities::get(step, &from.user_id)?.unwrap_or_default();
        // Once the device has another key, the sender key is not its any more.
        let is_its =
            |key: &SenderKeyReceiver| known.devices.get(&from.device_id) == Some(key.identity());
        let mut key = key.filter(is_its).ok_or(OpenError::NoSenderKey)?;
        // Its id is in what was encrypted, so whatever comes under another one is refused, and what comes twice
        // is known by it.
        let GroupDecrypted { content, .. } = key.decrypt(&message, &context)?;
        opened::note(step, from, message_id)?;
        Ok(Opened::Content {
            content,
            identity: key.identity().clone(),
            change: KeyChange::Unchanged,
            trust: known.trust,
        })
    }

    /// Opens a message that may begin a session; whose it is, is observed then.
    fn open_first(
        &self,
        step: &Transaction<'_>,
        first: &FirstMessage,
        context: &Context,
    ) -> Result<(Session, Vec<u8>, KeyChange), OpenError> {
        let id = first.session_id(self.identity.public());
        let known = sessions::with(step, &context.from)?;
        if let Some(session) = known.iter().find(|session| session.id() == id) {
            let Decrypted { session, content } =
                session.decrypt_repeated(&self.identity, first, context)?;
            return Ok((session, content, KeyChange::Unchanged));
        }
        let Responded {
            session,
            content,
            used,
        } = self.respond(step, first, context)?;
        for key_id in [used.one_time, used.kem].into_iter().flatten() {
            prekeys::remove(step, key_id)?;
        }
        let (_, change) = observe(step, &context.from, session.peer())?;
        Ok((session, content, change))
    }

    fn respond(
        &self,
        step: &Transaction<'_>,
        first: &FirstMessage,
        context: &Context,
    ) -> Result<Responded, OpenError> {
        let (signed, one_time, kem) = secrets(step, first.header())?.ok_or(OpenError::NoPrekeys)?;
        let secrets = PrekeySecrets {
            signed: &signed,
            one_time: one_time.as_ref(),
            kem: &kem,
        };
        Ok(Session::respond(&self.identity, secrets, first, context)?)
    }
}

/// Keeps the session that has stepped, and tells how far its user's keys are trusted. One with a key that its
/// device is not known by any more is not to be sent with, though what comes late in it is opened.
fn keep(
    step: &Transaction<'_>,
    from: &DeviceAddress,
    session: &Session,
) -> Result<Trust, StoreError> {
    let known = identities::get(step, &from.user_id)?.unwrap_or_default();
    match known.devices.get(&from.device_id) == Some(session.peer()) {
        true => sessions::put(step, from, session)?,
        false => sessions::update(step, from, session)?,
    }
    Ok(known.trust)
}

/// Opens with whichever session it is of, of those that there are; the last used first.
fn open_in(
    step: &Transaction<'_>,
    message: &SessionMessage,
    context: &Context,
) -> Result<(Session, Vec<u8>), OpenError> {
    let mut refused = DecryptError::Forged;
    for session in sessions::with(step, &context.from)? {
        match session.decrypt(message, context) {
            Ok(Decrypted { session, content }) => return Ok((session, content)),
            Err(DecryptError::Forged) => {}
            // Of this one, but not to be opened.
            Err(error) => refused = error,
        }
    }
    Err(refused.into())
}

type Secrets = (
    SignedPrekeySecret,
    Option<OneTimePrekeySecret>,
    KemPrekeySecret,
);

/// Reads the private halves of the keys that a header names; `None` where one is not there.
fn secrets(step: &Transaction<'_>, header: &FirstHeader) -> Result<Option<Secrets>, StoreError> {
    let signed = header.signed_prekey_id();
    let signed: Option<SignedPrekeyPickle> = prekeys::find(step, signed, &[Kind::Signed])?;
    let kems = [Kind::OneTimeKem, Kind::LastResortKem];
    let kem: Option<KemPrekeyPickle> = prekeys::find(step, header.kem_prekey_id(), &kems)?;
    let (Some(signed), Some(kem)) = (signed, kem) else {
        return Ok(None);
    };
    let one_time: Option<OneTimePrekeyPickle> = match header.one_time_prekey_id() {
        Some(id) => match prekeys::find(step, id, &[Kind::OneTime])? {
            Some(one_time) => Some(one_time),
            None => return Ok(None),
        },
        None => None,
    };
    Ok(Some((
        SignedPrekeySecret::from_pickle(&signed),
        one_time.as_ref().map(OneTimePrekeySecret::from_pickle),
        KemPrekeySecret::from_pickle(&kem),
    )))
}
