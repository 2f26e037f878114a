//! A folder, off the runtime.

use super::Source;
use super::folder::{Folder, Part, PartialFile};
use crate::media::seal::Sealed;
use crate::media::transfer::job::Job;
use crate::media::transfer::{JobId, StartError};
use crate::tasks::off_runtime;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// Keeps transfers; a clone keeps the same ones.
#[derive(Clone)]
pub(in crate::media::transfer) struct Files(Arc<Folder>);

impl Files {
    /// Opens a folder, and reads what was noted there: see [`Folder::open`] and [`Folder::load`].
    pub(in crate::media::transfer) async fn open(
        root: PathBuf,
    ) -> io::Result<(Self, Vec<(JobId, Job)>)> {
        off_runtime(move || {
            let folder = Folder::open(root)?;
            let jobs = folder.load()?;
            Ok((Self(Arc::new(folder)), jobs))
        })
        .await
    }

    /// See [`Folder::add`].
    pub(in crate::media::transfer) async fn add(&self, id: JobId, job: Job) -> io::Result<()> {
        self.with(move |folder| folder.add(id, &job)).await
    }

    /// See [`Folder::save`].
    pub(in crate::media::transfer) async fn save(&self, id: JobId, job: Job) -> io::Result<()> {
        self.with(move |folder| folder.save(id, &job)).await
    }

    /// See [`Folder::remove`].
    pub(in crate::media::transfer) async fn remove(
        &self,
        id: JobId,
        to: Option<PathBuf>,
    ) -> io::Result<()> {
        self.with(move |folder| folder.remove(id, to.as_deref()))
            .await
    }

    /// See [`Folder::seal`].
    pub(in crate::media::transfer) async fn seal(
        &self,
        id: JobId,
        from: Source,
    ) -> Result<Sealed, StartError> {
        self.with(move |folder| Ok(folder.seal(id, &from)?)).await
    }

    /// See [`Folder::part`].
    pub(in crate::media::transfer) async fn part(
        &self,
        id: JobId,
        bytes: Range<u64>,
    ) -> io::Result<Part> {
        self.with(move |folder| folder.part(id, &bytes)).await
    }

    /// See [`Folder::partial`].
    pub(in crate::media::transfer) async fn partial(
        &self,
        id: JobId,
        to: PathBuf,
    ) -> io::Result<PartialFile> {
        self.with(move |folder| folder.partial(id, &to)).await
    }

    /// See [`Folder::publish`].
    pub(in crate::media::transfer) async fn publish(
        &self,
        id: JobId,
        to: PathBuf,
    ) -> io::Result<()> {
        self.with(move |folder| folder.publish(id, &to)).await
    }

    /// See [`Folder::remove_partial`].
    pub(in crate::media::transfer) async fn remove_partial(
        &self,
        id: JobId,
        to: PathBuf,
    ) -> io::Result<()> {
        self.with(move |folder| folder.remove_partial(id, &to))
            .await
    }

    async fn with<T, E>(
        &self,
        work: impl FnOnce(&Folder) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<io::Error> + Send + 'static,
    {
        let folder = Arc::clone(&self.0);
        off_runtime(move || work(&folder)).await
    }
}
