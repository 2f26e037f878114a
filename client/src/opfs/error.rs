//! What a browser says went wrong.

use std::io::{self, ErrorKind};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::DomException;

/// Takes an exception for the error of a disk. Its name is kept and not its message, which names files.
pub(crate) fn io_error(exception: &JsValue) -> io::Error {
    let name = match exception.dyn_ref::<DomException>() {
        Some(exception) => exception.name(),
        None => exception
            .dyn_ref::<js_sys::Error>()
            .map_or_else(String::new, |error| error.name().into()),
    };
    io::Error::new(kind(&name), name)
}

/// Reads the names of the [File System Standard], and what Chromium says of a move onto a folder.
///
/// [File System Standard]: https://fs.spec.whatwg.org
fn kind(name: &str) -> ErrorKind {
    match name {
        "NotFoundError" => ErrorKind::NotFound,
        // Somebody has it open.
        "NoModificationAllowedError" => ErrorKind::WouldBlock,
        "QuotaExceededError" => ErrorKind::StorageFull,
        "TypeMismatchError" | "InvalidModificationError" => ErrorKind::IsADirectory,
        "NotAllowedError" | "SecurityError" => ErrorKind::PermissionDenied,
        // No file may have that name.
        "TypeError" => ErrorKind::InvalidInput,
        _ => ErrorKind::Other,
    }
}
