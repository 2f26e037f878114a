//! The queue, as an app sees it.

use super::clock::{Clock, SystemClock};
use super::download::Download;
use super::files::{Files, Source, off_the_runtime};
use super::http::{Http, HttpUnavailable};
use super::job::Job;
use super::meter::Listener;
use super::upload::Upload;
use super::{About, Attachment, JobId, StartError};
use async_lock::Semaphore;
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::future::AbortHandle;
use heliograph_protocol::media::MediaKind;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Says how much is done at a time.
#[derive(Clone)]
pub struct TransferOptions {
    /// How many transfers go on at a time: 3. The others wait, the oldest first.
    pub jobs_at_once: usize,
    /// How many parts and files are put and got at a time, of all transfers: 3. Each takes half a
    /// megabyte of memory, or one and a half.
    pub requests_at_once: usize,
    /// What tells the time: the system's clock.
    pub clock: Arc<dyn Clock>,
}

impl Default for TransferOptions {
    fn default() -> Self {
        Self {
            jobs_at_once: 3,
            requests_at_once: 3,
            clock: Arc::new(SystemClock),
        }
    }
}

/// Reports that there are no transfers.
#[derive(Debug, thiserror::Error)]
pub enum OpenTransfersError {
    /// The folder was not read; [`io::ErrorKind::WouldBlock`] where another process has it open.
    #[error("folder of transfers not opened")]
    Disk(#[from] io::Error),
    /// There is no HTTP.
    #[error("no HTTP")]
    Http(#[from] HttpUnavailable),
}

/// Puts files into the store and gets them, one after another and some at a time, until they are there
/// or cannot be.
///
/// What it is told to do it does once [`Transfers::run`] runs, and over again where it was if that ceases.
pub struct Transfers {
    pub(super) files: Arc<Files>,
    pub(super) http: Http,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) listener: Listener,
    pub(super) slots: Semaphore,
    pub(super) requests: Semaphore,
    pub(super) added: async_lock::Mutex<UnboundedReceiver<JobId>>,
    adding: UnboundedSender<JobId>,
    entries: Mutex<BTreeMap<JobId, Entry>>,
}

pub(super) struct Entry {
    pub(super) job: Job,
    /// Stops it where it runs.
    pub(super) stop: Option<AbortHandle>,
}

impl Transfers {
    /// Opens a folder, which is made when missing, and finds the transfers that have not ended. What is
    /// in it, keys and addresses, is for nobody else's eyes; nobody else is to write there.
    ///
    /// Of what becomes of them `listener` is told.
    ///
    /// # Errors
    /// [`OpenTransfersError`].
    #[cfg(not(target_arch = "wasm32"))]
    pub async fn open(
        folder: impl Into<PathBuf>,
        options: TransferOptions,
        listener: impl Fn(super::Event) + Send + Sync + 'static,
    ) -> Result<Self, OpenTransfersError> {
        let folder = folder.into();
        let opened = off_the_runtime(move || {
            let files = Files::open(folder)?;
            let jobs = files.load()?;
            Ok::<_, io::Error>((files, jobs))
        });
        let (files, jobs) = opened.await?;
        Self::with(files, jobs, options, Arc::new(listener))
    }

    /// Begins with none: in a browser transfers are kept in memory, and go with the page.
    ///
    /// Of what becomes of them `listener` is told.
    ///
    /// # Errors
    /// [`OpenTransfersError`].
    #[cfg(target_arch = "wasm32")]
    pub fn new(
        options: TransferOptions,
        listener: impl Fn(super::Event) + Send + Sync + 'static,
    ) -> Result<Self, OpenTransfersError> {
        Self::with(Files::default(), Vec::new(), options, Arc::new(listener))
    }

    fn with(
        files: Files,
        jobs: Vec<(JobId, Job)>,
        options: TransferOptions,
        listener: Listener,
    ) -> Result<Self, OpenTransfersError> {
        let (adding, added) = unbounded();
        let entries = jobs
            .into_iter()
            .map(|(id, job)| (id, Entry { job, stop: None }));
        Ok(Self {
            files: Arc::new(files),
            http: Http::new()?,
            clock: options.clock,
            listener,
            slots: Semaphore::new(options.jobs_at_once.max(1)),
            requests: Semaphore::new(options.requests_at_once.max(1)),
            added: async_lock::Mutex::new(added),
            adding,
            entries: Mutex::new(entries.collect()),
        })
    }

    /// Seals a file and takes it on to be put. When this returns the file may change or go: what is put
    /// is the sealed copy, of the same length, however often it is begun anew.
    ///
    /// # Errors
    /// [`StartError`]; nothing is kept then.
    pub async fn upload(
        &self,
        from: Source,
        kind: MediaKind,
        about: About,
    ) -> Result<JobId, StartError> {
        let id = self.draw()?;
        let files = Arc::clone(&self.files);
        let sealed = off_the_runtime(move || Ok::<_, StartError>(files.seal(id, &from)?)).await?;
        let upload = Upload::new(sealed, kind, about);
        self.add(id, Job::Upload(Box::new(upload))).await
    }

    /// Takes on a file that a message tells of to be got and opened. It goes to `to` when it is there and
    /// genuine, in place of what is there by then; meanwhile it lies beside it.
    ///
    /// # Errors
    /// [`StartError`]; [`StartError::Length`] for what no file can be.
    pub async fn download(
        &self,
        attachment: &Attachment,
        to: impl Into<PathBuf>,
    ) -> Result<JobId, StartError> {
        attachment.plain_bytes().ok_or(StartError::Length)?;
        let download = Download::new(attachment.clone(), to.into());
        let id = self.draw()?;
        self.add(id, Job::Download(Box::new(download))).await
    }

    /// Stops a transfer and removes what there is of it; nothing is told of it then. Tells whether there
    /// was one that had not ended. What is in the store by then goes after 30 days, and parts after a day.
    ///
    /// # Errors
    /// The disk's; it is stopped, but may come back with the next start.
    pub async fn cancel(&self, id: JobId) -> io::Result<bool> {
        let Some(entry) = self.take(id) else {
            return Ok(false);
        };
        if let Some(stop) = &entry.stop {
            stop.abort();
        }
        self.forget(id, entry.job.partial_of()).await?;
        Ok(true)
    }

    /// Lists the transfers that have not ended, the oldest first.
    pub fn pending(&self) -> Vec<JobId> {
        self.entries().keys().copied().collect()
    }

    /// Takes a file that has come: in a browser there is no place but memory for it.
    #[cfg(target_arch = "wasm32")]
    pub fn take_file(&self, id: JobId) -> Option<Vec<u8>> {
        self.files.take(id)
    }

    fn draw(&self) -> Result<JobId, StartError> {
        JobId::draw(self.clock.now_ms()).map_err(|error| StartError::Seal(error.into()))
    }

    async fn add(&self, id: JobId, job: Job) -> Result<JobId, StartError> {
        let (files, noted) = (Arc::clone(&self.files), job.clone());
        let added = off_the_runtime(move || files.add(id, &noted)).await;
        if let Err(error) = added {
            // What is left is found at the next start.
            _ = self.forget(id, None).await;
            return Err(error.into());
        }
        self.entries().insert(id, Entry { job, stop: None });
        // Who runs is told; if nobody does, whoever will looks for it.
        _ = self.adding.unbounded_send(id);
        Ok(id)
    }

    /// Removes what is kept of a transfer.
    pub(super) async fn forget(&self, id: JobId, to: Option<&Path>) -> io::Result<()> {
        let (files, to) = (Arc::clone(&self.files), to.map(Path::to_owned));
        off_the_runtime(move || files.remove(id, to.as_deref())).await
    }

    /// Notes how far a transfer is; nothing where it was cancelled.
    pub(super) async fn note(&self, id: JobId, job: Job) -> io::Result<()> {
        self.keep(id, job.clone());
        let files = Arc::clone(&self.files);
        off_the_runtime(move || files.save(id, &job)).await
    }

    /// Keeps how far a transfer is as long as this process runs.
    pub(super) fn keep(&self, id: JobId, job: Job) {
        if let Some(entry) = self.entries().get_mut(&id) {
            entry.job = job;
        }
    }

    pub(super) fn take(&self, id: JobId) -> Option<Entry> {
        self.entries().remove(&id)
    }

    pub(super) fn entries(&self) -> MutexGuard<'_, BTreeMap<JobId, Entry>> {
        // Whoever panicked left it as it was.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Transfers {
    /// Tells how many there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfers")
            .field("pending", &self.entries().len())
            .finish_non_exhaustive()
    }
}
