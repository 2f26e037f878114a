//! Files.

use super::{Kind, hidden};
use crate::content::{
    CAPTION_BYTES_MAX, Field, InvalidContent, MIME_BYTES_MAX, NAME_BYTES_MAX, THUMBHASH_BYTES_MAX,
};
use crate::media::image::THUMBNAIL_BYTES_MAX;
use crate::media::seal::{InvalidKey, MediaKey};
use crate::media::transfer::{About, Attachment};
use heliograph_protocol::media::{MediaId, MediaKind, Sha256};
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};

/// Is a file, with all that it takes to get and to open it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
pub struct Media {
    /// Which file.
    pub attachment: Attachment,
    /// What is said of it, 1 to [`CAPTION_BYTES_MAX`] bytes.
    pub caption: Option<String>,
}

impl Media {
    /// Checks what is to be said of a file.
    pub(crate) fn check_caption(caption: &str) -> Result<(), InvalidContent> {
        Field::Caption.check_some(caption.len(), CAPTION_BYTES_MAX)
    }
}

hidden!(Media);

impl Kind for Media {
    const NAME: &'static str = "media";

    fn check(&self) -> Result<(), InvalidContent> {
        let Attachment { about, .. } = &self.attachment;
        if self.attachment.plain_bytes().is_none() {
            return Err(InvalidContent::FileSize(self.attachment.sealed_bytes));
        }
        if let Some(caption) = &self.caption {
            Self::check_caption(caption)?;
        }
        if let Some(name) = &about.name {
            Field::Name.check_some(name.len(), NAME_BYTES_MAX)?;
        }
        Field::Mime.check(about.mime.len(), MIME_BYTES_MAX)?;
        Field::Thumbhash.check(about.thumbhash.len(), THUMBHASH_BYTES_MAX)?;
        Field::Thumbnail.check(about.thumbnail.len(), THUMBNAIL_BYTES_MAX)
    }
}

/// Is a [`Media`] as it is written: bytes as bytes, where JSON would need base64.
#[derive(Serialize, Deserialize)]
struct Wire {
    media_id: MediaId,
    key: ByteArray<32>,
    sealed_bytes: u64,
    sha256: ByteArray<32>,
    kind: MediaKind,
    mime: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(default, skip_serializing_if = "is_empty")]
    thumbhash: ByteBuf,
    #[serde(default, skip_serializing_if = "is_empty")]
    thumbnail: ByteBuf,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    caption: Option<String>,
}

fn is_empty(bytes: &ByteBuf) -> bool {
    bytes.is_empty()
}

impl From<Media> for Wire {
    fn from(
        Media {
            attachment,
            caption,
        }: Media,
    ) -> Self {
        let about = attachment.about;
        Self {
            media_id: attachment.media_id,
            key: ByteArray::new(*attachment.key.as_bytes()),
            sealed_bytes: attachment.sealed_bytes,
            sha256: ByteArray::new(attachment.sha256.0),
            kind: attachment.kind,
            mime: about.mime,
            name: about.name,
            width: about.width,
            height: about.height,
            thumbhash: ByteBuf::from(about.thumbhash),
            thumbnail: ByteBuf::from(about.thumbnail),
            caption,
        }
    }
}

impl TryFrom<Wire> for Media {
    type Error = InvalidKey;

    fn try_from(wire: Wire) -> Result<Self, InvalidKey> {
        let about = About {
            mime: wire.mime,
            name: wire.name,
            width: wire.width,
            height: wire.height,
            thumbhash: wire.thumbhash.into_vec(),
            thumbnail: wire.thumbnail.into_vec(),
        };
        let attachment = Attachment {
            media_id: wire.media_id,
            key: MediaKey::try_from(&wire.key[..])?,
            sealed_bytes: wire.sealed_bytes,
            sha256: Sha256(wire.sha256.into_array()),
            kind: wire.kind,
            about,
        };
        let caption = wire.caption;
        Ok(Self {
            attachment,
            caption,
        })
    }
}
