//! What a content may be.

use super::codec::{Malformed, Rest, write};
use super::kinds::*;
use super::{Content, InvalidContent, Unknown};
use std::fmt;

/// Makes the enum of all kinds, and finds a kind's own type by its name.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $name:ident),+ $(,)?) => {
        /// Is what a content says, by kind.
        #[derive(Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Body {
            $($(#[doc = $doc])* $name(Box<$name>),)+
            /// Something that this version does not know: "needs a newer version".
            Unknown(Unknown),
        }

        $(
            impl From<$name> for Body {
                fn from(body: $name) -> Self {
                    Self::$name(Box::new(body))
                }
            }
        )+

        impl Body {
            /// Names the kind as it is in the content.
            pub fn kind(&self) -> &str {
                match self {
                    $(Self::$name(_) => $name::NAME,)+
                    Self::Unknown(unknown) => unknown.kind(),
                }
            }

            pub(super) fn check(&self) -> Result<(), InvalidContent> {
                match self {
                    $(Self::$name(body) => body.check(),)+
                    Self::Unknown(_) => Ok(()),
                }
            }

            /// Writes a content whose body this is.
            pub(super) fn write(&self, content: &Content) -> Result<Vec<u8>, InvalidContent> {
                match self {
                    $(Self::$name(body) => write(content, body.as_ref()),)+
                    Self::Unknown(unknown) => Ok(unknown.as_bytes().to_vec()),
                }
            }

            /// Reads a content of a kind; nothing where that is not known.
            pub(super) fn read(kind: &str, bytes: &[u8]) -> Option<Result<Content, Malformed>> {
                match kind {
                    $($name::NAME => Some(Rest::<$name>::read(bytes)),)+
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    /// A text.
    Text,
    /// A text that answers a message.
    Reply,
    /// A reaction to a message, or that it is taken back.
    Reaction,
    /// A message of one's own, written anew.
    Edit,
    /// That a message of one's own is deleted for everyone.
    Delete,
    /// A file.
    Media,
    /// The key to what a device will write to a group.
    Distribution,
    /// That somebody is writing.
    Typing,
    /// To one's own devices: up to where a chat was read.
    Read,
    /// To one's own devices: what was sent.
    Sent,
    /// After how long messages disappear.
    Timer,
    /// To one's own devices: a setting.
    Setting,
    /// To the device that has linked this one: that it was.
    Linked,
    /// To a device that was linked: contacts and chats.
    History,
    /// A call's signalling.
    Call,
    /// That a message was not read, and is to be sent again.
    Resend,
}

impl fmt::Debug for Body {
    /// Tells the kind, and nothing of what it says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Unknown(_) => "unknown",
            known => known.kind(),
        };
        write!(f, "Body({kind})")
    }
}
