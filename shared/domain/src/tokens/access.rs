//! Access tokens: JWTs signed with EdDSA ([RFC 7519], [RFC 8037]), protocol §1.
//!
//! [RFC 7519]: https://www.rfc-editor.org/rfc/rfc7519
//! [RFC 8037]: https://www.rfc-editor.org/rfc/rfc8037

use super::KeyRing;
use crate::address::Address;
use heliograph_protocol::{DeviceId, UserId};
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};

/// How long an access token lives, in seconds (protocol §1: at most 15 minutes).
const LIFE_S: u64 = 15 * 60;

/// A fresh access token and when it ends.
pub struct AccessToken {
    /// The JWT.
    pub token: String,
    /// When it ends, in milliseconds since the Unix epoch.
    pub expires_at: u64,
}

/// A token that this deployment did not make, or that has ended.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("token not valid")]
pub struct ForgedToken;

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    device_id: DeviceId,
    device_created_at: u64,
    iat: u64,
    exp: u64,
}

impl AccessToken {
    /// Signs a token for a device.
    ///
    /// # Errors
    /// [`ForgedToken`] when the key cannot sign, which derived keys always can.
    pub fn sign(keys: &KeyRing, to: &Address, now_ms: u64) -> Result<Self, ForgedToken> {
        let iat = now_ms / 1000;
        let claims = Claims {
            iss: keys.issuer().to_owned(),
            aud: keys.issuer().to_owned(),
            sub: to.user_id.clone(),
            device_id: to.device_id,
            device_created_at: to.device_created_at,
            iat,
            exp: iat + LIFE_S,
        };
        let header = Header {
            kid: Some(keys.current().id.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        let token = jsonwebtoken::encode(&header, &claims, &keys.current().access().sign)
            .map_err(|_| ForgedToken)?;
        Ok(Self {
            token,
            expires_at: claims.exp * 1000,
        })
    }

    /// Tells whose token it is.
    ///
    /// # Errors
    /// [`ForgedToken`] for any other algorithm, issuer, audience or key, a changed byte, or a token
    /// that has ended by `now_ms`.
    pub fn verify(keys: &KeyRing, token: &str, now_ms: u64) -> Result<Address, ForgedToken> {
        let kid = jsonwebtoken::decode_header(token)
            .map_err(|_| ForgedToken)?
            .kid;
        let version = keys
            .honoured()
            .find(|version| Some(&version.id) == kid.as_ref());
        let version = version.ok_or(ForgedToken)?;
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_issuer(&[keys.issuer()]);
        rules.set_audience(&[keys.issuer()]);
        rules.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // The clock is ours, so that a simulation can turn it.
        rules.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &version.access().verify, &rules)
            .map_err(|_| ForgedToken)?
            .claims;
        if claims.exp <= now_ms / 1000 {
            return Err(ForgedToken);
        }
        Ok(Address {
            user_id: claims.sub,
            device_id: claims.device_id,
            device_created_at: claims.device_created_at,
        })
    }
}
