//! A session, and what steps it.

use super::{DecryptError, EncryptError, RespondError, SessionId};
use crate::e2ee::plaintext;
use crate::e2ee::pqxdh::{self, InitiateError, PrekeySecrets};
use crate::e2ee::prekeys::{KemUse, OneTimePrekeySecret};
use crate::e2ee::wire::{Ciphertext, FirstHeader, FirstMessage, SessionMessage};
use crate::e2ee::{Context, Identity};
use heliograph_protocol::keys::{IdentityKey, PrekeyBundle};
use std::fmt;
use vodozemac::olm::{self, OlmMessage};
use zeroize::Zeroizing;

/// Is one side of what two devices say to each other.
pub struct Session {
    pub(super) id: SessionId,
    pub(super) peer: IdentityKey,
    /// What every message says until the peer has answered, if this side has begun.
    pub(super) unanswered: Option<FirstHeader>,
    pub(super) ratchet: olm::Session,
}

/// Is what was encrypted, and the session that has stepped by it.
#[derive(Debug)]
pub struct Encrypted {
    /// To be stored in place of the one before, before a byte leaves.
    pub session: Session,
    /// What is sent.
    pub ciphertext: Ciphertext,
}

/// Is what was decrypted, and the session that has stepped by it.
pub struct Decrypted {
    /// To be stored in place of the one before, with what the content says.
    pub session: Session,
    /// What was sent.
    pub content: Vec<u8>,
}

/// Is a session that was joined, and what its first message says.
pub struct Responded {
    /// To be stored, with what the content says.
    pub session: Session,
    /// What was sent.
    pub content: Vec<u8>,
    /// The keys whose end is to be stored with it.
    pub used: UsedPrekeys,
}

/// Names the one-time pre-keys that a session has used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsedPrekeys {
    /// The X25519 key, if one was used.
    pub one_time: Option<u32>,
    /// The ML-KEM key, unless it was the last-resort one.
    pub kem: Option<u32>,
}

impl Session {
    /// Begins a session with a device.
    ///
    /// # Errors
    /// [`InitiateError`] for a bundle that is not to be trusted.
    pub fn initiate(me: &Identity, bundle: &PrekeyBundle) -> Result<Self, InitiateError> {
        let (header, ratchet) = pqxdh::initiate(me, bundle)?;
        Ok(Self {
            id: SessionId::new(&header, &bundle.identity_key),
            peer: bundle.identity_key.clone(),
            unanswered: Some(header),
            ratchet,
        })
    }

    /// Joins the session that a first message begins, and decrypts it.
    ///
    /// Whether the identity in the header is the sender's is for the caller to see
    /// (`IdentityState`); that it has encrypted the message is seen here.
    ///
    /// # Errors
    /// [`RespondError`].
    pub fn respond(
        me: &Identity,
        secrets: PrekeySecrets<'_>,
        first: &FirstMessage,
        context: &Context,
    ) -> Result<Responded, RespondError> {
        let ratchet = pqxdh::respond(me, secrets, &first.header)?;
        let session = Self {
            id: first.session_id(me.public()),
            peer: first.header.identity.clone(),
            unanswered: None,
            ratchet,
        };
        let Decrypted { session, content } = session.decrypt(&first.message, context)?;
        let is_one_time = secrets.kem.kem_use() == KemUse::OneTime;
        let used = UsedPrekeys {
            one_time: secrets.one_time.map(OneTimePrekeySecret::key_id),
            kem: is_one_time.then_some(secrets.kem.key_id()),
        };
        Ok(Responded {
            session,
            content,
            used,
        })
    }

    /// Names the session.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// Tells whom it is with.
    pub fn peer(&self) -> &IdentityKey {
        &self.peer
    }

    /// Tells whether the peer has answered, or has begun: until then, every message is a first one.
    pub fn is_answered(&self) -> bool {
        self.unanswered.is_none()
    }

    /// Encrypts content for the peer.
    ///
    /// # Errors
    /// [`EncryptError`].
    pub fn encrypt(&self, content: &[u8], context: &Context) -> Result<Encrypted, EncryptError> {
        let plain = plaintext::write(content, context)?;
        let mut session = self.copy();
        let encrypted = session.ratchet.encrypt(&*plain);
        let message = match encrypted.map_err(|_| EncryptError::PeerKey)? {
            OlmMessage::Normal(message) => SessionMessage::new(message),
            OlmMessage::PreKey(first) => SessionMessage::new(first.message().clone()),
        };
        let ciphertext = match session.unanswered.clone() {
            Some(header) => Ciphertext::First(FirstMessage { header, message }),
            None => Ciphertext::Session(message),
        };
        Ok(Encrypted {
            session,
            ciphertext,
        })
    }

    /// Decrypts a message of the peer.
    ///
    /// # Errors
    /// [`DecryptError`].
    pub fn decrypt(
        &self,
        message: &SessionMessage,
        context: &Context,
    ) -> Result<Decrypted, DecryptError> {
        let mut session = self.copy();
        let message = OlmMessage::Normal(message.olm().clone());
        let plain = session.ratchet.decrypt(&message);
        let plain = Zeroizing::new(plain?);
        let content = plaintext::read(&plain, context)?;
        session.unanswered = None;
        Ok(Decrypted { session, content })
    }

    /// Decrypts a further first message of the session that it has begun.
    ///
    /// # Errors
    /// [`DecryptError::OtherSession`] when it begins another one, and whatever
    /// [`decrypt`](Self::decrypt) reports.
    pub fn decrypt_repeated(
        &self,
        me: &Identity,
        first: &FirstMessage,
        context: &Context,
    ) -> Result<Decrypted, DecryptError> {
        match first.session_id(me.public()) == self.id {
            true => self.decrypt(&first.message, context),
            false => Err(DecryptError::OtherSession),
        }
    }

    /// Copies it, for what may fail.
    fn copy(&self) -> Self {
        Self::from_pickle(self.pickle())
    }
}

impl fmt::Debug for Session {
    /// Shows the name alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Decrypted {
    /// Leaves out the content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decrypted")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Responded {
    /// Leaves out the content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responded")
            .field("session", &self.session)
            .field("used", &self.used)
            .finish_non_exhaustive()
    }
}
