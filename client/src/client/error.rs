//! Why a client does not do what it is asked to.

use crate::account::{AccountError, AccountUnavailable};
use crate::engine::{KeysError, WriteError};
use crate::media::image::PhotoError;
use crate::media::transfer::{OpenTransfersError, StartError};
use crate::random::NoRandomness;
use crate::store::{OpenStoreError, StoreError};
use crate::transport::{self, RequestError};
use std::io;

/// Says why a client was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// This device has no account: it is to be [registered](super::Registration) first.
    #[error("not registered")]
    NotRegistered,
    /// There is no store.
    #[error("store not opened")]
    Store(#[from] OpenStoreError),
    /// The store was not read.
    #[error("store not read")]
    Read(#[from] StoreError),
    /// The device that has linked this one could not be told.
    #[error("link not told of")]
    Link(#[from] WriteError),
    /// There is no connection, nor will be.
    #[error("no connection made")]
    Start(#[from] transport::StartError),
    /// There is no folder for transfers.
    #[error("no transfers")]
    Transfers(#[from] OpenTransfersError),
}

/// Says why a device was not registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// It has an account already.
    #[error("registered already")]
    Already,
    /// There is no store.
    #[error("store not opened")]
    Store(#[from] OpenStoreError),
    /// The store was not read or written.
    #[error("store failed")]
    Write(#[from] StoreError),
    /// There are no keys.
    #[error("no keys made")]
    Keys(#[from] KeysError),
    /// There is no chance.
    #[error("no randomness")]
    NoRandomness(#[from] NoRandomness),
    /// There is no HTTP.
    #[error("no HTTP")]
    Http(#[from] AccountUnavailable),
    /// The service did not do it.
    #[error("service has not registered it")]
    Account(#[from] AccountError),
}

/// Says why something was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// It is to oneself.
    #[error("nobody else to send it to")]
    ToOneself,
    /// It was not written.
    #[error("not written")]
    Write(#[from] WriteError),
    /// There is no chance.
    #[error("no randomness")]
    NoRandomness(#[from] NoRandomness),
}

/// Says why a file is not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendFileError {
    /// It was not read.
    #[error("file not read")]
    Read(#[from] io::Error),
    /// It looks like a photo, and is none that can be read.
    #[error("photo not made")]
    Photo(#[from] PhotoError),
    /// It was not sealed, or not noted.
    #[error("transfer not begun")]
    Start(#[from] StartError),
    /// It may not be written there, or what is to be said of it was not noted.
    #[error("file not sent")]
    Send(#[from] SendError),
}

/// Says why the service was not asked, or what it answered.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// It did not do it.
    #[error("service has not done it")]
    Request(#[from] RequestError),
    /// The store was not read or written.
    #[error("store failed")]
    Store(#[from] StoreError),
    /// There is no chance.
    #[error("no randomness")]
    NoRandomness(#[from] NoRandomness),
}

/// Says why there is no safety number, or not this one.
#[derive(Debug, thiserror::Error)]
pub enum SafetyError {
    /// No keys of theirs are known: nothing was written yet.
    #[error("no keys known")]
    NoKeys,
    /// Their keys are others than those that the number is of.
    #[error("keys changed since")]
    Changed,
    /// The store was not read.
    #[error("store not read")]
    Store(#[from] StoreError),
}
