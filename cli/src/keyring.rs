//! The key of a profile, in the system's keyring: Keychain, the Credential Manager, or what speaks the Secret
//! Service's protocol, as those of GNOME and KDE do.

use anyhow::{Context, Result, anyhow};
use heliograph_client::store::StoreKey;
use keyring::{Entry, Error};
use std::path::Path;
use zeroize::Zeroizing;

/// Under which name keys are in the keyring; which, the profile's folder says.
const SERVICE: &str = "heliograph";

/// Gives the key of a profile; a new one where there is none yet.
pub(crate) fn make(folder: &Path) -> Result<StoreKey> {
    let none = "no keyring here: register without --keyring, by a passphrase";
    let entry = entry(folder).context(none)?;
    match entry.get_secret() {
        Err(Error::NoEntry) => {
            let key = StoreKey::draw().context("failed to draw a key")?;
            if let StoreKey::Raw(bytes) = &key {
                let kept = entry.set_secret(bytes.as_slice());
                kept.context("failed to keep the key in the keyring")?;
            }
            Ok(key)
        }
        found => key(found),
    }
}

/// Gives the key of a profile that has one.
pub(crate) fn get(folder: &Path) -> Result<StoreKey> {
    let none = "the key of this profile is in the system's keyring, and there is none here";
    key(entry(folder).context(none)?.get_secret())
}

fn entry(folder: &Path) -> Result<Entry> {
    let folder = std::path::absolute(folder)?;
    Ok(Entry::new(SERVICE, &folder.to_string_lossy())?)
}

fn key(found: Result<Vec<u8>, Error>) -> Result<StoreKey> {
    let found = Zeroizing::new(found.map_err(|error| match error {
        Error::NoEntry => anyhow!("the keyring has no key for this profile"),
        error => anyhow!(error).context("failed to read the keyring: is it locked?"),
    })?);
    let bytes: [u8; 32] = found
        .as_slice()
        .try_into()
        .context("what the keyring has for this profile is no key")?;
    Ok(StoreKey::Raw(Zeroizing::new(bytes)))
}
