//! The receiver's side of [RFC 8291](https://www.rfc-editor.org/rfc/rfc8291).

use crate::Subscription;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use p256::{PublicKey, SecretKey, ecdh};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use sha2::Sha256;

/// A browser that has subscribed, always with the same keys.
#[derive(Clone)]
pub struct Browser {
    secret: SecretKey,
    auth: [u8; 16],
}

impl Browser {
    /// The browser whose private key is 32 bytes of 3.
    #[expect(clippy::new_without_default, reason = "no browser is the usual one")]
    pub fn new() -> Self {
        Self {
            secret: SecretKey::from_slice(&[3; 32]).unwrap(),
            auth: *b"0123456789abcdef",
        }
    }

    /// What it hands out.
    pub fn subscription(&self, endpoint: &str) -> Subscription {
        let (p256dh, auth) = self.keys();
        Subscription::parse(endpoint, &p256dh, &auth).unwrap()
    }

    /// Its public key and its secret, as `PushSubscription.toJSON()` has them.
    pub fn keys(&self) -> (String, String) {
        let p256dh = URL_SAFE_NO_PAD.encode(self.public());
        (p256dh, URL_SAFE_NO_PAD.encode(self.auth))
    }

    /// Reads a message of one record.
    pub fn decrypt(&self, body: &[u8]) -> Vec<u8> {
        let (salt, rest) = body.split_at(16);
        let (record_bytes, rest) = rest.split_at(4);
        let record_bytes = u32::from_be_bytes(record_bytes.try_into().unwrap());
        let (sender, record) = rest[1..].split_at(usize::from(rest[0]));
        assert_eq!((record_bytes, sender.len(), sender[0]), (4096, 65, 4));
        assert!(record.len() <= 4096);

        let key = PublicKey::from_sec1_bytes(sender).unwrap();
        let shared = ecdh::diffie_hellman(self.secret.to_nonzero_scalar(), key.as_affine());
        let info = [b"WebPush: info\0", &self.public()[..], sender].concat();
        let input = hkdf::<32>(&self.auth, shared.raw_secret_bytes(), &info);
        let key = hkdf::<16>(salt, &input, b"Content-Encoding: aes128gcm\0");
        let nonce = hkdf::<12>(salt, &input, b"Content-Encoding: nonce\0");

        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).unwrap());
        let nonce = Nonce::assume_unique_for_key(nonce);
        let mut record = record.to_vec();
        let padded = key.open_in_place(nonce, Aad::empty(), &mut record).unwrap();
        let end = padded.iter().rposition(|byte| *byte != 0).unwrap();
        assert_eq!(padded[end], 2, "not the last record");
        padded[..end].to_vec()
    }

    fn public(&self) -> Vec<u8> {
        let point = self.secret.public_key().to_encoded_point(false);
        point.as_bytes().to_vec()
    }
}

fn hkdf<const N: usize>(salt: &[u8], input: &[u8], info: &[u8]) -> [u8; N] {
    let mut output = [0; N];
    let extracted = Hkdf::<Sha256>::new(Some(salt), input);
    extracted.expand(info, &mut output).unwrap();
    output
}
