//! What goes wrong with sealing and opening.

use super::cipher::CipherFailed;
use crate::random::NoRandomness;
use std::io;

/// Reports that a file was not sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// There was nothing to draw a key from.
    #[error("no key drawn")]
    Random(#[from] NoRandomness),
    /// The cipher failed; nothing was written then.
    #[error("file not encrypted")]
    Cipher(#[from] CipherFailed),
    /// Sealed, it would be larger than a file may be; see [`PLAIN_BYTES_MAX`](super::PLAIN_BYTES_MAX).
    #[error("file too large")]
    TooLarge,
    /// The file was not read.
    #[error("file not read")]
    Read(#[source] io::Error),
    /// What is sealed was not written.
    #[error("sealed file not written")]
    Write(#[source] io::Error),
}

/// Reports that a file was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nothing that was sealed has this length, in bytes.
    #[error("no sealed file has {0} bytes")]
    Length(u64),
    /// The cipher failed.
    #[error("file not decrypted")]
    Cipher(#[from] CipherFailed),
    /// A chunk, counted from 0, is not what was sealed there with this key.
    #[error("chunk {0} is not what was sealed")]
    Forged(u32),
    /// The file ends before its last chunk does.
    #[error("sealed file ends too early")]
    Truncated,
    /// The file goes on behind its last chunk.
    #[error("sealed file goes on behind its end")]
    TooLong,
    /// The sealed file was not read.
    #[error("sealed file not read")]
    Read(#[source] io::Error),
    /// What was opened was not written.
    #[error("file not written")]
    Write(#[source] io::Error),
}
