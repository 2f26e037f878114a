//! What is to be shown otherwise.

use super::Position;

/// Says what has changed in what is shown of a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A message is to be shown at its place, or to have the effect that it has. A message that comes again
    /// may be told again, with the same position: a store puts it where it is already.
    Insert(Position),
    /// Right before this message, which is inserted, something is missing that is not known to come.
    GapOpened(Position),
    /// All that was missing before this message is there.
    GapHealed(Position),
}
