//! What the first bytes of a file tell.

use heliograph_protocol::media::MediaKind;

/// A type of file that is recognised.
pub(super) struct Type {
    /// What it is called.
    pub(super) mime: &'static str,
    /// What it is for who gets it.
    pub(super) kind: MediaKind,
    /// Whether [`prepare`](super::prepare) takes it, and how.
    pub(super) format: Option<image::ImageFormat>,
}

/// A type, and the bytes that tell it: how far from the beginning, and which.
type Magic = (&'static str, MediaKind, &'static [(usize, &'static [u8])]);

use MediaKind::{Audio, Document, Image, Video};

/// The first that fits is it.
const MAGICS: &[Magic] = &[
    ("image/jpeg", Image, &[(0, b"\xff\xd8\xff")]),
    ("image/png", Image, &[(0, b"\x89PNG\r\n\x1a\n")]),
    ("image/webp", Image, &[(0, b"RIFF"), (8, b"WEBP")]),
    ("image/gif", Image, &[(0, b"GIF87a")]),
    ("image/gif", Image, &[(0, b"GIF89a")]),
    ("image/heic", Image, &[(4, b"ftyphei")]),
    ("image/heic", Image, &[(4, b"ftyphevc")]),
    ("image/heif", Image, &[(4, b"ftypmif1")]),
    ("image/avif", Image, &[(4, b"ftypavi")]),
    ("image/jxl", Image, &[(0, b"\xff\x0a")]),
    ("image/jxl", Image, &[(4, b"JXL \r\n\x87\n")]),
    ("image/tiff", Image, &[(0, b"II*\0")]),
    ("image/tiff", Image, &[(0, b"MM\0*")]),
    ("image/bmp", Image, &[(0, b"BM"), (6, b"\0\0\0\0")]),
    ("audio/mp4", Audio, &[(4, b"ftypM4A")]),
    ("video/quicktime", Video, &[(4, b"ftypqt  ")]),
    ("video/mp4", Video, &[(4, b"ftyp")]),
    ("video/webm", Video, &[(0, b"\x1a\x45\xdf\xa3")]),
    ("video/x-msvideo", Video, &[(0, b"RIFF"), (8, b"AVI ")]),
    ("audio/ogg", Audio, &[(0, b"OggS")]),
    ("audio/flac", Audio, &[(0, b"fLaC")]),
    ("audio/wav", Audio, &[(0, b"RIFF"), (8, b"WAVE")]),
    ("audio/mpeg", Audio, &[(0, b"ID3")]),
    ("audio/aac", Audio, &[(0, b"\xff\xf1")]),
    ("audio/aac", Audio, &[(0, b"\xff\xf9")]),
    ("audio/mpeg", Audio, &[(0, b"\xff\xfb")]),
    ("application/pdf", Document, &[(0, b"%PDF-")]),
    ("application/zip", Document, &[(0, b"PK\x03\x04")]),
    ("application/gzip", Document, &[(0, b"\x1f\x8b")]),
];

/// Tells the type of a file; one that nothing fits is just bytes.
pub(super) fn type_of(bytes: &[u8]) -> Type {
    let has = |(at, magic): &(usize, &[u8])| {
        let rest = bytes.get(*at..);
        rest.is_some_and(|rest| rest.starts_with(magic))
    };
    let found = MAGICS.iter().find(|(.., magic)| magic.iter().all(has));
    let (mime, kind) = match found {
        Some((mime, kind, _)) => (*mime, *kind),
        None => ("application/octet-stream", Document),
    };
    let format = match mime {
        "image/jpeg" => Some(image::ImageFormat::Jpeg),
        "image/png" => Some(image::ImageFormat::Png),
        "image/webp" => Some(image::ImageFormat::WebP),
        _ => None,
    };
    Type { mime, kind, format }
}
