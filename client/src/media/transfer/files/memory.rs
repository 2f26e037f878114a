//! Memory, for browsers: nothing survives the page. A page may keep the sealed bytes of one file that
//! goes and of what comes.

use super::Source;
use crate::media::seal::{SealError, Sealed, seal};
use crate::media::transfer::JobId;
use crate::media::transfer::job::Job;
use crate::media::transfer::receiver::Partial;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keeps files.
#[derive(Default)]
pub(in crate::media::transfer) struct Memory(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    sealed: BTreeMap<JobId, Bytes>,
    coming: BTreeMap<JobId, PartialFile>,
    come: BTreeMap<JobId, Vec<u8>>,
}

/// Is what is there of a file that is to come. It is kept here and written there: whoever writes may be
/// given up at any time, and the next goes on.
#[derive(Clone, Default)]
pub(in crate::media::transfer) struct PartialFile(Arc<Mutex<Cursor<Vec<u8>>>>);

impl PartialFile {
    fn lock(&self) -> MutexGuard<'_, Cursor<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Read for PartialFile {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.lock().read(to)
    }
}

impl Write for PartialFile {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.lock().write(from)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for PartialFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.lock().seek(to)
    }
}

impl Partial for PartialFile {
    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.lock().cut(bytes)
    }

    fn settle(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads some of the sealed bytes.
pub(in crate::media::transfer) struct Part(Option<Bytes>);

impl Part {
    /// Gives all of it, then nothing.
    pub(in crate::media::transfer) fn next(&mut self) -> io::Result<Option<Bytes>> {
        Ok(self.0.take())
    }
}

#[expect(
    clippy::unnecessary_wraps,
    clippy::unused_self,
    reason = "as a folder's functions are"
)]
impl Memory {
    pub(in crate::media::transfer) fn add(&self, _: JobId, _: &Job) -> io::Result<()> {
        Ok(())
    }

    pub(in crate::media::transfer) fn save(&self, _: JobId, _: &Job) -> io::Result<()> {
        Ok(())
    }

    pub(in crate::media::transfer) fn remove(&self, id: JobId, _: Option<&Path>) -> io::Result<()> {
        self.kept().coming.remove(&id);
        self.remove_sealed(id)
    }

    pub(in crate::media::transfer) fn seal(
        &self,
        id: JobId,
        from: &Source,
    ) -> Result<Sealed, SealError> {
        let Source::Bytes(plain) = from else {
            return Err(SealError::Read(ErrorKind::Unsupported.into()));
        };
        let mut bytes = Vec::with_capacity(plain.len() + plain.len() / 1000 + 16);
        let sealed = seal(&mut plain.as_ref(), &mut bytes)?;
        self.kept().sealed.insert(id, bytes.into());
        Ok(sealed)
    }

    pub(in crate::media::transfer) fn part(
        &self,
        id: JobId,
        bytes: &Range<u64>,
    ) -> io::Result<Part> {
        let at = |at| usize::try_from(at).unwrap_or(usize::MAX);
        let kept = self.kept();
        let sealed = kept.sealed.get(&id).ok_or(ErrorKind::NotFound)?;
        let range = at(bytes.start)..at(bytes.end);
        let part = sealed.get(range).ok_or(ErrorKind::UnexpectedEof)?;
        Ok(Part(Some(sealed.slice_ref(part))))
    }

    pub(in crate::media::transfer) fn remove_sealed(&self, id: JobId) -> io::Result<()> {
        self.kept().sealed.remove(&id);
        Ok(())
    }

    pub(in crate::media::transfer) fn partial(
        &self,
        id: JobId,
        _: &Path,
    ) -> io::Result<PartialFile> {
        Ok(self.kept().coming.entry(id).or_default().clone())
    }

    pub(in crate::media::transfer) fn publish(&self, id: JobId, _: &Path) -> io::Result<()> {
        let mut kept = self.kept();
        let partial = kept.coming.remove(&id).ok_or(ErrorKind::NotFound)?;
        let file = std::mem::take(&mut *partial.lock());
        kept.come.insert(id, file.into_inner());
        Ok(())
    }

    pub(in crate::media::transfer) fn remove_partial(&self, id: JobId, _: &Path) -> io::Result<()> {
        self.kept().coming.remove(&id);
        Ok(())
    }

    /// Takes a file that has come.
    pub(in crate::media::transfer) fn take(&self, id: JobId) -> Option<Vec<u8>> {
        self.kept().come.remove(&id)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::transfer::TransferError;
    use crate::media::transfer::job::End;

    fn id() -> JobId {
        JobId::draw(1).unwrap()
    }

    #[test]
    fn parts_are_the_sealed_file() {
        let (memory, id) = (Memory::default(), id());
        let plain = Bytes::from(vec![7; 100_000]);
        let sealed = memory.seal(id, &Source::Bytes(plain)).unwrap();
        let part = |range| memory.part(id, &range).and_then(|mut part| part.next());
        let first = part(0..60_000).unwrap().unwrap();
        let rest = part(60_000..sealed.sealed_bytes).unwrap().unwrap();
        assert_eq!((first.len() + rest.len()) as u64, sealed.sealed_bytes);
        assert!(part(0..sealed.sealed_bytes + 1).is_err());
        memory.remove(id, None).unwrap();
        assert!(part(0..1).is_err());
    }

    #[test]
    fn what_came_is_kept_for_the_next_try_and_taken_once() {
        let (memory, id, to) = (Memory::default(), id(), Path::new("x"));
        let mut partial = memory.partial(id, to).unwrap();
        partial.write_all(b"half").unwrap();
        drop(partial);
        let job = Job::Ended(End::Failed(TransferError::Forged));
        memory.add(id, &job).unwrap();
        memory.save(id, &job).unwrap();
        let mut partial = memory.partial(id, to).unwrap();
        assert_eq!(partial.seek(SeekFrom::End(0)).unwrap(), 4);
        partial.write_all(b", whole").unwrap();
        memory.publish(id, to).unwrap();
        assert_eq!(memory.take(id).as_deref(), Some(&b"half, whole"[..]));
        assert!(memory.publish(id, to).is_err(), "it has its name");
        assert_eq!(memory.take(id), None);
    }

    #[test]
    fn what_is_not_to_come_goes() {
        let (memory, id, to) = (Memory::default(), id(), Path::new("x"));
        memory.partial(id, to).unwrap().write_all(b"x").unwrap();
        memory.remove_partial(id, to).unwrap();
        let mut left = Vec::new();
        memory
            .partial(id, to)
            .unwrap()
            .read_to_end(&mut left)
            .unwrap();
        assert!(left.is_empty());
    }

    #[test]
    fn there_are_no_files_in_browsers() {
        let sealed = Memory::default().seal(id(), &Source::File("x".into()));
        assert!(matches!(sealed, Err(SealError::Read(_))));
    }
}
