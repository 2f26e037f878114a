//! Tokens that link a further device, among the registrations: both wait for somebody to prove
//! something.
//!
//! A token says itself which device it is of. Stored is a hash of it, and nothing else: who reads the
//! table can neither link nor tell whose it is, and an account that goes leaves nothing of its own.

use crate::Context;
use crate::address::Address;
use crate::store::{Condition, Consistency, Item, Key, Store, StoreError, Table, Write};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use sha2::{Digest, Sha256};

/// What nobody guesses, in bytes.
const SECRET_BYTES: usize = 16;

/// Makes the token of a device from bytes that nobody guesses.
pub fn token(secret: [u8; SECRET_BYTES], by: &Address) -> String {
    BASE64.encode([&secret[..], by.to_string().as_bytes()].concat())
}

/// Which device a token says that it is of.
fn address(token: &str) -> Option<Address> {
    let bytes = BASE64.decode(token).ok()?;
    Address::parse(std::str::from_utf8(bytes.get(SECRET_BYTES..)?).ok()?)
}

/// A `#` keeps links apart from registrations, whose ids hold none.
fn key(token: &str) -> Key {
    let hash = BASE64.encode(Sha256::digest(token));
    Key::new(Table::Registrations, format!("link#{hash}"))
}

/// Stores a token that a device has asked for.
///
/// # Errors
/// The store's.
pub async fn put(
    store: &dyn Store,
    cx: &Context,
    token: &str,
    expires_at_s: u64,
) -> Result<(), StoreError> {
    let item = Item::new(key(token)).expiring(expires_at_s);
    store.write(cx, Write::put(item)).await.map(drop)
}

/// Tells which device asked for a token; `None` when there is no such token any more.
///
/// # Errors
/// The store's.
pub async fn get(
    store: &dyn Store,
    cx: &Context,
    token: &str,
) -> Result<Option<Address>, StoreError> {
    let item = store.get(cx, &key(token), Consistency::Strong).await?;
    // Only one that was made here has a row.
    Ok(item.and_then(|_| address(token)))
}

/// Ends a token, once.
pub fn finish(token: &str) -> Write {
    Write::delete(key(token)).when(Condition::Present)
}

#[cfg(test)]
mod tests {
    use super::*;
    use heliograph_protocol::DeviceId;

    #[test]
    fn a_token_names_its_device_and_no_other_text_is_one() {
        let by = Address {
            user_id: "alice".parse().unwrap(),
            device_id: DeviceId::PRIMARY,
            device_created_at: 7,
        };
        assert_eq!(address(&token([255; 16], &by)), Some(by));
        for text in ["", "q3N1Zr0mVb4", "no token!", &BASE64.encode([255; 40])] {
            assert_eq!(address(text), None, "{text}");
        }
    }
}
