//! The queue, as an app sees it.

use super::clock::{Clock, SystemClock};
use super::download::Download;
use super::entries::Entries;
use super::files::{Files, Source};
use super::http::{Http, HttpUnavailable};
use super::job::Job;
use super::upload::Upload;
use super::{About, Attachment, JobId, Listener, StartError};
use crate::tasks::to_its_end;
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
    /// Somebody else has the folder open: another process, or in a browser another worker, perhaps of a
    /// page that is just going.
    #[error("folder of transfers open elsewhere")]
    InUse,
    /// There is no place for it, in a browser: this is no dedicated worker of a secure page, or the browser's private
    /// file system has no files that are written in place and moved.
    #[cfg(target_arch = "wasm32")]
    #[error("no private file system here")]
    Unsupported,
    /// The folder was not read.
    #[error("folder of transfers not opened")]
    Disk(#[source] io::Error),
    /// There is no HTTP.
    #[error("no HTTP")]
    Http(#[from] HttpUnavailable),
}

impl From<io::Error> for OpenTransfersError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::WouldBlock => Self::InUse,
            #[cfg(target_arch = "wasm32")]
            io::ErrorKind::Unsupported => Self::Unsupported,
            _ => Self::Disk(error),
        }
    }
}

/// Puts files into the store and gets them, one after another and some at a time, until they are there
/// or cannot be.
///
/// What it is told to do it does once [`Transfers::run`] runs, and over again where it was if that ceases.
pub struct Transfers {
    pub(super) files: Files,
    pub(super) http: Http,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) listener: Arc<dyn Listener>,
    pub(super) slots: Semaphore,
    pub(super) requests: Semaphore,
    pub(super) added: async_lock::Mutex<UnboundedReceiver<JobId>>,
    pub(super) entries: Entries,
}

impl Transfers {
    /// Opens a folder, which is made when missing, and finds the transfers that have not ended. What is
    /// in it, keys and addresses, is for nobody else's eyes; nobody else is to write there.
    ///
    /// In a browser it is a folder of the origin's [private file system], and this is called in a dedicated
    /// worker. One worker has it open at a time, of whichever page: the others are told
    /// [`InUse`](OpenTransfersError::InUse), also after a reload until the old page is gone, a moment
    /// later.
    ///
    /// [private file system]: https://developer.mozilla.org/docs/Web/API/File_System_API/Origin_private_file_system
    ///
    /// Of what becomes of them `listener` is told.
    ///
    /// # Errors
    /// [`OpenTransfersError`].
    pub async fn open(
        folder: impl Into<PathBuf>,
        options: TransferOptions,
        listener: impl Listener,
    ) -> Result<Self, OpenTransfersError> {
        let (files, jobs) = Files::open(folder.into()).await?;
        let (entries, added) = Entries::new(jobs);
        Ok(Self {
            files,
            http: Http::new()?,
            clock: options.clock,
            listener: Arc::new(listener),
            slots: Semaphore::new(options.jobs_at_once.max(1)),
            requests: Semaphore::new(options.requests_at_once.max(1)),
            added: async_lock::Mutex::new(added),
            entries,
        })
    }

    /// Seals a file and takes it on to be put. When this returns the file may change or go: what is put
    /// is the sealed copy, of the same length, however often it is begun anew.
    ///
    /// Who ceases to wait for this takes nothing back: the file is sealed and taken on all the same, and
    /// [`pending`](Self::pending) lists it then.
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
        let (files, entries) = (self.files.clone(), self.entries.clone());
        to_its_end(async move {
            let upload = Upload::new(files.seal(id, from).await?, kind, about);
            add(&files, &entries, id, Job::Upload(Box::new(upload))).await
        })
        .await
    }

    /// Takes on a file that a message tells of to be got and opened. It goes to `to` when it is there and
    /// genuine, in place of what is there by then; meanwhile it lies beside it. Who ceases to wait for
    /// this takes nothing back, as with an upload.
    ///
    /// In a browser `to` is a path in the private file system, from its root on: its folders are made when
    /// missing, and the file lies among the transfers meanwhile.
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
        let (files, entries) = (self.files.clone(), self.entries.clone());
        let job = Job::Download(Box::new(download));
        to_its_end(async move { add(&files, &entries, id, job).await }).await
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

    /// Gives a file that has come, as a browser shows, saves or sends it, without reading it. It is the
    /// app's, who removes it when it is not needed any more.
    ///
    /// # Errors
    /// The browser's.
    #[cfg(target_arch = "wasm32")]
    pub async fn file(&self, to: impl AsRef<Path>) -> io::Result<web_sys::File> {
        self.files.file(to.as_ref()).await
    }

    fn draw(&self) -> Result<JobId, StartError> {
        JobId::draw(self.clock.now_ms()).map_err(|error| StartError::Seal(error.into()))
    }

    /// Removes what is kept of a transfer.
    pub(super) async fn forget(&self, id: JobId, to: Option<&Path>) -> io::Result<()> {
        self.files.remove(id, to.map(Path::to_owned)).await
    }

    /// Notes how far a transfer is; nothing where it was cancelled.
    pub(super) async fn note(&self, id: JobId, job: Job) -> io::Result<()> {
        self.entries.keep(id, job.clone());
        self.files.save(id, job).await
    }
}

/// Notes a transfer and takes it on, [in one go](to_its_end): whoever waits for that may be gone before it
/// is done, and what the disk knows this process is to know too.
async fn add(files: &Files, entries: &Entries, id: JobId, job: Job) -> Result<JobId, StartError> {
    if let Err(error) = files.add(id, job.clone()).await {
        // What is left is found at the next start.
        _ = files.remove(id, None).await;
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;
    use std::io::ErrorKind;

    /// As some file systems of a network have no locks.
    #[test]
    fn a_disk_that_cannot_is_no_missing_file_system() {
        let opened = |kind: ErrorKind| OpenTransfersError::from(io::Error::from(kind));
        let error = opened(ErrorKind::Unsupported);
        assert!(matches!(error, OpenTransfersError::Disk(_)), "{error:?}");
        assert!(error.source().is_some(), "it tells why");
        let error = opened(ErrorKind::WouldBlock);
        assert!(matches!(error, OpenTransfersError::InUse), "{error:?}");
    }
}
