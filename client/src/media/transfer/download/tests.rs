//! What is made of answers. That all of a file comes, whatever happens, is tested with what receives it.

use super::*;
use crate::media::seal::MediaKey;
use crate::media::transfer::{About, RetryReason};
use heliograph_protocol::media::{MediaKind, Sha256};

fn download() -> Download {
    let attachment = Attachment {
        media_id: "secret".parse().unwrap(),
        key: MediaKey::try_from(&[1; 32][..]).unwrap(),
        sealed_bytes: 21,
        sha256: Sha256([2; 32]),
        kind: MediaKind::Document,
        about: About::default(),
    };
    Download::new(attachment, "to/secret.pdf".into())
}

fn answer() -> MediaDownloadOk {
    MediaDownloadOk {
        url: "https://store/secret".to_owned(),
        size: 21,
        sha256: Sha256([2; 32]),
        expires_at: 900_000,
    }
}

#[test]
fn an_address_is_asked_for_and_used_while_it_is_good() {
    let mut download = download();
    assert!(matches!(download.step(0), DownloadStep::Ask(_)));
    download.place(answer(), 0).unwrap();
    assert!(matches!(download.step(890_000), DownloadStep::Get(_)));
    assert!(matches!(download.step(896_000), DownloadStep::Ask(_)));
    download.begin_anew().unwrap();
    assert!(matches!(download.step(0), DownloadStep::Ask(_)));
}

#[test]
fn another_file_than_the_message_tells_of_is_not_begun() {
    let forged = Err(Setback::Final(TransferError::Forged));
    let longer = MediaDownloadOk {
        size: 22,
        ..answer()
    };
    assert_eq!(download().place(longer, 0), forged);
    let sha256 = Sha256([3; 32]);
    assert_eq!(
        download().place(MediaDownloadOk { sha256, ..answer() }, 0),
        forged
    );
}

#[test]
fn only_the_range_that_was_asked_for_is_taken() {
    let begin = |status, from: Option<u64>| {
        let head = Head {
            status,
            bytes: from.map(|from| from..20),
            retry_after_ms: None,
        };
        Download::begin(10, &head)
    };
    assert_eq!(begin(206, Some(10)), Ok(Body::Rest(10)));
    assert_eq!(begin(200, None), Ok(Body::Whole));
    // Whatever a whole file says of ranges.
    assert_eq!(begin(200, Some(10)), Ok(Body::Whole));
    let rejected = |status| Err(Setback::Final(TransferError::Rejected(status)));
    assert_eq!(begin(206, Some(11)), rejected(206));
    assert_eq!(begin(206, None), rejected(206));
    let empty = Head {
        status: 206,
        bytes: Some(10..10),
        retry_after_ms: None,
    };
    assert_eq!(Download::begin(10, &empty), rejected(206));
    assert_eq!(begin(416, None), rejected(416));
    assert_eq!(begin(403, None), Err(Setback::Stale));
    let unavailable = Setback::passing(RetryReason::Rejected(503));
    assert_eq!(begin(503, None), Err(unavailable));
}

#[test]
fn addresses_are_asked_for_as_long_as_bytes_come() {
    let mut download = download();
    for _ in 0..100 {
        download.begin_anew().unwrap();
        download.come();
    }
    while download.begin_anew().is_ok() {}
}

#[test]
fn the_disk_knows_no_address() {
    let mut download = download();
    download.place(answer(), 0).unwrap();
    let json = serde_json::to_string(&download).unwrap();
    assert!(!json.contains("https"), "{json}");
    let read: Download = serde_json::from_str(&json).unwrap();
    assert_eq!(read.attachment(), download.attachment());
    assert!(!format!("{download:?}").contains("secret"));
}
