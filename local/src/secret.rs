//! The master secret, made at first start.

use anyhow::Context as _;
use heliograph_domain::ports::Ids;
use heliograph_domain::tokens::KeyRing;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const ISSUER: &str = "heliographd";

/// Reads the keys of a data folder. `secret` holds the master secret, 64 hex digits; a
/// `secret.previous` beside it is still honoured, which is how an operator rotates.
pub fn load_or_make(dir: &Path, ids: &dyn Ids) -> anyhow::Result<KeyRing> {
    let path = dir.join("secret");
    let current = match fs::read(&path) {
        Ok(secret) => secret,
        Err(error) if error.kind() == ErrorKind::NotFound => make(&path, ids)?,
        Err(error) => return Err(error).context("reading the master secret"),
    };
    let previous = match fs::read(dir.join("secret.previous")) {
        Ok(secret) => Some(secret),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error).context("reading the previous master secret"),
    };
    Ok(KeyRing::derive(ISSUER, &current, previous.as_deref())?)
}

/// Writes a new secret beside its place and moves it there, so that a crash leaves all or nothing.
fn make(path: &Path, ids: &dyn Ids) -> anyhow::Result<Vec<u8>> {
    let mut bytes = [0; 32];
    ids.fill(&mut bytes);
    let secret: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let new = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)
        .context("making the master secret")?;
    file.write_all(secret.as_bytes())
        .and_then(|()| file.sync_all())?;
    fs::rename(&new, path)?;
    if let Some(dir) = path.parent() {
        fs::File::open(dir)?.sync_all()?;
    }
    Ok(secret.into_bytes())
}
