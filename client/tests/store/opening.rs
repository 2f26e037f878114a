use super::{ALICE, BOB, key, message, open, step, with};
use heliograph_client::store::{OpenStoreError, Store, StoreError, StoreKey, messages, settings};
use std::fs::{self, File, TryLockError};
use std::path::Path;
use tempfile::tempdir;
use zeroize::Zeroizing;

fn try_open(directory: &Path, key: &StoreKey) -> Result<Store, OpenStoreError> {
    Store::open(directory.join("store.db"), key)
}

/// Everything that lies in a directory, as it lies there.
fn bytes(directory: &Path) -> Vec<u8> {
    let files = fs::read_dir(directory).unwrap();
    files
        .flat_map(|file| fs::read(file.unwrap().path()).unwrap())
        .collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn what_was_stored_is_there_and_readable_by_nobody_else() {
    let directory = tempdir().unwrap();
    let store = open(directory.path());
    step(&store, |step| {
        settings::set(step, "phone", &"+46701234567")?;
        messages::put(
            step,
            &with(BOB),
            &message(1, 1, ALICE, "rendezvous"),
            "rendezvous",
        )
    });
    let open_bytes = bytes(directory.path());
    drop(store);
    for found in [open_bytes, bytes(directory.path())] {
        assert!(found.len() > 4096);
        for secret in [
            "rendezvous",
            "+46701234567",
            ALICE,
            BOB,
            "CREATE TABLE",
            "SQLite format",
        ] {
            assert!(!holds(&found, secret), "{secret} lies open");
        }
    }
    let store = open(directory.path());
    let phone: Option<String> = step(&store, |step| settings::get(step, "phone"));
    assert_eq!(phone.as_deref(), Some("+46701234567"));
    assert_eq!(
        step(&store, |step| messages::page(step, &with(BOB), None, 10)).len(),
        1
    );
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_user_only() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempdir().unwrap();
    let _store = open(directory.path());
    for file in fs::read_dir(directory.path()).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_wrong_key_opens_nothing_and_harms_nothing() {
    let directory = tempdir().unwrap();
    drop(open(directory.path()));
    let before = bytes(directory.path());
    let refused = try_open(directory.path(), &key(8));
    assert!(
        matches!(refused, Err(OpenStoreError::WrongKey)),
        "{refused:?}"
    );
    assert_eq!(bytes(directory.path()), before);
    drop(open(directory.path()));
    fs::write(
        directory.path().join("store.db"),
        "no store, but longer than a salt",
    )
    .unwrap();
    let refused = try_open(directory.path(), &key(7));
    assert!(
        matches!(refused, Err(OpenStoreError::WrongKey)),
        "{refused:?}"
    );
}

#[test]
fn a_passphrase_opens_what_it_has_made() {
    let directory = tempdir().unwrap();
    let passphrase = |text: &str| StoreKey::Passphrase(Zeroizing::new(text.to_owned()));
    let store = try_open(directory.path(), &passphrase("correct horse")).unwrap();
    step(&store, |step| settings::set(step, "number", &7));
    drop(store);
    let refused = try_open(directory.path(), &passphrase("correct house"));
    assert!(
        matches!(refused, Err(OpenStoreError::WrongKey)),
        "{refused:?}"
    );
    let store = try_open(directory.path(), &passphrase("correct horse")).unwrap();
    assert_eq!(step(&store, |step| settings::get(step, "number")), Some(7));
    // The same words make another key of another file.
    let other = tempdir().unwrap();
    drop(try_open(other.path(), &passphrase("correct horse")).unwrap());
    let salts = [&directory, &other].map(|it| bytes(it.path())[..16].to_vec());
    assert_ne!(salts[0], salts[1]);
}

#[test]
fn one_process_has_it_open() {
    let directory = tempdir().unwrap();
    let first = open(directory.path());
    let refused = try_open(directory.path(), &key(7));
    assert!(matches!(refused, Err(OpenStoreError::InUse)), "{refused:?}");
    // Nor has the first one's lock gone by that: another process could write beside it.
    let lock = File::open(directory.path().join("store.db.lock")).unwrap();
    assert!(matches!(lock.try_lock(), Err(TryLockError::WouldBlock)));
    drop(first);
    drop(open(directory.path()));
}

#[test]
fn what_a_later_version_has_written_is_left_alone() {
    let directory = tempdir().unwrap();
    let store = open(directory.path());
    step(&store, |step| {
        Ok(step.pragma_update(None, "user_version", 99)?)
    });
    drop(store);
    let refused = try_open(directory.path(), &key(7));
    let newer = matches!(
        refused,
        Err(OpenStoreError::Newer {
            found: 99,
            known: 1
        })
    );
    assert!(newer, "{refused:?}");
}

#[test]
fn a_step_happens_as_a_whole_or_not_at_all() {
    let directory = tempdir().unwrap();
    let store = open(directory.path());
    let failed: Result<(), StoreError> = store.step(|step| {
        settings::set(step, "name", &"Alice")?;
        Err(StoreError::Corrupt)
    });
    assert!(failed.is_err());
    let name =
        |store: &Store| -> Option<String> { step(store, |step| settings::get(step, "name")) };
    assert_eq!(name(&store), None);
    step(&store, |step| settings::set(step, "name", &"Bob"));
    // As a process that is killed leaves it: nothing is closed, copied or said good-bye to.
    let copy = tempdir().unwrap();
    for file in fs::read_dir(directory.path()).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    assert_eq!(name(&open(copy.path())).as_deref(), Some("Bob"));
    step(&store, |step| settings::remove(step, "name"));
    assert_eq!(name(&store), None);
}

#[test]
fn keys_are_not_printed() {
    let passphrase = StoreKey::Passphrase(Zeroizing::new("secret".to_owned()));
    assert_eq!(
        format!("{:?} {passphrase:?}", key(7)),
        "Raw(…) Passphrase(…)"
    );
    assert!(matches!(StoreKey::draw(), Ok(StoreKey::Raw(bytes)) if *bytes != [0; 32]));
}
