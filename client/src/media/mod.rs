//! Files: sealed here, put into the store, got from it, opened there (protocol §9).
//!
//! * [`image`]: makes pictures ready to send, and small ones to be seen meanwhile
//! * [`seal`]: encrypts a file in chunks, and opens it chunk by chunk
//! * [`transfer`]: puts sealed files into the store and gets them, in the background

pub mod image;
pub mod seal;
pub mod transfer;

mod base64;
mod hash;
