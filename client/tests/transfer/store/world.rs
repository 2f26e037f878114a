//! What is in the store, what was asked of it, and what it is to do wrong.

use heliograph_client::media::transfer::ServiceError;
use heliograph_protocol::media::Sha256;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

/// What goes wrong with a request of the store.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trouble {
    /// It answers this instead, with a `Retry-After` of so many seconds.
    Status(u16, Option<u64>),
    /// It cuts the connection after so many bytes.
    Cut(usize),
    /// It does what it is told, and cuts the connection instead of saying so.
    Lost,
    /// It takes all and never answers.
    Hang,
    /// It changes the byte there.
    Forged(usize),
    /// It knows no ranges.
    Whole,
    /// It answers with a piece of the file.
    Piece {
        /// 206 from where it was asked on, or 200 from the beginning on.
        status: u16,
        /// Of how many bytes its `Content-Range` tells.
        range: u64,
        /// How many it has.
        bytes: u64,
    },
}

/// A request that came to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To put a part of a place.
    Put {
        place: usize,
        part: usize,
        status: u16,
    },
    /// To get a file from a byte on.
    Get { from: u64 },
}

/// A place that addresses were given for.
pub(crate) struct Place {
    /// The length and hash of each part.
    pub(crate) parts: Vec<(u64, Sha256)>,
    pub(crate) size: u64,
    pub sha256: Sha256,
    pub(crate) is_multipart: bool,
    pub(crate) is_complete: bool,
    pub(crate) expires_at: u64,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) now_ms: u64,
    pub(crate) places: Vec<Place>,
    /// Which parts are there.
    pub(crate) stored: BTreeMap<(usize, usize), PathBuf>,
    pub(crate) asked: Vec<Asked>,
    /// What goes wrong with the next requests, one each.
    pub(crate) troubles: VecDeque<Option<Trouble>>,
    /// What the service answers to the next requests, one each.
    pub(crate) refusals: VecDeque<ServiceError>,
    /// What it answers to the next requests to make a file of parts.
    pub(crate) refusals_to_complete: VecDeque<ServiceError>,
    pub(crate) open_requests: usize,
    pub(crate) most_open_requests: usize,
}

pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) folder: tempfile::TempDir,
    state: Mutex<State>,
}

impl World {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let now_ms = 1_800_000_000_000;
        let state = State {
            now_ms,
            ..State::default()
        };
        Self {
            address,
            folder: tempfile::tempdir().unwrap(),
            state: Mutex::new(state),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Lets the next requests of the store go wrong, one each.
    pub(crate) fn trouble(&self, troubles: impl IntoIterator<Item = Option<Trouble>>) {
        self.state().troubles.extend(troubles);
    }

    /// Lets the service refuse the next requests, one each.
    pub(crate) fn refuse(&self, refusals: impl IntoIterator<Item = ServiceError>) {
        self.state().refusals.extend(refusals);
    }

    /// Lets the service refuse the next requests to make a file of its parts, one each.
    pub(crate) fn refuse_to_complete(&self, refusals: impl IntoIterator<Item = ServiceError>) {
        self.state().refusals_to_complete.extend(refusals);
    }

    /// The parts that were taken, in order.
    pub(crate) fn put(&self) -> Vec<(usize, usize)> {
        let state = self.state();
        let asked = state.asked.iter();
        asked
            .filter_map(|asked| match asked {
                Asked::Put {
                    place,
                    part,
                    status: 200,
                } => Some((*place, *part)),
                _ => None,
            })
            .collect()
    }

    /// Where the requests for files began, in order.
    pub(crate) fn got(&self) -> Vec<u64> {
        let state = self.state();
        let asked = state.asked.iter();
        asked
            .filter_map(|asked| match asked {
                Asked::Get { from } => Some(*from),
                Asked::Put { .. } => None,
            })
            .collect()
    }

    /// All the bytes of a file that is there.
    pub(crate) fn file(&self, place: usize) -> Vec<u8> {
        let state = self.state();
        let parts = state.stored.range((place, 0)..(place + 1, 0));
        parts
            .flat_map(|(_, path)| std::fs::read(path).unwrap())
            .collect()
    }
}
