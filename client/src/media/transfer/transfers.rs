//! The queue, as an app sees it.

use super::clock::{Clock, SystemClock};
use super::download::Download;
use super::entries::Entries;
use super::files::{Files, Source, off_the_runtime};
use super::http::{Http, HttpUnavailable};
use super::job::Job;
use super::meter::Listener;
use super::upload::Upload;
use super::{About, Attachment, JobId, StartError};
use async_lock::Semaphore;
use futures_channel::mpsc::UnboundedReceiver;
use heliograph_protocol::media::MediaKind;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    pub(super) entries: Entries,
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
        let (entries, added) = Entries::new(jobs);
        Ok(Self {
            files: Arc::new(files),
            http: Http::new()?,
            clock: options.clock,
            listener,
            slots: Semaphore::new(options.jobs_at_once.max(1)),
            requests: Semaphore::new(options.requests_at_once.max(1)),
            added: async_lock::Mutex::new(added),
            entries,
        })
    }

    /// Seals a file and takes it on to be put. When this returns the file may change or go: what is put
    /// is the sealed copy, of the same length, however often it is begun anew.
    ///
    /// Who ceases to wait for this takes nothing back: natively the file is sealed and taken on all the
    /// same, and [`pending`](Self::pending) lists it then.
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
        let (files, entries) = (Arc::clone(&self.files), self.entries.clone());
        off_the_runtime(move || {
            let upload = Upload::new(files.seal(id, &from)?, kind, about);
            add(&files, &entries, id, Job::Upload(Box::new(upload)))
        })
        .await
    }

    /// Takes on a file that a message tells of to be got and opened. It goes to `to` when it is there and
    /// genuine, in place of what is there by then; meanwhile it lies beside it. Who ceases to wait for
    /// this takes nothing back, as with an upload.
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
        let (files, entries) = (Arc::clone(&self.files), self.entries.clone());
        let job = Job::Download(Box::new(download));
        off_the_runtime(move || add(&files, &entries, id, job)).await
    }

    /// Stops a transfer and removes what there is of it. Tells whether there was one whose end was not
    /// told: then it never is. What is in the store by then goes after 30 days, and parts after a day; a
    /// file that has its name by then keeps it.
    ///
    /// # Errors
    /// The disk's; it is stopped, but may come back with the next start.
    pub async fn cancel(&self, id: JobId) -> io::Result<bool> {
        let Some(entry) = self.entries.take(id) else {
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
        self.entries.ids()
    }

    /// Takes a file that has come: in a browser there is no place but memory for it.
    #[cfg(target_arch = "wasm32")]
    pub fn take_file(&self, id: JobId) -> Option<Vec<u8>> {
        self.files.take(id)
    }

    fn draw(&self) -> Result<JobId, StartError> {
        JobId::draw(self.clock.now_ms()).map_err(|error| StartError::Seal(error.into()))
    }

    /// Removes what is kept of a transfer.
    pub(super) async fn forget(&self, id: JobId, to: Option<&Path>) -> io::Result<()> {
        let (files, to) = (Arc::clone(&self.files), to.map(Path::to_owned));
        off_the_runtime(move || files.remove(id, to.as_deref())).await
    }

    /// Notes how far a transfer is; nothing where it was cancelled.
    pub(super) async fn note(&self, id: JobId, job: Job) -> io::Result<()> {
        self.entries.keep(id, job.clone());
        let files = Arc::clone(&self.files);
        off_the_runtime(move || files.save(id, &job)).await
    }
}

/// Notes a transfer and takes it on, in one go off the runtime: whoever waits for that may be gone
/// before it is done, and what the disk knows this process is to know too.
fn add(files: &Files, entries: &Entries, id: JobId, job: Job) -> Result<JobId, StartError> {
    if let Err(error) = files.add(id, &job) {
        // What is left is found at the next start.
        _ = files.remove(id, None);
        return Err(error.into());
    }
    entries.add(id, job);
    Ok(id)
}

impl fmt::Debug for Transfers {
    /// Tells how many there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfers")
            .field("pending", &self.entries.ids().len())
            .finish_non_exhaustive()
    }
}
