//! What a file is, without decoding it.

use super::decode;
use super::magic::type_of;
use heliograph_protocol::media::MediaKind;

/// Is what a file's first bytes tell of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probed {
    /// The type, as `image/jpeg`; `application/octet-stream` where nothing is recognised.
    pub mime: &'static str,
    /// What it is for who gets it.
    pub kind: MediaKind,
    /// Whether [`prepare`](super::prepare) can make a photo of it, if it is not broken.
    pub is_photo: bool,
    /// Width and height of a JPEG, PNG or WebP in pixels, turned as it is to be seen.
    pub dimensions: Option<(u32, u32)>,
}

/// Tells what a file is. All of it, or its beginning with the headers, is to be given.
pub fn probe(bytes: &[u8]) -> Probed {
    let of = type_of(bytes);
    let dimensions = of
        .format
        .and_then(|format| decode::dimensions(bytes, format));
    Probed {
        mime: of.mime,
        kind: of.kind,
        is_photo: of.format.is_some(),
        dimensions,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(bytes: &[u8]) -> (&'static str, MediaKind) {
        let probed = probe(bytes);
        (probed.mime, probed.kind)
    }

    #[test]
    fn types_are_told_by_their_first_bytes() {
        let of = [
            (&b"\xff\xd8\xff\xe0"[..], "image/jpeg", MediaKind::Image),
            (b"GIF89a\x01\0\x01\0", "image/gif", MediaKind::Image),
            (b"\0\0\0\x18ftypheic\0", "image/heic", MediaKind::Image),
            (b"\0\0\0\x18ftypisom\0", "video/mp4", MediaKind::Video),
            (b"\0\0\0\x18ftypM4A \0", "audio/mp4", MediaKind::Audio),
            (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav", MediaKind::Audio),
            (b"OggS\0", "audio/ogg", MediaKind::Audio),
            (b"%PDF-1.7", "application/pdf", MediaKind::Document),
            (b"PK\x03\x04", "application/zip", MediaKind::Document),
        ];
        for (bytes, mime, kind) in of {
            assert_eq!(told(bytes), (mime, kind));
        }
    }

    #[test]
    fn anything_else_is_bytes() {
        for bytes in [&b""[..], b"R", b"hello", b"ftyp"] {
            let octets = ("application/octet-stream", MediaKind::Document);
            assert_eq!(told(bytes), octets);
        }
    }

    #[test]
    fn headers_that_are_broken_have_no_dimensions() {
        let probed = probe(b"\xff\xd8\xff\xe0");
        assert!(probed.is_photo);
        assert_eq!(probed.dimensions, None);
    }
}
