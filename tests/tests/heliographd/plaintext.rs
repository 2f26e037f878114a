//! What phones say to each other is nowhere on the server, nor in the phones' files as it is.

use heliograph_client::client::Event;
use heliograph_tests::{OneMachine, Phone};
use std::path::Path;

/// What was said, in words that nothing else holds.
const SAID: [&str; 4] = [
    "marmalade on the lighthouse",
    "a walrus in the elevator",
    "the second walrus has left",
    "zeppelins",
];

/// Looks for words in all files of a folder; gives how many files there are.
fn search(folder: &Path) -> usize {
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files += search(&path);
            continue;
        }
        files += 1;
        let bytes = std::fs::read(&path).unwrap();
        for words in SAID {
            let found = memchr::memmem::find(&bytes, words.as_bytes());
            assert_eq!(found, None, "{words:?} in {}", path.display());
        }
    }
    files
}

#[tokio::test]
async fn is_in_no_file() {
    let mut machine = OneMachine::start(&["--dev"]).await;
    let site = machine.site();
    let (mut alice, mut bob) = (Phone::register(site).await, Phone::register(site).await);
    let first = alice.write(&bob, SAID[0]).await;
    bob.hears(&alice).await;
    // One that waits while the server is looked through.
    bob.end().await;
    alice.write(&bob, SAID[1]).await;
    alice
        .client()
        .edit(&bob.user_id, first, SAID[2])
        .await
        .unwrap();
    let last = alice.write(&bob, SAID[3]).await;
    alice
        .sees(last, heliograph_client::store::messages::Status::Accepted)
        .await;
    alice.client().search("walrus", 10).await.unwrap();
    assert!(search(&machine.data()) > 2);
    assert!(search(alice.folder()) > 0);
    bob.open().await;
    bob.until(|event| matches!(event, Event::Changed { .. }).then_some(()))
        .await;
    machine.stop().await;
    assert!(search(&machine.data()) > 2);
    assert!(search(bob.folder()) > 0);
    for words in SAID {
        assert!(!machine.log().contains(words), "{words:?} in the log");
    }
}
