//! The pair of tokens that a device has.

use heliograph_protocol::http::{SessionOk, TokensOk};
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::ZeroizeOnDrop;

/// Are the tokens of a device (protocol §1), as they are kept.
///
/// Who has them is the device: they are for its store alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ZeroizeOnDrop)]
pub struct Tokens {
    /// Opens the socket, for at most 15 minutes.
    pub access_token: String,
    /// When the access token ends, ms since the epoch, by the server's clock.
    pub access_expires_at: u64,
    /// Gets the next pair, once.
    pub refresh_token: String,
}

impl fmt::Debug for Tokens {
    /// Prints no token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("access_expires_at", &self.access_expires_at)
            .finish_non_exhaustive()
    }
}

impl From<TokensOk> for Tokens {
    fn from(ok: TokensOk) -> Self {
        Self {
            access_token: ok.access_token,
            access_expires_at: ok.access_expires_at,
            refresh_token: ok.refresh_token,
        }
    }
}

impl From<&SessionOk> for Tokens {
    /// Takes the tokens of a device that was just registered.
    fn from(session: &SessionOk) -> Self {
        Self {
            access_token: session.access_token.clone(),
            access_expires_at: session.access_expires_at,
            refresh_token: session.refresh_token.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_printed() {
        let tokens = Tokens {
            access_token: "secret-1".to_owned(),
            access_expires_at: 7,
            refresh_token: "secret-2".to_owned(),
        };
        assert_eq!(format!("{tokens:?}"), "Tokens { access_expires_at: 7, .. }");
    }
}
