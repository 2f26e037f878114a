//! A photo and a large document on their way from one to another who is away.

use super::store::rows;
use async_trait::async_trait;
use heliograph_client::media::image::{PhotoOptions, prepare, probe};
use heliograph_client::media::seal::PLAIN_BYTES_MAX;
use heliograph_client::media::transfer::{
    About, Attachment, Event, MediaService, ServiceError, Source, TransferOptions, Transfers,
};
use heliograph_protocol::event::Envelope;
use heliograph_protocol::media::MediaKind;
use heliograph_protocol::reply::{MediaCompleteOk, MediaDownloadOk, MediaUploadOk};
use heliograph_protocol::request::{MediaComplete, MediaDownload, MediaUpload};
use heliograph_tests::files::get_range;
use heliograph_tests::one_machine::files;
use heliograph_tests::{Deployment, Reply, Socket, hash, scenarios};
use image::{ImageFormat, Rgb, RgbImage};
use serde::de::DeserializeOwned;
use std::io::Cursor;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

scenarios!(a_photo_and_a_document_reach_who_was_away);

/// What a camera writes into a photo and nobody else is to read.
const PLACE: &[u8] = b"59.3293 N 18.0686 E";
/// What the document says, over and over.
const SENTENCE: &[u8] = b"Nobody in between reads this sentence, however often it stands here.\n";

/// After which files go, and a minute.
const DAYS_30: Duration = Duration::from_secs(30 * 24 * 60 * 60 + 60);

/// Asks over a socket, as the client library does.
struct Service(tokio::sync::Mutex<Socket>);

fn outcome<T: DeserializeOwned>(reply: Reply) -> Result<T, ServiceError> {
    let ok = reply.outcome.map_err(|error| ServiceError::from(&error))?;
    Ok(ok.read().expect("the answer to this request"))
}

#[async_trait]
impl MediaService for Service {
    async fn upload(&self, request: MediaUpload) -> Result<MediaUploadOk, ServiceError> {
        let mut socket = self.0.lock().await;
        outcome(socket.ask(|id| MediaUpload { id, ..request }).await)
    }

    async fn complete(&self, request: MediaComplete) -> Result<MediaCompleteOk, ServiceError> {
        let mut socket = self.0.lock().await;
        outcome(socket.ask(|id| MediaComplete { id, ..request }).await)
    }

    async fn download(&self, request: MediaDownload) -> Result<MediaDownloadOk, ServiceError> {
        let mut socket = self.0.lock().await;
        outcome(socket.ask(|id| MediaDownload { id, ..request }).await)
    }
}

/// Transfers of somebody, and what became of them.
struct Desk {
    transfers: Transfers,
    told: Arc<Mutex<Vec<Event>>>,
}

impl Desk {
    async fn open(folder: &Path) -> Self {
        let told: Arc<Mutex<Vec<Event>>> = Arc::default();
        let tell = told.clone();
        let listener = move |event| tell.lock().unwrap().push(event);
        let transfers = Transfers::open(folder, TransferOptions::default(), listener).await;
        Self {
            transfers: transfers.unwrap(),
            told,
        }
    }

    /// Puts one file.
    async fn put(&self, service: &Service, from: Source, about: About) -> Attachment {
        let kind = match about.mime.as_str() {
            "image/jpeg" => MediaKind::Image,
            _ => MediaKind::Document,
        };
        self.transfers.upload(from, kind, about).await.unwrap();
        self.transfers.run_until_idle(service).await;
        match self.told.lock().unwrap().pop() {
            Some(Event::Uploaded { attachment, .. }) => *attachment,
            other => panic!("{other:?}"),
        }
    }

    /// Gets one file.
    async fn get(&self, service: &Service, attachment: &Attachment, to: &Path) {
        self.transfers.download(attachment, to).await.unwrap();
        self.transfers.run_until_idle(service).await;
        let last = self.told.lock().unwrap().pop();
        assert!(matches!(last, Some(Event::Downloaded { .. })), "{last:?}");
    }
}

/// The largest document that may be sent.
fn document() -> Vec<u8> {
    let bytes = usize::try_from(PLAIN_BYTES_MAX).unwrap();
    let mut text = SENTENCE.repeat(bytes / SENTENCE.len() + 1);
    text.truncate(bytes);
    text
}

/// A photo of 12 megapixels, with the place where it was taken.
fn photo() -> Vec<u8> {
    let pixels = RgbImage::from_fn(4000, 3000, |x, y| {
        let [x, y, both] = [x / 16, y / 12, (x ^ y) / 16].map(|it| it.to_le_bytes()[0]);
        Rgb([x, y, both])
    });
    let mut jpeg = Cursor::new(Vec::new());
    pixels.write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
    let jpeg = jpeg.into_inner();
    let length = u8::try_from(PLACE.len() + 2).unwrap();
    [&jpeg[..2], &[0xff, 0xfe, 0, length], PLACE, &jpeg[2..]].concat()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(bytes, part).is_some()
}

async fn a_photo_and_a_document_reach_who_was_away(mut stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let folder = tempfile::tempdir().unwrap();
    let original = photo();
    assert!(holds(&original, PLACE));
    let ready = prepare(&original, &PhotoOptions::default()).unwrap();
    assert_eq!((ready.width, ready.height), (1600, 1200));
    let text = document();
    let document = folder.path().join("document.txt");
    tokio::fs::write(&document, &text).await.unwrap();

    // Bob is away.
    let service = Service(alice.connect().await.into());
    let desk = Desk::open(&folder.path().join("of-alice")).await;
    let jpeg = Source::Bytes(ready.jpeg.clone().into());
    let photo = desk.put(&service, jpeg, (&ready).into()).await;
    let about = About::file(&probe(&text[..64]), Some("document.txt".to_owned()));
    let paper = desk.put(&service, Source::File(document), about).await;
    assert_eq!(paper.plain_bytes(), Some(PLAIN_BYTES_MAX));
    let mut a = service.0.into_inner();
    for attachment in [&photo, &paper] {
        let json = serde_json::to_string(attachment).unwrap();
        a.send(&bob, &json).await.accepted();
    }

    let mut b = bob.connect().await;
    let missed = b.drain().await;
    let read = |it: &Envelope| serde_json::from_str::<Attachment>(&it.content).unwrap();
    let attachments: Vec<Attachment> = missed.iter().map(read).collect();
    assert_eq!(attachments, [photo, paper]);
    let [photo, paper] = &attachments[..] else {
        panic!()
    };
    for (file, part) in [(photo, &ready.jpeg[5000..5064]), (paper, SENTENCE)] {
        let url = b.download(&file.media_id).await.url;
        let stored = get_range(&url, "bytes=0-1048575").await.bytes;
        assert!(!holds(&stored, part) && !holds(&stored, PLACE));
    }
    let service = Service(b.into());
    let desk = Desk::open(&folder.path().join("of-bob")).await;
    for (file, sent) in [(photo, &ready.jpeg), (paper, &text)] {
        let to = folder.path().join(file.media_id.as_str());
        desk.get(&service, file, &to).await;
        let got = tokio::fs::read(&to).await.unwrap();
        assert_eq!(hash(&got), hash(sent));
        assert!(!holds(&got, PLACE));
    }
    a.close().await;
    service.0.into_inner().close().await;
    if let Deployment::OneMachine(machine) = &stack {
        machine.advance_clock(DAYS_30).await;
        machine.sweep().await;
        assert!(files(&machine.data().join("blobs")).is_empty());
        for file in &attachments {
            assert_eq!(rows(&mut stack, &file.media_id).await, 0);
        }
    }
}
