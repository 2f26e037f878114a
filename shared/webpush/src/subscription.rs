//! What a browser gives to whom it lets push.

use crate::base64url;
use crate::endpoint::Endpoint;
use p256::PublicKey;
use std::fmt;

/// A browser's subscription: where to post, and to whose keys.
///
/// Whoever knows all of it can have the browser wake up; `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    endpoint: String,
    p256dh: [u8; 65],
    auth: [u8; 16],
    pub(crate) key: PublicKey,
}

impl Subscription {
    /// Reads the strings of a browser's [`PushSubscription.toJSON()`]: `endpoint`, `keys.p256dh` (an
    /// uncompressed point of P-256) and `keys.auth` (16 bytes), the keys in base64url with padding
    /// or without.
    ///
    /// Whether the endpoint may be posted to is asked of [`Hosts`](crate::Hosts).
    ///
    /// # Errors
    /// The first of the three that is not what it is to be.
    ///
    /// [`PushSubscription.toJSON()`]: https://www.w3.org/TR/push-api/#dom-pushsubscription-tojson
    pub fn parse(endpoint: &str, p256dh: &str, auth: &str) -> Result<Self, SubscriptionError> {
        Endpoint::parse(endpoint).ok_or(SubscriptionError::Endpoint)?;
        let p256dh: [u8; 65] = base64url::decode(p256dh).ok_or(SubscriptionError::P256dh)?;
        let key = PublicKey::from_sec1_bytes(&p256dh).map_err(|_| SubscriptionError::P256dh)?;
        let auth = base64url::decode(auth).ok_or(SubscriptionError::Auth)?;
        Ok(Self {
            endpoint: endpoint.to_owned(),
            p256dh,
            auth,
            key,
        })
    }

    /// The URL to post to, which is a secret between the browser, its push service and us.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The browser's public key: an uncompressed point of P-256.
    pub fn p256dh(&self) -> &[u8; 65] {
        &self.p256dh
    }

    /// The browser's authentication secret.
    pub fn auth(&self) -> &[u8; 16] {
        &self.auth
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}

/// A failure to read a subscription: which of its strings is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscriptionError {
    /// Not an absolute URL as a browser writes it, or longer than 2048 bytes.
    #[error("endpoint is not a URL of a push service")]
    Endpoint,
    /// Not an uncompressed point of P-256 in base64url.
    #[error("p256dh is not an uncompressed point of P-256 in base64url")]
    P256dh,
    /// Not 16 bytes in base64url.
    #[error("auth is not 16 bytes in base64url")]
    Auth,
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDPOINT: &str = "https://push.example/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV";
    const P256DH: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

    #[test]
    fn keys_are_read_with_padding_and_without() {
        let bare = Subscription::parse(ENDPOINT, P256DH, AUTH).unwrap();
        let padded =
            Subscription::parse(ENDPOINT, &format!("{P256DH}="), &format!("{AUTH}==")).unwrap();
        assert_eq!(bare, padded);
        assert_eq!(bare.endpoint(), ENDPOINT);
        assert_eq!(base64url::encode(bare.p256dh()), P256DH);
        assert_eq!(base64url::encode(bare.auth()), AUTH);
    }

    #[test]
    fn the_wrong_string_is_named() {
        let off_the_curve = format!("{}A", &P256DH[..P256DH.len() - 1]).replace("aOzi", "aOzj");
        let short = &P256DH[..P256DH.len() - 4];
        let compressed = "AyVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcx";
        let identity = base64url::encode([0]);
        for p256dh in [&off_the_curve, short, compressed, &identity, "", "*"] {
            let error = Subscription::parse(ENDPOINT, p256dh, AUTH).unwrap_err();
            assert_eq!(error, SubscriptionError::P256dh, "{p256dh}");
        }
        for auth in [
            "",
            "BTBZMqHH6r4Tts7J_aSI",
            "BTBZMqHH6r4Tts7J_aSIggAA",
            "+/==",
        ] {
            let error = Subscription::parse(ENDPOINT, P256DH, auth).unwrap_err();
            assert_eq!(error, SubscriptionError::Auth, "{auth}");
        }
        let error = Subscription::parse("push.example", P256DH, AUTH).unwrap_err();
        assert_eq!(error, SubscriptionError::Endpoint);
    }

    #[test]
    fn debug_shows_nothing() {
        let subscription = Subscription::parse(ENDPOINT, P256DH, AUTH).unwrap();
        assert_eq!(format!("{subscription:?}"), "Subscription { .. }");
    }
}
