//! Encrypted files on one machine: what S3 is to the rest.
//!
//! * [`BlobStore`]: files in a folder, published whole or not at all
//! * [`LocalBlobs`]: the Blobs port over it; what the functions ask for is done in this process
//! * [`BlobService`]: what clients ask for over HTTP, by addresses that are signed as S3's are

mod access;
mod found;
mod header;
mod incoming;
mod lent;
mod parts;
mod port;
mod room;
mod service;
mod store;
mod sweep;

pub use port::LocalBlobs;
pub use service::BlobService;
pub use store::{Added, BlobStore, PutError};

use aws_credential_types::Credentials;
use heliograph_domain::tokens::KeyRing;
use heliograph_presign::Presigner;

/// What stands in addresses where S3 has a bucket.
pub const BUCKET: &str = "blobs";
const REGION: &str = "local";

/// Makes what signs addresses: the presigner for a server that clients reach at `public_url` (without a
/// slash at the end), and its key.
pub fn signer(keys: &KeyRing, public_url: &str) -> (Presigner, Credentials) {
    let (id, secret) = keys.media_secret();
    let credentials = Credentials::new(id, secret, None, None, "heliographd");
    let presigner = Presigner::new(format!("{public_url}/{BUCKET}"), REGION);
    (presigner, credentials)
}
