//! Getting a file: what comes next, and what each answer means for it. No I/O is done here.

#[cfg(test)]
mod tests;

use super::address::{count_anew, good_until, is_good};
use super::attachment::Attachment;
use super::setback::{Setback, TransferError};
use heliograph_protocol::reply::MediaDownloadOk;
use heliograph_protocol::request::MediaDownload;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Is a file on its way from the store, as it is kept until it is there.
///
/// How much of it is there is not kept: the file itself tells, and is hashed again when it goes on.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Download {
    attachment: Attachment,
    to: PathBuf,
    /// How often in a row the address was no good. Not kept, as the address is not: a download is noted
    /// when it begins only.
    #[serde(skip)]
    anew: u32,
    #[serde(skip)]
    address: Option<Address>,
}

impl fmt::Debug for Download {
    /// Hides what it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("attachment", &self.attachment)
            .finish_non_exhaustive()
    }
}

/// Is where a file is; a secret.
#[derive(Clone, PartialEq)]
pub(super) struct Address {
    pub(super) url: String,
    good_until: u64,
}

impl fmt::Debug for Address {
    /// Hides it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address")
    }
}

/// Is what comes next, as long as the file is not there.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum DownloadStep {
    /// Ask where it is.
    Ask(MediaDownload),
    /// Get it, or the rest of it, from here.
    Get(Address),
}

/// Says what follows a store's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// What was asked for, or the beginning of it: so many bytes, at least one.
    Rest(u64),
    /// The whole file: the store, or something before it, knows no ranges.
    Whole,
}

/// Is what a store's answer begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    /// Which bytes follow, as the store says: from the first to the one behind the last.
    pub(super) bytes: Option<Range<u64>>,
    pub(super) retry_after_ms: Option<u64>,
}

impl Head {
    /// Tells how many bytes follow from a byte on.
    fn bytes_from(&self, from: u64) -> Option<u64> {
        let bytes = self.bytes.as_ref()?;
        let is_some = bytes.start == from && !bytes.is_empty();
        is_some.then(|| bytes.end - from)
    }
}

impl Download {
    pub(super) fn new(attachment: Attachment, to: PathBuf) -> Self {
        Self {
            attachment,
            to,
            anew: 0,
            address: None,
        }
    }

    pub(super) fn attachment(&self) -> &Attachment {
        &self.attachment
    }

    pub(super) fn to(&self) -> &Path {
        &self.to
    }

    pub(super) fn step(&self, now_ms: u64) -> DownloadStep {
        let address = self.address.as_ref();
        match address.filter(|address| is_good(address.good_until, now_ms)) {
            Some(address) => DownloadStep::Get(address.clone()),
            None => DownloadStep::Ask(MediaDownload {
                id: 0.into(),
                media_id: self.attachment.media_id.clone(),
            }),
        }
    }

    /// Takes the answer about where it is.
    pub(super) fn place(&mut self, answer: MediaDownloadOk, now_ms: u64) -> Result<(), Setback> {
        let told = (answer.size, answer.sha256);
        if told != (self.attachment.sealed_bytes, self.attachment.sha256) {
            return Err(Setback::Final(TransferError::Forged));
        }
        self.address = Some(Address {
            url: answer.url,
            good_until: good_until(now_ms),
        });
        Ok(())
    }

    /// Takes the beginning of the store's answer to a request for all from a byte on.
    pub(super) fn begin(from: u64, head: &Head) -> Result<Body, Setback> {
        match head.status {
            206 => match head.bytes_from(from) {
                Some(bytes) => Ok(Body::Rest(bytes)),
                None => Err(Setback::Final(TransferError::Rejected(206))),
            },
            200 => Ok(Body::Whole),
            status => Err(Setback::of_status(status, head.retry_after_ms)),
        }
    }

    /// Notes that some of it came.
    pub(super) fn come(&mut self) {
        self.anew = 0;
    }

    /// Forgets where it is: the address is no good.
    pub(super) fn begin_anew(&mut self) -> Result<(), Setback> {
        self.address = None;
        count_anew(&mut self.anew)
    }
}
