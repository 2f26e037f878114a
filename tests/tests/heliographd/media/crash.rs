//! kill -9 while files come in: what was acknowledged is there afterwards, and nothing else is.

use heliograph_protocol::media::SignedRequest;
use heliograph_protocol::reply::{MediaCompleteOk, MediaUploadOk};
use heliograph_tests::files::{get, put, put_parts, whole};
use heliograph_tests::one_machine::files;
use heliograph_tests::{OneMachine, Person, hash};
use hyper::StatusCode;
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

fn incoming(machine: &OneMachine) -> PathBuf {
    machine.data().join("blobs").join("incoming")
}

/// How many bytes are on their way in.
fn bytes_incoming(machine: &OneMachine) -> u64 {
    // What is looked at may just be going.
    let length = |path: PathBuf| std::fs::metadata(path).map_or(0, |found| found.len());
    let entries = std::fs::read_dir(incoming(machine)).unwrap();
    entries.map(|entry| length(entry.unwrap().path())).sum()
}

async fn becomes(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..5000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("never {what}");
}

/// Sends the beginning of a body where a request says, and keeps the connection open.
async fn put_half(request: &SignedRequest, bytes: &[u8]) -> TcpStream {
    let (host, path) = request.url["http://".len()..].split_once('/').unwrap();
    let mut head = format!("PUT /{path} HTTP/1.1\r\nhost: {host}\r\n");
    for (name, value) in &request.headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    write!(head, "content-length: {}\r\n\r\n", bytes.len()).unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&bytes[..bytes.len() / 2]).await.unwrap();
    stream
}

async fn bytes_of(of: &Person, signed: &MediaUploadOk) -> Option<Vec<u8>> {
    let mut socket = of.connect().await;
    let reply = socket.try_download(&signed.media_id).await;
    if reply.outcome.is_err() {
        return None;
    }
    let there: heliograph_protocol::reply::MediaDownloadOk = reply.ok();
    Some(get(&there.url).await.bytes.to_vec())
}

#[tokio::test]
async fn a_kill_in_the_middle_of_a_put_leaves_nothing_of_it() {
    let mut machine = OneMachine::start(&["--dev", "--no-limits"]).await;
    let alice = machine.person("alice").await;
    let mut a = alice.connect().await;
    let bytes = vec![7; 4 * 1024 * 1024];
    let done: MediaUploadOk = a.upload(&bytes).await.ok();
    assert_eq!(put(whole(&done), &bytes).await.status, StatusCode::OK);
    let signed: MediaUploadOk = a.upload(&bytes).await.ok();
    let _open = put_half(whole(&signed), &bytes).await;
    let half = u64::try_from(bytes.len() / 4).unwrap();
    becomes("half", || bytes_incoming(&machine) > half).await;
    machine.kill().await;
    assert_eq!(files(&incoming(&machine)).len(), 1, "killed in the middle");

    machine.start_again().await;
    machine.sweep().await;
    assert!(files(&incoming(&machine)).is_empty());
    assert_eq!(files(&machine.data().join("blobs")).len(), 1);
    assert_eq!(bytes_of(&alice, &done).await, Some(bytes));
    assert_eq!(bytes_of(&alice, &signed).await, None);
}

#[tokio::test]
async fn of_many_puts_at_once_a_kill_loses_none_that_was_acknowledged() {
    let mut machine = OneMachine::start(&["--dev", "--no-limits"]).await;
    let alice = machine.person("alice").await;
    let mut a = alice.connect().await;
    let mut signed: Vec<(MediaUploadOk, Vec<u8>)> = Vec::new();
    for n in 0..40 {
        let bytes = vec![n; 256 * 1024];
        signed.push((a.upload(&bytes).await.ok(), bytes));
    }
    let mut puts = JoinSet::new();
    for (n, (signed, bytes)) in signed.iter().enumerate() {
        let (signed, bytes) = (signed.clone(), bytes.clone());
        puts.spawn(async move { (n, put(whole(&signed), &bytes).await.status) });
    }
    let mut acknowledged = Vec::new();
    while acknowledged.len() < 10 {
        let (n, status) = puts.join_next().await.unwrap().unwrap();
        assert_eq!(status, StatusCode::OK);
        acknowledged.push(n);
    }
    machine.kill().await;
    // Those whose answer was on its way; the others have lost their connection.
    while let Some(put) = puts.join_next().await {
        acknowledged.extend(
            put.ok()
                .filter(|(_, it)| *it == StatusCode::OK)
                .map(|it| it.0),
        );
    }
    machine.start_again().await;
    machine.sweep().await;
    let mut there = 0;
    for (n, (signed, bytes)) in signed.iter().enumerate() {
        match bytes_of(&alice, signed).await {
            Some(got) => {
                assert!(got == *bytes, "{n} is whole or not there");
                there += 1;
            }
            None => assert!(!acknowledged.contains(&n), "{n} is lost"),
        }
    }
    assert_eq!(files(&machine.data().join("blobs")).len(), there);
}

#[tokio::test]
async fn a_file_whose_parts_are_joined_when_the_process_dies_is_completed_by_asking_again() {
    let mut machine = OneMachine::start(&["--dev", "--no-limits"]).await;
    let alice = machine.person("alice").await;
    let bytes: Vec<u8> = (0..=250).cycle().take(17 * 1024 * 1024).collect();
    // Joining takes some milliseconds: before, in between, and behind.
    for half_ms in 0..10 {
        let mut a = alice.connect().await;
        let signed: MediaUploadOk = a.upload_in_parts(&bytes).await.ok();
        let parts = put_parts(&signed, &bytes).await;
        let request = |id| heliograph_protocol::request::MediaComplete {
            id,
            media_id: signed.media_id.clone(),
            parts: parts.clone(),
        };
        a.begin(request).await.unwrap();
        tokio::time::sleep(Duration::from_micros(500 * half_ms)).await;
        machine.kill().await;
        machine.start_again().await;
        let mut a = alice.connect().await;
        let done: MediaCompleteOk = a.complete(&signed.media_id, parts).await.ok();
        assert_eq!(done.sha256, hash(&bytes));
        assert!(bytes_of(&alice, &signed).await == Some(bytes.clone()));
        machine.sweep().await;
        assert!(files(&incoming(&machine)).is_empty());
        assert!(files(&machine.data().join("blobs").join("parts")).is_empty());
    }
}
