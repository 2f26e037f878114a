//! Sessions at rest.

use super::{Session, SessionId};
use crate::e2ee::wire::FirstHeader;
use heliograph_protocol::keys::IdentityKey;
use serde::{Deserialize, Serialize};
use std::fmt;
use vodozemac::olm;

/// Is a [`Session`] to be stored: all its secrets, so only where everything is encrypted.
#[derive(Serialize, Deserialize)]
pub struct SessionPickle {
    id: SessionId,
    peer: IdentityKey,
    unanswered: Option<FirstHeader>,
    ratchet: olm::SessionPickle,
}

impl Session {
    /// Makes a copy to be stored.
    pub fn pickle(&self) -> SessionPickle {
        SessionPickle {
            id: self.id,
            peer: self.peer.clone(),
            unanswered: self.unanswered.clone(),
            ratchet: self.ratchet.pickle(),
        }
    }

    /// Makes the session that was stored.
    pub fn from_pickle(pickle: SessionPickle) -> Self {
        Self {
            id: pickle.id,
            peer: pickle.peer,
            unanswered: pickle.unanswered,
            ratchet: olm::Session::from_pickle(pickle.ratchet),
        }
    }
}

impl fmt::Debug for SessionPickle {
    /// Shows the name alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionPickle")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
