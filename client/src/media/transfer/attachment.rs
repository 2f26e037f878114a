//! What a message says of a file.

use crate::media::image::{Photo, Probed};
use crate::media::seal::{MediaKey, plain_len};
use heliograph_protocol::limits::MEDIA_BYTES_MAX;
use heliograph_protocol::media::{MediaId, MediaKind, Sha256};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Bounds the names that [`About::safe_name`] gives, in bytes: what file systems take, with some room
/// for an app to number them.
const NAME_BYTES_MAX: usize = 200;

/// Is all that it takes to get a file and open it: it travels inside the end-to-end encrypted message, as
/// [`Media`](crate::content::Media).
///
/// What comes from somebody else is checked when it is [downloaded](super::Transfers::download).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// What the file is called in the store; who knows it may get it.
    pub media_id: MediaId,
    /// What opens it.
    pub key: MediaKey,
    /// How long it is when sealed, in bytes.
    pub sealed_bytes: u64,
    /// The SHA-256 of what is sealed.
    pub sha256: Sha256,
    /// What it is for who gets it.
    pub kind: MediaKind,
    /// What it shows of itself before it is there.
    #[serde(flatten)]
    pub about: About,
}

/// Is what a file shows of itself before it is there. Nothing in it is to be trusted: it is what the
/// sender says.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Its type, as `image/jpeg`.
    pub mime: String,
    /// Its name; see [`About::safe_name`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The width of a picture, in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// The height of a picture, in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// What [`placeholder`](crate::media::image::placeholder) makes a blurred picture of; else empty.
    #[serde(
        default,
        with = "crate::media::base64",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub thumbhash: Vec<u8>,
    /// A small JPEG; else empty.
    #[serde(
        default,
        with = "crate::media::base64",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub thumbnail: Vec<u8>,
}

impl Attachment {
    /// Tells how long the file is, in bytes; nothing where no file that may be sent is as long.
    pub fn plain_bytes(&self) -> Option<u64> {
        let may_be_sent = self.sealed_bytes <= MEDIA_BYTES_MAX;
        plain_len(self.sealed_bytes).filter(|_| may_be_sent)
    }
}

impl About {
    /// Says of a file what its first bytes tell, and its name.
    pub fn file(probed: &Probed, name: Option<String>) -> Self {
        Self {
            mime: probed.mime.to_owned(),
            name,
            width: probed.dimensions.map(|(width, _)| width),
            height: probed.dimensions.map(|(_, height)| height),
            ..Self::default()
        }
    }

    /// Gives the name as one that a file may have here: without folders, control characters and what
    /// some file system does not take, not hidden, no device's, and not too long. Nothing where nothing
    /// is left.
    ///
    /// ```
    /// use heliograph_client::media::transfer::About;
    ///
    /// let about = About { name: Some("../..\\.bash\u{202e}rc".to_owned()), ..About::default() };
    /// assert_eq!(about.safe_name().as_deref(), Some("bashrc"));
    /// ```
    pub fn safe_name(&self) -> Option<String> {
        let name = self.name.as_deref()?.rsplit(['/', '\\']).next()?;
        let mut safe = String::new();
        for char in name.chars().filter(|char| is_safe(*char)) {
            // One is left for what stands before a device's name.
            if safe.len() + char.len_utf8() >= NAME_BYTES_MAX {
                break;
            }
            safe.push(char);
        }
        let safe = safe.trim_matches(['.', ' ']);
        match is_device(safe) {
            true => Some(format!("_{safe}")),
            false => (!safe.is_empty()).then(|| safe.to_owned()),
        }
    }
}

/// Not so are control characters, those that turn the direction of what is read or are not seen, and
/// those that mean something to a file system.
fn is_safe(char: char) -> bool {
    let is_special = matches!(char, '<' | '>' | ':' | '"' | '|' | '?' | '*');
    let is_invisible = matches!(
        char,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    );
    !(char.is_control() || is_special || is_invisible)
}

/// Tells whether a name means a device to Windows, whatever is behind its first dot ([file names]).
///
/// [file names]: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end().to_uppercase();
    let is_port = |name: &str| {
        let number = stem.strip_prefix(name).unwrap_or_default();
        matches!(number, "\u{b9}" | "\u{b2}" | "\u{b3}")
            || number.len() == 1 && number.starts_with(|char: char| char.is_ascii_digit())
    };
    let is_named = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&stem.as_str());
    is_named || is_port("COM") || is_port("LPT")
}

impl From<&Photo> for About {
    /// Says of a photo all but a name.
    fn from(photo: &Photo) -> Self {
        Self {
            mime: "image/jpeg".to_owned(),
            name: None,
            width: Some(photo.width),
            height: Some(photo.height),
            thumbhash: photo.thumbhash.clone(),
            thumbnail: photo.thumbnail.clone(),
        }
    }
}

impl fmt::Debug for Attachment {
    /// Tells nothing but the size.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("sealed_bytes", &self.sealed_bytes)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for About {
    /// Hides it: it tells of content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("About")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn attachment() -> Attachment {
        Attachment {
            media_id: "secret-id".parse().unwrap(),
            key: MediaKey::try_from(&[7; 32][..]).unwrap(),
            sealed_bytes: 21,
            sha256: Sha256([9; 32]),
            kind: MediaKind::Image,
            about: About {
                mime: "image/jpeg".to_owned(),
                name: Some("secret.jpg".to_owned()),
                thumbhash: vec![1, 2, 3],
                ..About::default()
            },
        }
    }

    #[test]
    fn is_json_and_back() {
        let json = serde_json::to_value(attachment()).unwrap();
        let expected = serde_json::json!({
            "media_id": "secret-id",
            "key": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
            "sealed_bytes": 21,
            "sha256": "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk",
            "kind": "image",
            "mime": "image/jpeg",
            "name": "secret.jpg",
            "thumbhash": "AQID",
        });
        assert_eq!(json, expected);
        let read: Attachment = serde_json::from_value(json).unwrap();
        assert_eq!(read, attachment());
    }

    #[test]
    fn hides_what_is_secret() {
        let debug = format!("{:?}", attachment());
        assert_eq!(debug, "Attachment { sealed_bytes: 21, .. }");
    }

    #[test]
    fn says_how_long_the_file_is() {
        assert_eq!(attachment().plain_bytes(), Some(5));
        for impossible in [0, 65_553, MEDIA_BYTES_MAX + 1, u64::MAX] {
            let sealed_bytes = impossible;
            let attachment = Attachment {
                sealed_bytes,
                ..attachment()
            };
            assert_eq!(attachment.plain_bytes(), None);
        }
    }

    fn safe_name(name: &str) -> Option<String> {
        let name = Some(name.to_owned());
        let about = About {
            name,
            ..About::default()
        };
        about.safe_name()
    }

    #[test]
    fn no_name_is_a_device() {
        for name in [
            "CON",
            "con.txt",
            "nul",
            "Aux .tar.gz",
            "COM1",
            "lpt9.x",
            "COM\u{b2}",
            " .\u{202e}PRN",
            "C\0ON",
        ] {
            let safe = safe_name(name).unwrap();
            assert!(safe.starts_with('_'), "{name:?} is {safe:?}");
        }
        for name in ["CONTRACT.pdf", "COM10", "COM", "my con", "null"] {
            assert_eq!(safe_name(name).as_deref(), Some(name));
        }
    }

    #[test]
    fn what_is_not_seen_is_in_no_name() {
        let unseen =
            "\0\u{ad}\u{61c}\u{180e}\u{200e}\u{2028}\u{202e}\u{2066}\u{feff}\u{fff9}\u{e0041}";
        for char in unseen.chars() {
            assert_eq!(
                safe_name(&format!("{char}a{char}b.jpg")).as_deref(),
                Some("ab.jpg")
            );
        }
        assert_eq!(safe_name(unseen), None);
    }

    proptest! {
        #[test]
        fn a_safe_name_is_a_plain_one(name in any::<String>()) {
            let about = About { name: Some(name), ..About::default() };
            if let Some(name) = about.safe_name() {
                prop_assert!(name.len() <= NAME_BYTES_MAX && !name.starts_with('.'));
                prop_assert!(!is_device(&name));
                prop_assert_eq!(std::path::Path::new(&name).file_name(), Some(name.as_ref()));
            }
        }
    }
}
