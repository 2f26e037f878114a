//! Reading a file, whether it came whole or in parts.

use super::header::{HEADER_BYTES, Header};
use super::parts::{ABOUT, part_number};
use super::store::off_the_runtime;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

/// How much is read at a time, in bytes.
const BUFFER_BYTES: usize = 256 * 1024;

/// A file that was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) header: Header,
    pieces: Vec<Piece>,
}

/// Bytes of a file, and where they are. It is opened when its turn comes: of many who read slowly each
/// has one file open.
#[derive(Debug)]
pub(super) struct Piece {
    path: PathBuf,
    start: u64,
    bytes: u64,
}

impl Found {
    /// Finds what is at a path; `None` when nothing is.
    pub(super) fn at(path: &Path) -> io::Result<Option<Self>> {
        let found = match fs::metadata(path) {
            Ok(found) if found.is_dir() => Self::of_parts(path),
            Ok(_) => Self::whole(path),
            Err(error) => Err(error),
        };
        match found {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            found => found.map(Some),
        }
    }

    fn whole(path: &Path) -> io::Result<Self> {
        let header = Header::read(&mut File::open(path)?)?;
        let piece = Piece {
            path: path.to_owned(),
            start: HEADER_BYTES,
            bytes: header.bytes,
        };
        Ok(Self {
            header,
            pieces: vec![piece],
        })
    }

    fn of_parts(path: &Path) -> io::Result<Self> {
        let header = Header::read(&mut File::open(path.join(ABOUT))?)?;
        let mut parts = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let number = entry.file_name().to_str().and_then(part_number);
            parts.extend(number.map(|number| (number, entry.path())));
        }
        parts.sort();
        let pieces = parts.into_iter().map(|(_, path)| {
            let bytes = fs::metadata(&path)?.len();
            Ok(Piece {
                path,
                start: 0,
                bytes,
            })
        });
        let pieces = pieces.collect::<io::Result<Vec<_>>>()?;
        let bytes: u64 = pieces.iter().map(|piece| piece.bytes).sum();
        match bytes == header.bytes {
            true => Ok(Self { header, pieces }),
            // Somebody is deleting it.
            false if !path.exists() => Err(ErrorKind::NotFound.into()),
            false => Err(io::Error::other("parts are missing")),
        }
    }

    /// The bytes of a range, in their order.
    pub(super) fn cut(self, range: &Range<u64>) -> Vec<Piece> {
        let (mut cut, mut before) = (Vec::new(), 0);
        for mut piece in self.pieces {
            let end = before + piece.bytes;
            let (first, last) = (range.start.max(before), range.end.min(end));
            if first < last {
                piece.start += first - before;
                piece.bytes = last - first;
                cut.push(piece);
            }
            before = end;
        }
        cut
    }

    /// Appends all of it to a file.
    pub(super) fn copy_to(self, to: &mut File) -> io::Result<()> {
        for piece in self.pieces {
            io::copy(&mut piece.open()?, to)?;
        }
        Ok(())
    }
}

impl Piece {
    fn open(&self) -> io::Result<File> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.start))?;
        Ok(file)
    }

    /// Reads it where it keeps nobody waiting.
    pub(super) async fn stream(self) -> io::Result<ReaderStream<tokio::io::Take<tokio::fs::File>>> {
        let bytes = self.bytes;
        let file = off_the_runtime(move || self.open()).await?;
        let file = tokio::fs::File::from_std(file).take(bytes);
        Ok(ReaderStream::with_capacity(file, BUFFER_BYTES))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heliograph_domain::ports::{BlobKey, Labels};
    use heliograph_protocol::media::MediaKind;
    use std::io::{Read, Write};
    use tempfile::TempDir;

    fn header(bytes: u64) -> Header {
        let labels = Labels {
            owner: String::new(),
            kind: MediaKind::Image,
        };
        Header::new(&BlobKey::media("a"), (bytes, None), &labels, 0)
    }

    fn read(path: &Path, range: Range<u64>) -> String {
        let pieces = Found::at(path).unwrap().unwrap().cut(&range);
        let mut read = String::new();
        for piece in pieces {
            let mut bytes = piece.open().unwrap().take(piece.bytes);
            bytes.read_to_string(&mut read).unwrap();
        }
        read
    }

    #[test]
    fn every_range_is_the_same_of_a_whole_file_and_of_parts() {
        let folder = TempDir::new().unwrap();
        let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
        let all: String = (b'a'..=b'l').map(char::from).collect();
        let mut file = File::create_new(&whole).unwrap();
        header(12).write(&mut file).unwrap();
        file.write_all(all.as_bytes()).unwrap();
        fs::create_dir(&parts).unwrap();
        let mut about = File::create_new(parts.join(ABOUT)).unwrap();
        header(12).write(&mut about).unwrap();
        for (letter, number) in all.chars().zip(1..) {
            fs::write(parts.join(format!("{number}-ff")), letter.to_string()).unwrap();
        }
        for start in 0..12 {
            for end in start + 1..=12 {
                let expected = &all[start..end];
                let range = start as u64..end as u64;
                assert_eq!(read(&whole, range.clone()), expected);
                assert_eq!(read(&parts, range), expected);
            }
        }
        assert!(Found::at(&folder.path().join("none")).unwrap().is_none());
        fs::remove_file(parts.join("7-ff")).unwrap();
        Found::at(&parts).unwrap_err();
    }
}
