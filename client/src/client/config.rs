//! What a client needs to know.

use crate::connection::Timing;
use crate::store::StoreKey;
use std::path::PathBuf;

/// Says where the deployment is, and where this device's store.
#[derive(Debug)]
pub struct ClientConfig {
    /// The address of the deployment's HTTP calls, as `https://chat.example.org`.
    pub http_url: String,
    /// The address of its socket, as `wss://chat.example.org/v1/socket`.
    pub socket_url: String,
    /// The store, which is made when missing. Files on their way lie in a folder beside it, of its name and
    /// `.transfers`. In a browser both are folders of the origin's private file system.
    pub file: PathBuf,
    /// What it is encrypted with.
    pub key: StoreKey,
    /// What the user calls this device, 1 to 64 characters.
    pub device_name: String,
    /// How long things may take: [`Timing::default`].
    pub timing: Timing,
}
