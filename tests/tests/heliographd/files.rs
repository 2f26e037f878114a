//! What a data folder holds, and who may use it.

use heliograph_tests::OneMachine;
use heliograph_tests::one_machine::heliographd;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use tokio::process::Command;
use tokio::time::timeout;

#[tokio::test]
async fn only_its_owner_can_read_the_folder() {
    let machine = OneMachine::start(&["--dev"]).await;
    machine.person("alice").await;
    let mut names = Vec::new();
    for entry in std::fs::read_dir(machine.data()).unwrap() {
        let entry = entry.unwrap();
        let found = entry.metadata().unwrap();
        let mode = found.permissions().mode() & 0o777;
        let expected = if found.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, expected, "{}", entry.path().display());
        names.push(entry.file_name().into_string().unwrap());
    }
    for name in ["blobs", "secret", "store.db", "store.lock"] {
        assert!(names.iter().any(|it| it == name), "{name}: {names:?}");
    }
    let mode = std::fs::metadata(machine.data())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn a_folder_has_one_server() {
    let machine = OneMachine::start(&["--dev"]).await;
    let mut second = Command::new(heliographd());
    second
        .args(["--listen", "127.0.0.1:0", "--data"])
        .arg(machine.data());
    let second = second.kill_on_drop(true).output();
    let second = timeout(Duration::from_secs(30), second)
        .await
        .unwrap()
        .unwrap();
    assert!(!second.status.success());
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains("used by another process"), "{said}");
    machine.person("alice").await.connect().await.ping().await;
}
