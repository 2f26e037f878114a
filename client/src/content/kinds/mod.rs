//! The kinds of contents, one file for those that belong together.

mod group;
mod marks;
mod media;
mod own;
mod signals;
mod texts;
mod timer;

pub use group::Distribution;
pub use marks::{Delete, Edit, Reaction};
pub use media::Media;
pub use own::{History, Linked, Read, Sent, Setting};
pub use signals::{Call, Resend, Typing};
pub use texts::{Reply, Text};
pub use timer::Timer;

use super::InvalidContent;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Is a kind of content: how it is called, and what it may hold.
pub(super) trait Kind: Serialize + DeserializeOwned {
    /// The name of the kind, for ever.
    const NAME: &'static str;

    /// Checks that it is within bounds.
    fn check(&self) -> Result<(), InvalidContent>;
}

/// Implements `Debug` that tells nothing but the name of the type.
macro_rules! hidden {
    ($($name:ident),+) => { $(
        impl std::fmt::Debug for $name {
            /// Hides what it holds.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+ };
}
use hidden;
