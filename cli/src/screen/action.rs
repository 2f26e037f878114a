//! What the screen asks for.

use heliograph_client::e2ee::SafetyNumber;
use heliograph_client::history::{MessageRef, Position};
use heliograph_protocol::request::Recipient;
use heliograph_protocol::{GroupId, MessageId, UserId};

/// Is something to be done that is more than to show something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Ends it all.
    End,
    /// Reads which chats there are.
    List,
    /// Reads the last messages of a chat and opens it, where it says at a message.
    Open {
        /// The chat.
        chat: Recipient,
        /// The message.
        at: Option<Position>,
    },
    /// Reads the last messages of the chat that is open anew.
    Refresh {
        /// The chat.
        chat: Recipient,
        /// How many.
        limit: usize,
    },
    /// Reads older messages of the chat that is open.
    Older {
        /// The chat.
        chat: Recipient,
        /// Those before this one.
        before: Position,
    },
    /// Notes that a chat was read.
    MarkRead {
        /// The chat.
        chat: Recipient,
        /// Up to where.
        up_to: Position,
    },
    /// Sends a text.
    Send {
        /// The chat.
        chat: Recipient,
        /// The text.
        text: String,
        /// The message that it answers.
        answers: Option<MessageRef>,
    },
    /// Tells who is in a chat that this user is writing.
    Type(Recipient),
    /// Reacts to a message.
    React {
        /// The chat.
        chat: Recipient,
        /// The message.
        to: MessageRef,
        /// By what; nothing takes back what was.
        emoji: Option<&'static str>,
    },
    /// Finds messages that hold some words.
    Search(String),
    /// Shows what a group is, and who has a message of one's own.
    ShowGroup {
        /// The group.
        group_id: GroupId,
        /// The message.
        own: Option<MessageId>,
    },
    /// Shows the safety number with somebody.
    ShowSafety(UserId),
    /// Notes that the safety number with somebody was compared.
    Verified(UserId, SafetyNumber),
    /// Takes somebody's keys as they are.
    Accept(UserId),
    /// Connects again.
    Connect,
}
