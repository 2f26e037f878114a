//! A folder of the browser's private file system, with up to three files for a transfer: `<id>.json`, what
//! is known of it, and for an upload `<id>.sealed`, what is put, for a download `<id>.part`, what is there
//! of it.
//!
//! A note is written beside its place, synced, and moved there: after a crash there is the old one or the
//! new. `lock` is a file that is open as long as somebody may write: it cannot be opened twice, and the
//! browser closes it with the worker, however that ends.

mod spool;

use super::Source;
use crate::media::seal::Sealed;
use crate::media::transfer::job::{End, Job};
use crate::media::transfer::receiver::Partial;
use crate::media::transfer::{JobId, StartError};
use crate::opfs::{Directory, Handle, split};
use crate::tasks::to_its_end;
use async_lock::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use web_sys::{File, FileSystemSyncAccessHandle};

/// Is some of the sealed bytes, where they lie: a request that puts them reads them there.
pub(in crate::media::transfer) type Part = web_sys::Blob;

/// Is what is there of a file that comes.
pub(in crate::media::transfer) type PartialFile = Handle;

/// Keeps transfers; a clone keeps the same ones.
#[derive(Clone)]
pub(in crate::media::transfer) struct Files(Rc<Opfs>);

struct Opfs {
    /// Where paths of files that come begin.
    root: Directory,
    folder: Directory,
    live: Mutex<Live>,
    /// Open as long as something writes.
    _lock: Handle,
}

/// Is what is there. What still writes of a transfer that was removed writes nothing.
#[derive(Default)]
struct Live {
    ids: BTreeSet<JobId>,
    /// What closes the files that come, whoever was given up while it wrote: what is open can neither be
    /// opened again nor moved or removed.
    coming: BTreeMap<JobId, FileSystemSyncAccessHandle>,
}

impl Files {
    /// Opens a folder, which is made when missing, removes what belongs to no transfer, and reads all that
    /// were noted, the oldest first. One that a later version has noted is left alone.
    ///
    /// # Errors
    /// The browser's; [`ErrorKind::WouldBlock`] while somebody else has it open,
    /// [`ErrorKind::Unsupported`] where there is no such file system.
    pub(in crate::media::transfer) async fn open(
        path: PathBuf,
    ) -> io::Result<(Self, Vec<(JobId, Job)>)> {
        to_its_end(async move {
            let opfs = Opfs::open(&path).await?;
            let jobs = opfs.load().await?;
            Ok((Self(Rc::new(opfs)), jobs))
        })
        .await
    }

    /// Notes a transfer that begins.
    pub(in crate::media::transfer) async fn add(&self, id: JobId, job: Job) -> io::Result<()> {
        let opfs = Rc::clone(&self.0);
        to_its_end(async move {
            let mut live = opfs.live.lock().await;
            live.ids.insert(id);
            opfs.write_note(id, &job).await
        })
        .await
    }

    /// Notes how far a transfer is, unless it was removed.
    pub(in crate::media::transfer) async fn save(&self, id: JobId, job: Job) -> io::Result<()> {
        let opfs = Rc::clone(&self.0);
        to_its_end(async move {
            let live = opfs.live.lock().await;
            match live.ids.contains(&id) {
                true => opfs.write_note(id, &job).await,
                false => Ok(()),
            }
        })
        .await
    }

    /// Forgets a transfer, with what there is of a file that was to come.
    pub(in crate::media::transfer) async fn remove(
        &self,
        id: JobId,
        to: Option<PathBuf>,
    ) -> io::Result<()> {
        let opfs = Rc::clone(&self.0);
        to_its_end(async move { opfs.remove(id, to.is_some()).await }).await
    }

    /// Seals a file that is to be put.
    pub(in crate::media::transfer) async fn seal(
        &self,
        id: JobId,
        from: Source,
    ) -> Result<Sealed, StartError> {
        let opfs = Rc::clone(&self.0);
        to_its_end(async move {
            let done = spool::seal_into(&opfs.folder, &sealed(id), &from).await;
            if done.is_err() {
                // What is left is found at the next start.
                _ = opfs.folder.remove(&sealed(id)).await;
            }
            Ok(done?)
        })
        .await
    }

    /// Finds some of the sealed bytes.
    ///
    /// # Errors
    /// The browser's; [`ErrorKind::UnexpectedEof`] where they are not all there.
    pub(in crate::media::transfer) async fn part(
        &self,
        id: JobId,
        bytes: Range<u64>,
    ) -> io::Result<Part> {
        spool::part(&self.0.folder, &sealed(id), bytes).await
    }

    /// Opens what is there of a file that is to come. Who has had it open has not any more.
    pub(in crate::media::transfer) async fn partial(
        &self,
        id: JobId,
        to: PathBuf,
    ) -> io::Result<PartialFile> {
        let opfs = Rc::clone(&self.0);
        to_its_end(async move { opfs.partial(id, &to).await }).await
    }

    /// Gives a file that is whole and on the disk its name, in place of what has it, unless the transfer was
    /// removed.
    ///
    /// # Errors
    /// The browser's; [`ErrorKind::NotFound`] where it has its name already.
    pub(in crate::media::transfer) async fn publish(
        &self,
        id: JobId,
        to: PathBuf,
    ) -> io::Result<()> {
        let opfs = Rc::clone(&self.0);
        to_its_end(async move { opfs.publish(id, &to).await }).await
    }

    /// Removes what is there of a file that is not to come.
    pub(in crate::media::transfer) async fn remove_partial(
        &self,
        id: JobId,
        _: PathBuf,
    ) -> io::Result<()> {
        let opfs = Rc::clone(&self.0);
        to_its_end(async move {
            opfs.live.lock().await.close(id);
            opfs.folder.remove(&coming(id)).await
        })
        .await
    }

    /// Gives a file that has come.
    pub(in crate::media::transfer) async fn file(&self, path: &Path) -> io::Result<File> {
        let (folder, name) = split(path)?;
        self.0.root.within(folder).await?.file(name).await
    }
}

impl Opfs {
    async fn open(path: &Path) -> io::Result<Self> {
        let root = Directory::root().await?;
        let folder = root.within(path).await?;
        let lock = folder.create("lock").await?;
        let ids = find(&folder).await?;
        let coming = BTreeMap::new();
        Ok(Self {
            root,
            folder,
            live: Mutex::new(Live { ids, coming }),
            _lock: lock,
        })
    }

    async fn load(&self) -> io::Result<Vec<(JobId, Job)>> {
        let mut jobs = Vec::new();
        for id in &self.live.lock().await.ids {
            let mut json = Vec::new();
            let mut note = self.folder.open(&note(*id)).await?;
            note.read_to_end(&mut json)?;
            jobs.extend(serde_json::from_slice(&json).ok().map(|job| (*id, job)));
        }
        Ok(jobs)
    }

    async fn write_note(&self, id: JobId, job: &Job) -> io::Result<()> {
        let json = serde_json::to_vec(job)?;
        let new = format!("{id}.new");
        let mut file = self.folder.create(&new).await?;
        // Behind it there may be more, of one that failed.
        file.cut(0)?;
        file.write_all(&json)?;
        file.sync()?;
        drop(file);
        self.folder.rename(&new, &self.folder, &note(id)).await
    }

    async fn remove(&self, id: JobId, with_partial: bool) -> io::Result<()> {
        let mut live = self.live.lock().await;
        live.ids.remove(&id);
        live.close(id);
        // First: who finds the note after a crash finds this too.
        if with_partial {
            self.folder.remove(&coming(id)).await?;
        }
        self.folder.remove(&note(id)).await?;
        self.folder.remove(&sealed(id)).await
    }

    async fn partial(&self, id: JobId, to: &Path) -> io::Result<PartialFile> {
        // Whether there is a place for it is not to be found out when all of it has come.
        let (folder, _) = split(to)?;
        self.root.within(folder).await?;
        let mut live = self.live.lock().await;
        if !live.ids.contains(&id) {
            return Err(ErrorKind::NotFound.into());
        }
        live.close(id);
        let partial = self.folder.create(&coming(id)).await?;
        live.coming.insert(id, partial.closer());
        Ok(partial)
    }

    async fn publish(&self, id: JobId, to: &Path) -> io::Result<()> {
        let partial = coming(id);
        self.folder.find(&partial).await?;
        let mut live = self.live.lock().await;
        if !live.ids.contains(&id) {
            return Ok(());
        }
        live.close(id);
        let (folder, name) = split(to)?;
        let folder = self.root.within(folder).await?;
        // Before the name is given: after a crash in between this note says that it is to be. The other way
        // round the file would be taken for one of which nothing is there, and come again.
        let ended = Job::Ended(End::Downloaded(to.to_owned()));
        self.write_note(id, &ended).await?;
        self.folder.rename(&partial, &folder, name).await
    }
}

impl Live {
    fn close(&mut self, id: JobId) {
        if let Some(coming) = self.coming.remove(&id) {
            coming.close();
        }
    }
}

impl Partial for Handle {
    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        Handle::cut(self, bytes)
    }

    /// Waits for the disk. When that fails the file is emptied: what the disk has lost may still be read
    /// from memory, so it would be taken for a file that is there.
    fn settle(&mut self) -> io::Result<()> {
        let synced = self.sync();
        if synced.is_err() {
            self.cut(0)?;
        }
        synced
    }
}

/// Finds the notes, and removes what belongs to none, and halves of notes.
async fn find(folder: &Directory) -> io::Result<BTreeSet<JobId>> {
    let names = folder.names().await?;
    let split = names.iter().filter_map(|name| name.split_once('.'));
    let parsed = split.filter_map(|(id, kind)| Some((id.parse::<JobId>().ok()?, kind)));
    let files: Vec<(JobId, &str)> = parsed.collect();
    let notes = files.iter().filter(|(_, kind)| *kind == "json");
    let ids: BTreeSet<JobId> = notes.map(|(id, _)| *id).collect();
    for (id, kind) in files {
        if kind == "new" || !ids.contains(&id) {
            folder.remove(&format!("{id}.{kind}")).await?;
        }
    }
    Ok(ids)
}

fn note(id: JobId) -> String {
    format!("{id}.json")
}

fn sealed(id: JobId) -> String {
    format!("{id}.sealed")
}

fn coming(id: JobId) -> String {
    format!("{id}.part")
}
