//! An open file of the browser's private file system.

use super::error::io_error;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use wasm_bindgen::JsValue;
use web_sys::{FileSystemReadWriteOptions, FileSystemSyncAccessHandle};

/// Is a file that nobody else has open; it is closed when this goes.
pub(crate) struct Handle {
    handle: FileSystemSyncAccessHandle,
    at: u64,
}

impl Handle {
    pub(crate) fn new(handle: FileSystemSyncAccessHandle) -> Self {
        Self { handle, at: 0 }
    }

    /// Gives what closes it too, whoever writes.
    pub(crate) fn closer(&self) -> FileSystemSyncAccessHandle {
        self.handle.clone()
    }

    /// Waits until all that was written is on the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.handle.flush().map_err(|error| io_error(&error))
    }

    /// Cuts the file off behind so many bytes.
    pub(crate) fn cut(&mut self, bytes: u64) -> io::Result<()> {
        let cut = self.handle.truncate_with_f64(float(bytes));
        cut.map_err(|error| io_error(&error))
    }

    fn here(&self) -> FileSystemReadWriteOptions {
        let options = FileSystemReadWriteOptions::new();
        options.set_at(float(self.at));
        options
    }

    fn moved(&mut self, bytes: Result<f64, JsValue>) -> io::Result<usize> {
        let bytes = integer(bytes)?;
        self.at = self.at.saturating_add(bytes);
        usize::try_from(bytes).map_err(io::Error::other)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.handle.close();
    }
}

impl Read for Handle {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.handle.read_with_u8_array_and_options(to, &self.here());
        self.moved(read)
    }
}

impl Write for Handle {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        let written = self
            .handle
            .write_with_u8_array_and_options(from, &self.here());
        self.moved(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Handle {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => integer(self.handle.get_size())?.checked_add_signed(by),
        };
        self.at = at.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[expect(clippy::cast_precision_loss, reason = "no file has 2^53 bytes")]
pub(crate) fn float(bytes: u64) -> f64 {
    bytes as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a length of a file"
)]
fn integer(bytes: Result<f64, JsValue>) -> io::Result<u64> {
    bytes
        .map(|bytes| bytes as u64)
        .map_err(|error| io_error(&error))
}
