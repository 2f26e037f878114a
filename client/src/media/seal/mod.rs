//! Encrypts a file in chunks, and opens it chunk by chunk.
//!
//! The construction is STREAM ([Hoang, Reyhanitabar, Rogaway, Vizár 2015]) over XChaCha20-Poly1305
//! ([draft-irtf-cfrg-xchacha]): chunks of 64 KiB, each with a tag of 16 bytes, numbered in their nonces,
//! the last one marked. So a chunk that is changed, missing, moved, doubled or added, and an end that
//! comes too early, are found by who has the key. An empty file is one empty chunk.
//!
//! # One key, one sealing
//! Nonces are the same for every file, so a key may seal nothing but one file. Nobody can get this
//! wrong: a [`Sealer`] draws its key itself and tells it when it is done, and no function here takes a key
//! to seal with. What is sealed is to be kept (natively in a file, the spool) and the same bytes sent
//! however often an upload is begun again: who would seal anew may find that the file has changed
//! meanwhile, and gets another key for it.
//!
//! [Hoang, Reyhanitabar, Rogaway, Vizár 2015]: https://eprint.iacr.org/2015/189
//! [draft-irtf-cfrg-xchacha]: https://datatracker.ietf.org/doc/html/draft-irtf-cfrg-xchacha
//!
//! ```
//! use heliograph_client::media::seal::{open, seal};
//!
//! let mut sealed = Vec::new();
//! let facts = seal(&mut b"hello".as_slice(), &mut sealed)?;
//! assert_eq!(facts.sealed_bytes, 21);
//!
//! let mut plain = Vec::new();
//! open(&facts.key, facts.sealed_bytes, &mut sealed.as_slice(), &mut plain)?;
//! assert_eq!(plain, b"hello");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod again;
mod cipher;
mod error;
mod hashes;
mod key;
mod layout;
mod opener;
mod sealer;
#[cfg(test)]
mod tests;

pub(in crate::media) use again::Resealer;
pub use cipher::CipherFailed;
pub use error::{OpenError, SealError};
pub use key::{InvalidKey, MediaKey};
pub use layout::{
    CHUNK_BYTES, PLAIN_BYTES_MAX, SEALED_CHUNK_BYTES, TAG_BYTES, chunks, plain_len, sealed_len,
    sealed_offset,
};
pub use opener::{Opener, open};
pub use sealer::{Sealed, Sealer, seal};
