//! Reading a file, whether it came whole or in parts.

use super::header::Header;
use super::parts::{ABOUT, part_number};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

/// How much is read at a time, in bytes.
const BUFFER_BYTES: usize = 256 * 1024;

/// A file that is open.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) header: Header,
    pieces: Vec<Piece>,
}

/// Bytes of a file, in an open file that stands before them.
#[derive(Debug)]
pub(super) struct Piece {
    file: File,
    bytes: u64,
}

impl Opened {
    /// Opens what is at a path; `None` when nothing is.
    pub(super) fn at(path: &Path) -> io::Result<Option<Self>> {
        let opened = match fs::metadata(path) {
            Ok(found) if found.is_dir() => Self::of_parts(path),
            Ok(_) => Self::whole(path),
            Err(error) => Err(error),
        };
        match opened {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            opened => opened.map(Some),
        }
    }

    fn whole(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let header = Header::read(&mut file)?;
        let bytes = header.bytes;
        let pieces = vec![Piece { file, bytes }];
        Ok(Self { header, pieces })
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
            let file = File::open(path)?;
            let bytes = file.metadata()?.len();
            Ok(Piece { file, bytes })
        });
        let pieces = pieces.collect::<io::Result<Vec<_>>>()?;
        Ok(Self { header, pieces })
    }

    /// The bytes of a range, in their order.
    pub(super) fn cut(self, range: &Range<u64>) -> io::Result<Vec<Piece>> {
        let (mut cut, mut before) = (Vec::new(), 0);
        for mut piece in self.pieces {
            let end = before + piece.bytes;
            let (first, last) = (range.start.max(before), range.end.min(end));
            if first < last {
                let skipped = i64::try_from(first - before).map_err(io::Error::other)?;
                piece.file.seek(SeekFrom::Current(skipped))?;
                piece.bytes = last - first;
                cut.push(piece);
            }
            before = end;
        }
        Ok(cut)
    }

    /// Appends all of it to a file.
    pub(super) fn copy_to(self, to: &mut File) -> io::Result<()> {
        for mut piece in self.pieces {
            io::copy(&mut piece.file, to)?;
        }
        Ok(())
    }
}

impl Piece {
    /// Reads it where it keeps nobody waiting.
    pub(super) fn stream(self) -> ReaderStream<tokio::io::Take<tokio::fs::File>> {
        let file = tokio::fs::File::from_std(self.file).take(self.bytes);
        ReaderStream::with_capacity(file, BUFFER_BYTES)
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
        let pieces = Opened::at(path).unwrap().unwrap().cut(&range).unwrap();
        let mut read = String::new();
        for piece in pieces {
            let mut piece_of_file = piece.file.take(piece.bytes);
            piece_of_file.read_to_string(&mut read).unwrap();
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
        assert!(Opened::at(&folder.path().join("none")).unwrap().is_none());
    }
}
