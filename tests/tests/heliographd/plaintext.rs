//! What phones say to each other is nowhere on the server, nor in the phones' files as it is.

use heliograph_client::client::Event;
use heliograph_tests::{OneMachine, Phone};
use std::path::Path;

/// What was said, in words that nothing else holds.
const SAID: [&str; 7] = [
    "marmalade on the lighthouse",
    "a walrus in the elevator",
    "the second walrus has left",
    "zeppelins",
    "gondolas for the three of us",
    "the minutes of the walrus",
    "tangerines",
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
    let (alice, mut bob) = (Phone::register(site).await, Phone::register(site).await);
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
    alice.write(&bob, SAID[3]).await;
    // A group, a second device, and a file.
    let mut carol = Phone::register(site).await;
    let members = [&bob, &carol].map(|it| it.user_id.clone()).to_vec();
    let made = alice.client().create_group("friends", members).await;
    let (friends, _) = made.unwrap();
    let mut tablet = carol.link().await;
    alice.write(&friends, SAID[4]).await;
    carol.hears(&alice).await;
    tablet.hears(&alice).await;
    let file = alice.folder().join("to-be-sent");
    std::fs::write(&file, SAID[5].repeat(1_000)).unwrap();
    let sent = alice.client().send_file(&friends, &file, Some(SAID[6]));
    sent.await.unwrap();
    std::fs::remove_file(&file).unwrap();
    let heard = tablet.hears(&alice).await;
    assert_eq!(heard.says.text(), Some(SAID[6]));
    alice.client().settled().await.unwrap();
    assert_eq!(carol.client().search("gondo", 10).await.unwrap().len(), 1);
    alice.client().search("walrus", 10).await.unwrap();
    assert!(search(&machine.data()) > 3);
    assert!(search(tablet.folder()) > 0);
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
