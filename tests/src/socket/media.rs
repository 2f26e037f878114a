//! What a client asks about encrypted files.

use super::Socket;
use crate::reply::Reply;
use heliograph_protocol::limits::MEDIA_PART_BYTES;
use heliograph_protocol::media::{MediaId, MediaKind, PartPut, Sha256};
use heliograph_protocol::reply::MediaDownloadOk;
use heliograph_protocol::request::{MediaComplete, MediaDelete, MediaDownload, MediaUpload};
use sha2::Digest;

/// The SHA-256 of bytes.
pub fn hash(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}

/// The parts that bytes are put in.
pub fn parts_of(bytes: &[u8]) -> Vec<&[u8]> {
    let part = usize::try_from(MEDIA_PART_BYTES).expect("it fits");
    bytes.chunks(part).collect()
}

impl Socket {
    /// Asks where to put a file as a whole.
    pub async fn upload(&mut self, bytes: &[u8]) -> Reply {
        self.ask(|id| MediaUpload {
            id,
            size: bytes.len() as u64,
            sha256: hash(bytes),
            kind: MediaKind::Document,
            multipart: false,
            parts_sha256: Vec::new(),
        })
        .await
    }

    /// Asks where to put the parts of a file.
    pub async fn upload_in_parts(&mut self, bytes: &[u8]) -> Reply {
        self.ask(|id| MediaUpload {
            id,
            size: bytes.len() as u64,
            sha256: hash(bytes),
            kind: MediaKind::Document,
            multipart: true,
            parts_sha256: parts_of(bytes).into_iter().map(hash).collect(),
        })
        .await
    }

    /// Says that a file is there, or its parts are.
    pub async fn complete(&mut self, media_id: &MediaId, parts: Vec<PartPut>) -> Reply {
        let media_id = media_id.clone();
        self.ask(|id| MediaComplete {
            id,
            media_id,
            parts,
        })
        .await
    }

    /// Asks where a file is.
    pub async fn try_download(&mut self, media_id: &MediaId) -> Reply {
        let media_id = media_id.clone();
        self.ask(|id| MediaDownload { id, media_id }).await
    }

    /// Asks where a file is that is there.
    pub async fn download(&mut self, media_id: &MediaId) -> MediaDownloadOk {
        self.try_download(media_id).await.ok()
    }

    /// Asks to delete a file.
    pub async fn delete_media(&mut self, media_id: &MediaId) -> Reply {
        let media_id = media_id.clone();
        self.ask(|id| MediaDelete { id, media_id }).await
    }
}
