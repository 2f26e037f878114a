//! Files in messages, from phone to phone.

use heliograph_client::client::{Event, Says, SendFileError, ShownMessage};
use heliograph_client::content::{Body, Media};
use heliograph_client::media::image::probe;
use heliograph_client::media::transfer::{Event as TransferEvent, JobId};
use heliograph_client::store::messages::Status;
use heliograph_protocol::media::MediaKind;
use heliograph_tests::{Deployment, Phone, scenarios};
use image::{ImageFormat, RgbImage};
use std::path::{Path, PathBuf};

scenarios!(
    a_photo_and_a_document_reach_who_was_away,
    a_file_in_a_group_goes_out_over_an_end_in_between,
);

/// More than a part.
const DOCUMENT_BYTES: usize = 9 * 1024 * 1024;

fn document(folder: &Path) -> PathBuf {
    let path = folder.join("minutes of the meeting.txt");
    let sentence = b"The walrus was heard on the second floor. ";
    let mut text = sentence.repeat(DOCUMENT_BYTES / sentence.len() + 1);
    text.truncate(DOCUMENT_BYTES);
    std::fs::write(&path, text).unwrap();
    path
}

fn photo(folder: &Path) -> PathBuf {
    let path = folder.join("walrus.png");
    let pixels = RgbImage::from_fn(2000, 1000, |x, y| {
        image::Rgb([x / 8, y / 4, (x ^ y) / 8].map(|it| it.to_le_bytes()[0]))
    });
    pixels.save_with_format(&path, ImageFormat::Png).unwrap();
    path
}

fn media(message: &ShownMessage) -> Media {
    match &message.says {
        Says::Content(Body::Media(media)) => (**media).clone(),
        other => panic!("{other:?}"),
    }
}

async fn gets(phone: &mut Phone, message: &ShownMessage, to: &Path) {
    let id = phone.client().get_file(&media(message), to).await.unwrap();
    ends(phone, id).await;
}

async fn ends(phone: &mut Phone, id: JobId) {
    phone
        .until(|event| match event {
            Event::Transfer(TransferEvent::Downloaded { id: it, .. }) if it == id => Some(()),
            Event::Transfer(TransferEvent::Uploaded { id: it, .. }) if it == id => Some(()),
            Event::Transfer(TransferEvent::Failed { error, .. }) => panic!("{error}"),
            _ => None,
        })
        .await;
}

async fn a_photo_and_a_document_reach_who_was_away(stack: Deployment) {
    let site = stack.site();
    let (mut alice, mut bob) = (Phone::register(site).await, Phone::register(site).await);
    let folder = tempfile::tempdir().unwrap();
    let (document, photo) = (document(folder.path()), photo(folder.path()));
    bob.end().await;
    let client = alice.client().clone();
    let missing = client
        .send_file(&bob, folder.path().join("none"), None)
        .await;
    assert!(
        matches!(missing, Err(SendFileError::Read(_))),
        "{missing:?}"
    );
    let id = client
        .send_file(&bob, &photo, Some("look at him"))
        .await
        .unwrap();
    ends(&mut alice, id).await;
    let id = client.send_file(&bob, &document, None).await.unwrap();
    // What is sent is what it was.
    let text = std::fs::read(&document).unwrap();
    std::fs::remove_file(&document).unwrap();
    ends(&mut alice, id).await;
    alice.has(&bob, 2).await;
    let sent = alice.chat(&bob).await;
    alice
        .sees(sent[1].position.message_id, Status::Accepted)
        .await;
    assert!(client.transfers().is_empty());

    bob.open().await;
    bob.has(&alice, 2).await;
    let heard = bob.chat(&alice).await;
    assert_eq!(heard[0].says.text(), Some("look at him"));
    let picture = media(&heard[0]).attachment;
    assert_eq!(picture.kind, MediaKind::Image);
    let size = (picture.about.width, picture.about.height);
    assert_eq!(size, (Some(1600), Some(800)));
    assert!(!picture.about.thumbhash.is_empty() && !picture.about.thumbnail.is_empty());
    let got = folder.path().join("got");
    gets(&mut bob, &heard[0], &got).await;
    let probed = probe(&std::fs::read(&got).unwrap());
    assert_eq!(
        (probed.mime, probed.dimensions),
        ("image/jpeg", Some((1600, 800)))
    );
    let paper = media(&heard[1]).attachment.about;
    assert_eq!(
        paper.safe_name().as_deref(),
        Some("minutes of the meeting.txt")
    );
    gets(&mut bob, &heard[1], &got).await;
    assert!(std::fs::read(&got).unwrap() == text, "it is another one");
    assert_eq!(bob.client().search("look", 10).await.unwrap().len(), 1);
}

async fn a_file_in_a_group_goes_out_over_an_end_in_between(stack: Deployment) {
    let site = stack.site();
    let (mut alice, mut bob) = (Phone::register(site).await, Phone::register(site).await);
    let members = vec![bob.user_id.clone()];
    let made = alice.client().create_group("friends", members).await;
    let (friends, _) = made.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let document = document(folder.path());
    let sent = alice
        .client()
        .send_file(&friends, &document, Some("as promised"));
    let id = sent.await.unwrap();
    alice.end().await;
    alice.open().await;
    if alice.client().transfers().contains(&id) {
        ends(&mut alice, id).await;
    }
    let heard = bob.hears(&alice).await;
    assert_eq!(heard.says.text(), Some("as promised"));
    let got = folder.path().join("got");
    gets(&mut bob, &heard, &got).await;
    let is_same = std::fs::read(&got).unwrap() == std::fs::read(&document).unwrap();
    assert!(is_same, "it is another one");
    assert_eq!(alice.chat(&friends).await.len(), 1);
}
