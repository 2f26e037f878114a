//! Small pictures for lists: made when they are asked for, and kept as long as there is room.

use super::photo::upright;
use super::{PhotoError, PhotoOptions};
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

/// Bounds a picture that a small one is made of, in bytes that it has when decoded: it may come from a
/// stranger, and nobody was asked. Photos that are sent ready have less than half of it.
const MEMORY_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Is a picture to be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// Its pixels, row by row from the top: red, green, blue, alpha, a byte each.
    pub rgba: Vec<u8>,
}

impl fmt::Debug for Picture {
    /// Hides what is to be seen on it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picture")
            .field("width", &self.width)
            .field("height", &self.height)
            .finish_non_exhaustive()
    }
}

/// Makes a small picture of all the bytes of a JPEG, PNG or WebP, no side longer than `side` pixels.
///
/// # Errors
/// As [`prepare`](super::prepare); [`PhotoError::TooLarge`] for one that takes more than 64 MiB when it is
/// decoded, as no photo does that was prepared.
pub fn preview(bytes: &[u8], side: u32) -> Result<Picture, PhotoError> {
    let options = PhotoOptions {
        max_memory_bytes: MEMORY_BYTES_MAX,
        ..PhotoOptions::default()
    };
    let pixels = upright(bytes, &options, side)?;
    let (width, height) = pixels.dimensions();
    let rgba = pixels
        .pixels()
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255])
        .collect();
    Ok(Picture {
        width,
        height,
        rgba,
    })
}

/// Keeps the small pictures that were asked for last, of at most so many bytes.
///
/// ```
/// use heliograph_client::media::image::{Picture, Previews};
///
/// let mut previews = Previews::new(1 << 20);
/// let grey = Picture { width: 1, height: 1, rgba: vec![128, 128, 128, 255] };
/// let made = previews.get_or_make("photo-1", || Ok::<_, ()>(grey.clone()));
/// assert_eq!(made.as_deref(), Ok(&grey));
/// assert!(previews.get_or_make("photo-1", || Err("not made again")).is_ok());
/// ```
#[derive(Debug)]
pub struct Previews {
    max_bytes: usize,
    bytes: usize,
    // The one asked for last stands at the end. There are some dozens: as many as are on a screen.
    kept: VecDeque<(String, Arc<Picture>)>,
}

impl Previews {
    /// Begins with none, and room for so many bytes of pixels.
    pub fn new(max_bytes: usize) -> Self {
        Self {
            max_bytes,
            bytes: 0,
            kept: VecDeque::new(),
        }
    }

    /// Gives the picture of a name, such as that of a file and a size; if it is not kept, `make` makes it.
    ///
    /// # Errors
    /// Those of `make`; nothing is kept then.
    pub fn get_or_make<E>(
        &mut self,
        name: &str,
        make: impl FnOnce() -> Result<Picture, E>,
    ) -> Result<Arc<Picture>, E> {
        let at = self.kept.iter().position(|(kept, _)| kept == name);
        let entry = match at.and_then(|at| self.kept.remove(at)) {
            Some(entry) => entry,
            None => {
                let picture = make()?;
                self.bytes += picture.rgba.len();
                (name.to_owned(), Arc::new(picture))
            }
        };
        let picture = Arc::clone(&entry.1);
        self.kept.push_back(entry);
        self.make_room();
        Ok(picture)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.kept.clear();
        self.bytes = 0;
    }

    /// Forgets those that were not asked for longest; one that is too large alone, at once.
    fn make_room(&mut self) {
        while self.bytes > self.max_bytes {
            let Some((_, oldest)) = self.kept.pop_front() else {
                return;
            };
            self.bytes -= oldest.rgba.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(previews: &mut Previews, name: &str) -> bool {
        let mut is_made = false;
        let asked = previews.get_or_make(name, || {
            is_made = true;
            let rgba = vec![0; 400];
            let (width, height) = (10, 10);
            Ok::<_, ()>(Picture {
                width,
                height,
                rgba,
            })
        });
        assert!(asked.is_ok());
        is_made
    }

    #[test]
    fn the_last_ones_are_kept() {
        let mut previews = Previews::new(1000);
        assert!(ask(&mut previews, "a"));
        assert!(ask(&mut previews, "b"));
        assert!(!ask(&mut previews, "a"));
        assert!(ask(&mut previews, "c"));
        assert!(!ask(&mut previews, "a"));
        assert!(ask(&mut previews, "b"), "the oldest had to go");
        previews.clear();
        assert!(ask(&mut previews, "a"));
    }
}
