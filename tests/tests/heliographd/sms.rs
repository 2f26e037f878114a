//! How codes reach phones.

use heliograph_protocol::ErrorCode;
use heliograph_tests::http::Call;
use heliograph_tests::{OneMachine, device, fresh_number};
use hyper::StatusCode;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

#[tokio::test]
async fn without_a_way_to_send_a_code_registration_is_unavailable() {
    let machine = OneMachine::start(&[]).await;
    let refused = machine.site().register(&fresh_number()).await.unwrap_err();
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.error.code, ErrorCode::Unavailable);

    // These are for --dev.
    let clock = machine
        .site()
        .post_text("/dev/clock?advance_ms=1", "")
        .await;
    let sms = format!(
        "{}?phone_number=%2B8613000000000",
        machine.site().addresses().sms
    );
    let sms = Call::get(sms).answer(machine.site().patience).await;
    for answer in [clock, sms] {
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.body);
    }
}

#[tokio::test]
async fn a_command_gets_number_and_code() {
    let folder = TempDir::new().unwrap();
    let sent = folder.path().join("sent");
    let program = program(
        folder.path(),
        &format!("echo \"$# $1 $2\" >{}", sent.display()),
    );
    let machine = OneMachine::start(&["--sms-command", program.to_str().unwrap()]).await;
    let number = fresh_number();
    let begun = machine.site().register(&number).await.unwrap();

    let sent = std::fs::read_to_string(sent).unwrap();
    let [count, to, code] = sent
        .split_whitespace()
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    assert_eq!((count, to), ("2", number.as_str()));
    let id = &begun.registration_id;
    machine
        .site()
        .verify(id, code, device("phone", 7))
        .await
        .unwrap();
    assert!(!machine.log().contains(code), "codes are not logged");
}

#[tokio::test]
async fn a_command_that_fails_makes_registration_unavailable() {
    let folder = TempDir::new().unwrap();
    let program = program(folder.path(), "echo \"$1\" >&2; exit 3");
    for program in [program.as_path(), Path::new("/nonexistent")] {
        let machine = OneMachine::start(&["--sms-command", program.to_str().unwrap()]).await;
        let number = fresh_number();
        let refused = machine.site().register(&number).await.unwrap_err();
        assert_eq!(refused.error.code, ErrorCode::Unavailable);
        assert!(
            !machine.log().contains(&number.as_str()[1..]),
            "{}",
            machine.log()
        );
    }
}

#[tokio::test]
async fn numbers_that_no_plan_has_are_refused() {
    let machine = OneMachine::start(&["--sms-command", "/bin/true"]).await;
    for number in ["+9999999999", "+12025550", "+4612345678901234"] {
        let body = format!(r#"{{"phone_number":"{number}"}}"#);
        let answer = machine.site().post_text("/v1/registrations", body).await;
        assert_eq!(
            answer.status,
            StatusCode::BAD_REQUEST,
            "{number}: {}",
            answer.body
        );
        assert!(!answer.body.contains(&number[1..]), "{}", answer.body);
    }
}

fn program(folder: &Path, script: &str) -> PathBuf {
    let path = folder.join("sms");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o700)).unwrap();
    path
}
