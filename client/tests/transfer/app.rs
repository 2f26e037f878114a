//! An app on a device: a folder, a clock that is turned, and what the app was told.

use crate::store::{Store, World};
use async_trait::async_trait;
use heliograph_client::media::transfer::{
    About, Attachment, Clock, Event, JobId, OpenTransfersError, RetryReason, Source,
    TransferOptions, Transfers,
};
use heliograph_protocol::media::MediaKind;
use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

/// Turns the time of the world instead of waiting.
struct WorldClock(Arc<World>);

#[async_trait]
impl Clock for WorldClock {
    fn now_ms(&self) -> u64 {
        self.0.state().now_ms
    }

    async fn sleep_ms(&self, ms: u64) {
        self.0.state().now_ms += ms;
        tokio::task::yield_now().await;
    }
}

pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) dir: tempfile::TempDir,
    told: Arc<Mutex<Vec<Event>>>,
}

impl App {
    pub(crate) async fn start() -> Self {
        Self {
            store: Store::start().await,
            dir: tempfile::tempdir().unwrap(),
            told: Arc::default(),
        }
    }

    /// Starts the app, or starts it again.
    pub(crate) async fn open(&self) -> Transfers {
        let told = Arc::clone(&self.told);
        let options = TransferOptions {
            clock: Arc::new(WorldClock(Arc::clone(&self.store.world))),
            ..TransferOptions::default()
        };
        let listener = move |event| told.lock().unwrap().push(event);
        // What an app that was killed in this process was just writing has the folder for a moment.
        loop {
            let opened = Transfers::open(self.folder(), options.clone(), listener.clone()).await;
            match opened {
                Ok(transfers) => return transfers,
                Err(error) => assert!(matches!(error, OpenTransfersError::InUse), "{error}"),
            }
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.dir.path().join("transfers")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Takes on a file that is to be got, as `file`.
    pub(crate) async fn begin_to_get(
        &self,
        transfers: &Transfers,
        attachment: &Attachment,
    ) -> JobId {
        let id = transfers.download(attachment, self.path("file")).await;
        id.unwrap()
    }

    /// Takes on a file of such bytes.
    pub(crate) async fn begin(&self, transfers: &Transfers, plain: &[u8]) -> JobId {
        let path = self.path("plain");
        std::fs::write(&path, plain).unwrap();
        let about = About {
            name: Some("name.bin".to_owned()),
            ..About::default()
        };
        let source = Source::File(path.clone());
        let id = transfers.upload(source, MediaKind::Document, about);
        let id = id.await.unwrap();
        // It is not needed any more.
        std::fs::remove_file(path).unwrap();
        id
    }

    /// Puts a file of such bytes, and forgets what was asked for that.
    pub(crate) async fn put(&self, plain: &[u8]) -> Attachment {
        let transfers = self.open().await;
        self.begin(&transfers, plain).await;
        transfers.run_until_idle(&self.store.service()).await;
        let attachment = self.uploaded();
        self.store.world.state().asked.clear();
        self.forget_told();
        attachment
    }

    /// Runs the app until something is so, and kills it.
    pub(crate) async fn kill_when(&self, transfers: Transfers, is_so: impl FnMut() -> bool) {
        let service = self.store.service();
        tokio::select! {
            () = transfers.run(&service) => {}
            () = until(is_so) => {}
        }
    }

    /// How many parts are noted as put.
    pub(crate) fn parts_noted(&self, id: JobId) -> usize {
        let note = std::fs::read_to_string(self.folder().join(format!("{id}.json")));
        note.unwrap().matches("etag-").count()
    }

    /// What the app was told but of progress.
    pub(crate) fn told(&self) -> Vec<Event> {
        let mut told = self.told.lock().unwrap().clone();
        told.retain(|event| !matches!(event, Event::Progress { .. }));
        told
    }

    /// What the app was told of progress: bytes that are there, and all.
    pub(crate) fn progress(&self) -> Vec<(u64, u64)> {
        let told = self.told.lock().unwrap();
        told.iter()
            .filter_map(|event| match event {
                Event::Progress {
                    done_bytes,
                    total_bytes,
                    ..
                } => Some((*done_bytes, *total_bytes)),
                _ => None,
            })
            .collect()
    }

    /// How a transfer that waited now and then has ended.
    pub(crate) fn end(&self) -> Event {
        let mut told = self.told();
        told.retain(|event| !matches!(event, Event::Waiting { .. }));
        assert_eq!(told.len(), 1, "one end is told once: {told:?}");
        told.remove(0)
    }

    /// What kept transfers that waited.
    pub(crate) fn reasons(&self) -> Vec<RetryReason> {
        let told = self.told();
        told.iter()
            .filter_map(|event| match event {
                Event::Waiting { because, .. } => Some(*because),
                _ => None,
            })
            .collect()
    }

    /// Forgets what the app was told.
    pub(crate) fn forget_told(&self) {
        self.told.lock().unwrap().clear();
    }

    pub(crate) fn waits(&self) -> Vec<u64> {
        let told = self.told();
        told.iter()
            .filter_map(|event| match event {
                Event::Waiting { retry_in_ms, .. } => Some(*retry_in_ms),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn uploaded(&self) -> Attachment {
        match self.end() {
            Event::Uploaded { attachment, .. } => *attachment,
            other => panic!("not uploaded: {other:?}"),
        }
    }

    /// Nothing is left but what belongs there: files of these names.
    pub(crate) fn assert_only(&self, names: &[&str]) {
        let mut expected = vec!["transfers".to_owned()];
        expected.extend(names.iter().map(|name| (*name).to_owned()));
        expected.sort();
        assert_eq!(files(self.dir.path()), expected);
        assert_eq!(files(&self.folder()), ["lock"]);
    }
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Waits until something is so, for as long as a test may take.
pub(crate) async fn until(mut is_so: impl FnMut() -> bool) {
    while !is_so() {
        tokio::task::yield_now().await;
    }
}

/// Polls a future so many times at most; tells whether it has come to its end.
pub(crate) async fn polled(future: Pin<&mut impl Future<Output = ()>>, times: usize) -> bool {
    let (mut future, mut left) = (future, times);
    poll_fn(|cx| {
        left -= 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(true),
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Bytes of which every piece tells where it is from.
pub(crate) fn plain(bytes: usize) -> Vec<u8> {
    let words = (0_u64..).flat_map(|word| (word.wrapping_mul(0x9e37_79b9_7f4a_7c15)).to_be_bytes());
    words.take(bytes).collect()
}
