//! Uploaded files: what is known of them, and no key.
//!
//! A partition is a file: `meta` once it is known to be there, `parts` while it comes in parts, and one
//! `kept#` row for each profile or group whose photo it is.

use super::{pack, unpack};
use crate::Context;
use crate::ports::{BlobKey, Body, Labels};
use crate::store::{Item, Key, Query, Store, StoreError, Table, Write};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use heliograph_protocol::media::{MediaId, MediaKind};
use heliograph_protocol::{GroupId, UserId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

const BODY: &str = "body";
const META: &str = "meta";
const PARTS: &str = "parts";
const KEPT: &str = "kept#";
/// More rows than a file has: who uploaded it shows it, and few groups do.
const ROWS_MAX: usize = 100;

/// How long a file lives, in seconds: 30 days (protocol §9).
pub const LIFE_S: u64 = 30 * 86_400;
/// How long the parts of a file that is not complete are kept, in seconds, as the bucket's rule says.
pub const PARTS_LIFE_S: u64 = 86_400;

/// A file as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Whose it is ([`crate::tokens::KeyRing::blind`]).
    pub owner: String,
    /// What it is said to be.
    pub kind: MediaKind,
    /// How long it is, in bytes.
    pub size: u64,
    /// Its SHA-256.
    #[serde(with = "serde_bytes")]
    pub sha256: [u8; 32],
    /// When it was complete, in milliseconds since the Unix epoch.
    pub created_at: u64,
}

impl Stored {
    /// When it goes, in seconds since the Unix epoch.
    pub fn expires_at_s(&self) -> u64 {
        self.created_at / 1000 + LIFE_S
    }
}

/// A file that comes in parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incoming {
    /// Whose it is.
    pub owner: String,
    /// What it is said to be.
    pub kind: MediaKind,
    /// How long it will be, in bytes.
    pub size: u64,
    /// What its SHA-256 will be, as who uploads it says.
    #[serde(with = "serde_bytes")]
    pub sha256: [u8; 32],
    /// What the store calls it until then.
    pub upload_id: String,
    /// The SHA-256 of each part.
    pub parts: Vec<serde_bytes::ByteArray<32>>,
}

impl Incoming {
    /// What the store keeps beside it.
    pub fn labels(&self) -> Labels {
        Labels {
            owner: self.owner.clone(),
            kind: self.kind,
        }
    }

    /// What the whole will be.
    pub fn body(&self) -> Body {
        Body {
            bytes: self.size,
            sha256: self.sha256,
        }
    }
}

/// Whose photo a file is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Referent {
    /// A user's.
    User(UserId),
    /// A group's.
    Group(GroupId),
}

impl fmt::Display for Referent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Referent::User(user_id) => write!(f, "user#{user_id}"),
            Referent::Group(group_id) => write!(f, "group#{group_id}"),
        }
    }
}

impl Referent {
    /// Reads what is displayed.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('#')? {
            ("user", id) => id.parse().ok().map(Referent::User),
            ("group", id) => id.parse().ok().map(Referent::Group),
            _ => None,
        }
    }
}

/// The name of the copy that is kept for a referent; who does not know the file cannot guess it.
pub fn kept_key(media_id: &MediaId, of: &Referent) -> BlobKey {
    let hash = Sha256::digest(format!("{}#{of}", media_id.as_str()));
    BlobKey::photo(&BASE64.encode(hash))
}

/// What is known of a file.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The file, if it is there and its time is not over.
    pub file: Option<Stored>,
    /// The file while it comes in parts.
    pub incoming: Option<Incoming>,
    /// Whose photo it is, and the file as it was copied for them.
    pub kept: Vec<(Referent, Stored)>,
}

fn key(media_id: &MediaId, sort: impl Into<String>) -> Key {
    Key::sorted(Table::Media, media_id.as_str(), sort)
}

/// Reads what is known of a file: one read unit.
///
/// # Errors
/// The store's.
pub async fn get(store: &dyn Store, cx: &Context, media_id: &MediaId) -> Result<Known, StoreError> {
    let query = Query::partition(Table::Media, media_id.as_str(), ROWS_MAX);
    let mut known = Known::default();
    for item in &store.query(cx, &query).await?.items {
        match item.key.sort.as_str() {
            META => known.file = Some(unpack(item, BODY)?),
            PARTS => known.incoming = Some(unpack(item, BODY)?),
            sort => {
                let of = sort.strip_prefix(KEPT).and_then(Referent::parse);
                let of = of.ok_or_else(super::corrupt)?;
                known.kept.push((of, unpack(item, BODY)?));
            }
        }
    }
    Ok(known)
}

/// Notes that a file is there.
///
/// # Errors
/// Never, as the row is small.
pub fn put(media_id: &MediaId, file: &Stored) -> Result<Write, StoreError> {
    let item = Item::new(key(media_id, META)).with(BODY, pack(file)?);
    Ok(Write::put(item.expiring(file.expires_at_s())))
}

/// Notes that a file will come in parts.
///
/// # Errors
/// Never, as the row is small.
pub fn put_incoming(
    media_id: &MediaId,
    incoming: &Incoming,
    now_s: u64,
) -> Result<Write, StoreError> {
    let item = Item::new(key(media_id, PARTS)).with(BODY, pack(incoming)?);
    Ok(Write::put(item.expiring(now_s + PARTS_LIFE_S)))
}

/// Notes that a file is kept as a photo.
///
/// # Errors
/// Never, as the row is small.
pub fn put_kept(media_id: &MediaId, of: &Referent, file: &Stored) -> Result<Write, StoreError> {
    let item = Item::new(kept_row(media_id, of)).with(BODY, pack(file)?);
    Ok(Write::put(item))
}

fn kept_row(media_id: &MediaId, of: &Referent) -> Key {
    key(media_id, format!("{KEPT}{of}"))
}

/// Forgets that a file is kept as a photo.
pub fn remove_kept(media_id: &MediaId, of: &Referent) -> Write {
    Write::delete(kept_row(media_id, of))
}

/// Forgets that a file comes in parts.
pub fn remove_incoming(media_id: &MediaId) -> Write {
    Write::delete(key(media_id, PARTS))
}

/// Forgets all that is known of a file.
pub fn remove(media_id: &MediaId, known: &Known) -> Vec<Write> {
    let mut writes = vec![
        Write::delete(key(media_id, META)),
        remove_incoming(media_id),
    ];
    writes.extend(known.kept.iter().map(|(of, _)| remove_kept(media_id, of)));
    writes
}
