//! Small pictures of files that have come.

use super::{PhotoError, Picture, preview};
use heliograph_protocol::limits::MEDIA_BYTES_MAX;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Reports that no small picture was made of a file.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// The file was not read.
    #[error("picture not read")]
    Read(#[from] io::Error),
    /// It is no picture, or a broken one.
    #[error("no picture made")]
    Photo(#[from] PhotoError),
}

/// Makes a small picture of a file, no side longer than `side` pixels: for
/// [`Previews`](super::Previews), when a picture that was downloaded comes into view.
///
/// # Errors
/// [`PreviewError`]; for a file that is longer than may be sent, as for one that was cut off there.
pub fn preview_file(path: &Path, side: u32) -> Result<Picture, PreviewError> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(MEDIA_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(preview(&bytes, side)?)
}

#[cfg(test)]
mod tests {
    use super::super::Previews;
    use super::super::samples::{corner, jpeg};
    use super::*;

    #[test]
    fn is_made_when_it_is_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("photo.jpg");
        let mut previews = Previews::new(1 << 20);
        let mut ask = || previews.get_or_make("photo", || preview_file(&path, 50));
        assert!(matches!(ask(), Err(PreviewError::Read(_))));
        std::fs::write(&path, jpeg(&corner(200, 100))).unwrap();
        let picture = ask().unwrap();
        assert_eq!((picture.width, picture.height), (50, 25));
        std::fs::remove_file(&path).unwrap();
        assert!(ask().is_ok(), "it is kept");
    }
}
