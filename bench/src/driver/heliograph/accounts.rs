//! The registered users, kept in a file of JSON lines so that later runs need not register them again.
//!
//! A refresh token works once, so a new pair is appended before it is used; of several lines for a
//! user the last one counts.

use crate::clock::unix_ms;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Access tokens live for 15 minutes (protocol §1); older than this they are renewed before a run.
const RENEW_AFTER_MS: u64 = 10 * 60 * 1000;

/// A registered user of a server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) user: usize,
    pub(super) user_id: String,
    pub(super) access_token: String,
    pub(super) refresh_token: String,
    /// When the tokens were issued, Unix milliseconds.
    pub(super) issued_at_ms: u64,
}

impl Account {
    /// Whether its access token should be renewed before it is used for a run.
    pub(super) fn is_old(&self) -> bool {
        unix_ms() > self.issued_at_ms + RENEW_AFTER_MS
    }
}

/// The accounts of one server and their file.
pub(super) struct Accounts {
    known: Mutex<HashMap<usize, Account>>,
    file: Mutex<File>,
}

impl Accounts {
    /// Reads what earlier runs have left; a missing file is made.
    pub(super) fn open(path: &Path) -> Result<Accounts> {
        let known = match File::open(path) {
            Ok(file) => read(file).with_context(|| format!("reading {}", path.display()))?,
            Err(e) if e.kind() == ErrorKind::NotFound => HashMap::new(),
            Err(e) => return Err(e).with_context(|| format!("opening {}", path.display())),
        };
        let file = File::options().create(true).append(true).open(path);
        let file = file.with_context(|| format!("opening {}", path.display()))?;
        Ok(Accounts {
            known: Mutex::new(known),
            file: Mutex::new(file),
        })
    }

    pub(super) fn get(&self, user: usize) -> Option<Account> {
        lock(&self.known).get(&user).cloned()
    }

    pub(super) fn put(&self, account: Account) -> Result<()> {
        let line = serde_json::to_string(&account)? + "\n";
        lock(&self.file)
            .write_all(line.as_bytes())
            .context("writing an account")?;
        lock(&self.known).insert(account.user, account);
        Ok(())
    }
}

fn read(file: File) -> Result<HashMap<usize, Account>> {
    let mut known = HashMap::new();
    for line in BufReader::new(file).lines() {
        let account: Account = serde_json::from_str(&line?)?;
        known.insert(account.user, account);
    }
    Ok(known)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(user: usize, refresh_token: &str) -> Account {
        Account {
            user,
            user_id: format!("id-{user}"),
            access_token: "a".into(),
            refresh_token: refresh_token.into(),
            issued_at_ms: 1,
        }
    }

    #[test]
    fn the_last_line_of_a_user_counts() {
        let path = std::env::temp_dir().join(format!("accounts-{}.jsonl", std::process::id()));
        let accounts = Accounts::open(&path).unwrap();
        assert_eq!(accounts.get(1), None);
        accounts.put(account(1, "first")).unwrap();
        accounts.put(account(2, "other")).unwrap();
        accounts.put(account(1, "second")).unwrap();
        let again = Accounts::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(again.get(1), Some(account(1, "second")));
        assert_eq!(again.get(2), Some(account(2, "other")));
        assert!(again.get(2).unwrap().is_old());
    }
}
