//! Memory, for browsers: nothing survives the page. A page may keep the sealed bytes of one file that
//! goes and of what comes.

use super::Source;
use crate::media::seal::{SealError, Sealed, seal};
use crate::media::transfer::JobId;
use crate::media::transfer::job::Job;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::io::{self, Cursor, ErrorKind};
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keeps files.
#[derive(Default)]
pub(in crate::media::transfer) struct Memory(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    sealed: BTreeMap<JobId, Bytes>,
    coming: BTreeMap<JobId, Vec<u8>>,
    come: BTreeMap<JobId, Vec<u8>>,
}

pub(in crate::media::transfer) type PartialFile = Cursor<Vec<u8>>;

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
        let there = self.kept().coming.remove(&id);
        Ok(Cursor::new(there.unwrap_or_default()))
    }

    pub(in crate::media::transfer) fn keep_partial(&self, id: JobId, partial: PartialFile) {
        self.kept().coming.insert(id, partial.into_inner());
    }

    pub(in crate::media::transfer) fn publish(
        &self,
        id: JobId,
        partial: PartialFile,
        _: &Path,
    ) -> io::Result<()> {
        self.kept().come.insert(id, partial.into_inner());
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
    use std::io::{Seek, SeekFrom, Write};

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
        memory.keep_partial(id, partial);
        let job = Job::Ended(End::Failed(TransferError::Forged));
        memory.add(id, &job).unwrap();
        memory.save(id, &job).unwrap();
        let mut partial = memory.partial(id, to).unwrap();
        assert_eq!(partial.seek(SeekFrom::End(0)).unwrap(), 4);
        memory.publish(id, partial, to).unwrap();
        assert_eq!(memory.take(id).as_deref(), Some(&b"half"[..]));
        assert_eq!(memory.take(id), None);
    }

    #[test]
    fn what_is_not_to_come_goes() {
        let (memory, id, to) = (Memory::default(), id(), Path::new("x"));
        memory.keep_partial(id, Cursor::new(vec![7]));
        memory.remove_partial(id, to).unwrap();
        assert!(memory.partial(id, to).unwrap().into_inner().is_empty());
    }

    #[test]
    fn there_are_no_files_in_browsers() {
        let sealed = Memory::default().seal(id(), &Source::File("x".into()));
        assert!(matches!(sealed, Err(SealError::Read(_))));
    }
}
