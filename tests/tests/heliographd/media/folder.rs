//! What lies in the folder of a server that keeps files.

use heliograph_client::media::seal::{Sealed, open, seal};
use heliograph_protocol::media::MediaId;
use heliograph_protocol::reply::{Empty, MediaCompleteOk, MediaUploadOk};
use heliograph_protocol::request::ProfileSet;
use heliograph_tests::files::{get, put_parts, upload};
use heliograph_tests::one_machine::files;
use heliograph_tests::{OneMachine, Socket};
use std::path::Path;

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    memchr::memmem::find(bytes, what).is_some()
}

/// The files below a folder in which something stands.
fn found(folder: &Path, what: &[u8]) -> usize {
    let files = files(folder);
    let with = files
        .iter()
        .filter(|path| holds(&std::fs::read(path).unwrap(), what));
    with.count()
}

const WORDS: &[u8] = b"Noon, at the lighthouse. ";

fn sealed(bytes: usize) -> (Vec<u8>, Sealed) {
    let plain: Vec<u8> = WORDS.iter().copied().cycle().take(bytes).collect();
    let mut sealed = Vec::new();
    let facts = seal(&mut plain.as_slice(), &mut sealed).unwrap();
    (sealed, facts)
}

async fn upload_in_parts(socket: &mut Socket, bytes: &[u8]) -> MediaId {
    let signed: MediaUploadOk = socket.upload_in_parts(bytes).await.ok();
    let parts = put_parts(&signed, bytes).await;
    let _: MediaCompleteOk = socket.complete(&signed.media_id, parts).await.ok();
    signed.media_id
}

#[tokio::test]
async fn nothing_of_a_file_can_be_read_there_nor_whose_it_is() {
    let mut machine = OneMachine::start(&["--dev"]).await;
    let (alice, bob) = (machine.person("alice").await, machine.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let (small, small_facts) = sealed(300_000);
    let (large, large_facts) = sealed(8 * 1024 * 1024 + 300_000);
    let photo = upload(&mut a, &small).await;
    let document = upload_in_parts(&mut a, &large).await;
    let photo_media_id = Some(photo.as_str().to_owned());
    let show = a.ask(|id| ProfileSet {
        id,
        username: None,
        about: None,
        photo_media_id,
    });
    let _: Empty = show.await.ok();
    machine.sweep().await;
    for (media_id, facts) in [(&photo, &small_facts), (&document, &large_facts)] {
        let there = b.download(media_id).await;
        assert_eq!(
            (there.size, there.sha256),
            (facts.sealed_bytes, facts.sha256)
        );
        let (got, mut plain) = (get(&there.url).await.bytes, Vec::new());
        open(&facts.key, there.size, &mut &got[..], &mut plain).unwrap();
        assert!(plain.starts_with(WORDS) && plain.len() as u64 == facts.plain_bytes);
    }
    a.close().await;
    b.close().await;
    machine.stop().await;

    let data = machine.data();
    // What is looked for can be found: the photo is there twice, as uploaded and as kept.
    assert_eq!(found(&data, &small[..1000]), 2);
    assert_eq!(found(&data, &large[large.len() - 1000..]), 1);
    assert_eq!(found(&data, WORDS.trim_ascii()), 0);
    for facts in [&small_facts, &large_facts] {
        let key = serde_json::to_string(&facts.key).unwrap();
        assert_eq!(found(&data, key.trim_matches('"').as_bytes()), 0);
    }
    // Nor is anybody named beside a file.
    let blobs = data.join("blobs");
    for person in [&alice, &bob] {
        let user_id = person.session.user_id.as_str();
        assert_eq!(found(&blobs, user_id.as_bytes()), 0);
        assert_eq!(found(&blobs, person.number.as_str().as_bytes()), 0);
    }
}
