//! What goes by itself.

use super::header::Header;
use super::parts::ABOUT;
use super::store::{BlobStore, LIFE_MS};
use heliograph_domain::tables::media::PARTS_LIFE_S;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

impl BlobStore {
    /// Removes what is older than it may become: files under `media/`, and parts of files that were never
    /// whole.
    ///
    /// # Errors
    /// The disk's.
    pub fn sweep(&self) -> io::Result<()> {
        let now_ms = self.clock.now_ms();
        let ends = UNIX_EPOCH + Duration::from_millis(now_ms.saturating_sub(LIFE_MS));
        let mut swept = Ok(());
        for shard in fs::read_dir(self.root.join("media"))? {
            for file in fs::read_dir(shard?.path())? {
                // One that fails keeps none of the others.
                swept = swept.and(self.sweep_file(&file?.path(), ends));
            }
        }
        swept.and(self.sweep_parts(now_ms))
    }

    fn sweep_file(&self, path: &Path, ends: SystemTime) -> io::Result<()> {
        let about = path.join(ABOUT);
        let dated = if path.is_dir() { &about } else { path };
        match fs::metadata(dated).and_then(|found| found.modified()) {
            Ok(modified) if modified <= ends => self.remove(path),
            // Somebody has deleted it meanwhile.
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes the parts of files that were begun a day ago. One upload that fails keeps none of the
    /// others.
    fn sweep_parts(&self, now_ms: u64) -> io::Result<()> {
        let mut swept = Ok(());
        for dir in fs::read_dir(self.root.join("parts"))? {
            swept = swept.and(self.sweep_upload(&dir?.path(), now_ms));
        }
        swept
    }

    fn sweep_upload(&self, dir: &Path, now_ms: u64) -> io::Result<()> {
        let begun_at = match File::open(dir.join(ABOUT)) {
            Ok(mut about) => Header::read(&mut about)?.created_at,
            // Somebody joins them just now.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        match begun_at.saturating_add(PARTS_LIFE_S * 1000) <= now_ms {
            true => self.remove(dir),
            false => Ok(()),
        }
    }
}
