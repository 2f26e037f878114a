//! What only the browser can read: [RFC 8291], in one record of `aes128gcm` ([RFC 8188]).
//!
//! [RFC 8188]: https://www.rfc-editor.org/rfc/rfc8188
//! [RFC 8291]: https://www.rfc-editor.org/rfc/rfc8291

use crate::subscription::Subscription;
use hkdf::Hkdf;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use p256::{SecretKey, ecdh};
use rand::TryRng;
use rand::rngs::SysRng;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use sha2::Sha256;
use std::error::Error;

type Cause = Box<dyn Error + Send + Sync>;

/// The longest payload, in bytes: with what encryption adds it makes the 4096 bytes that every push
/// service takes ([RFC 8291, section 4]).
///
/// [RFC 8291, section 4]: https://www.rfc-editor.org/rfc/rfc8291#section-4
pub const MAX_PAYLOAD_BYTES: usize = 3993;

/// The size that the record's header tells; the one record is shorter.
const RECORD_BYTES: u32 = 4096;

/// Ends the last record ([RFC 8188, section 2](https://www.rfc-editor.org/rfc/rfc8188#section-2)).
const LAST_RECORD: u8 = 2;

/// What is drawn anew for every message.
pub(crate) struct Fresh {
    secret: SecretKey,
    salt: [u8; 16],
}

impl Fresh {
    /// Draws from the operating system's randomness.
    pub(crate) fn draw() -> Result<Self, Cause> {
        let mut salt = [0; 16];
        SysRng.try_fill_bytes(&mut salt)?;
        loop {
            let mut scalar = [0; 32];
            SysRng.try_fill_bytes(&mut scalar)?;
            // All but one in 2³² draws are a key.
            if let Ok(secret) = SecretKey::from_slice(&scalar) {
                return Ok(Self { secret, salt });
            }
        }
    }
}

/// Encrypts a payload to a browser's keys; its length stays visible.
pub(crate) fn encrypt(to: &Subscription, payload: &[u8], fresh: Fresh) -> Result<Vec<u8>, Cause> {
    let Fresh { secret, salt } = fresh;
    let sender = secret.public_key().to_encoded_point(false);
    let shared = ecdh::diffie_hellman(secret.to_nonzero_scalar(), to.key.as_affine());

    let key_info: [&[u8]; 3] = [b"WebPush: info\0", to.p256dh(), sender.as_bytes()];
    let input: [u8; 32] = derive(to.auth(), shared.raw_secret_bytes(), &key_info)?;
    let key: [u8; 16] = derive(&salt, &input, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: [u8; 12] = derive(&salt, &input, &[b"Content-Encoding: nonce\0"])?;

    let mut record = Vec::with_capacity(payload.len() + 1 + AES_128_GCM.tag_len());
    record.extend_from_slice(payload);
    record.push(LAST_RECORD);
    let nonce = Nonce::assume_unique_for_key(nonce);
    LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?).seal_in_place_append_tag(
        nonce,
        Aad::empty(),
        &mut record,
    )?;

    let key_id_bytes = u8::try_from(sender.len())?;
    let mut body = Vec::with_capacity(21 + sender.len() + record.len());
    body.extend_from_slice(&salt);
    body.extend_from_slice(&RECORD_BYTES.to_be_bytes());
    body.push(key_id_bytes);
    body.extend_from_slice(sender.as_bytes());
    body.append(&mut record);
    Ok(body)
}

fn derive<const N: usize>(salt: &[u8], input: &[u8], info: &[&[u8]]) -> Result<[u8; N], Cause> {
    let mut output = [0; N];
    Hkdf::<Sha256>::new(Some(salt), input)
        .expand_multi_info(info, &mut output)
        .map_err(|_| "more derived than HKDF yields")?;
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base64url;

    #[test]
    fn the_example_of_rfc_8291_appendix_a_comes_out() {
        let to = Subscription::parse(
            "https://push.example/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "BTBZMqHH6r4Tts7J_aSIgg",
        )
        .unwrap();
        let secret: [u8; 32] =
            base64url::decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw").unwrap();
        let fresh = Fresh {
            secret: SecretKey::from_slice(&secret).unwrap(),
            salt: base64url::decode("DGv6ra1nlYgDCS1FRnbzlw").unwrap(),
        };
        let body = encrypt(&to, b"When I grow up, I want to be a watermelon", fresh).unwrap();
        assert_eq!(
            base64url::encode(body),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml\
             mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT\
             pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }
}
