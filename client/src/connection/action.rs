//! What goes into the machine, and what comes out.

use super::tokens::Tokens;
use heliograph_protocol::event::Event;
use heliograph_protocol::frame::ReplyOk;
use heliograph_protocol::{ErrorBody, RequestId};
use std::fmt;

/// Numbers the sockets of a connection: a later one has a greater number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub(super) u64);

/// Is something that has happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// The app wants to be connected: it begins, or goes on after [`Notice::Displaced`].
    Open,
    /// The app wants to be connected no more.
    Close,
    /// The app knows that the network is back, or is another one: now is a good time to try.
    NetworkIsBack,
    /// It is time: [`Action::WakeAt`].
    Wake,
    /// Something has come of a socket.
    Socket(Generation, SocketEvent),
    /// [`Action::RefreshToken`] has ended.
    Refreshed(RefreshAnswer),
    /// [`Action::StoreTokens`] has ended: they are on the disk, or are not.
    TokensStored(bool),
}

/// Is what a transport tells of a socket.
#[derive(Clone, PartialEq, Eq)]
pub enum SocketEvent {
    /// It is open.
    Opened,
    /// It did not open, as nobody answered; nothing more comes.
    Unreachable,
    /// It did not open, as that was refused; nothing more comes.
    Refused {
        /// The HTTP status that was answered; a browser does not tell it, nor whether there was one.
        status: Option<u16>,
        /// When to try again, in milliseconds from now, if that was answered.
        retry_after_ms: Option<u64>,
    },
    /// A text message has come.
    Text(String),
    /// It is closed; nothing more comes.
    Closed {
        /// The code that the server gave; none where the connection was cut.
        code: Option<u16>,
    },
}

impl SocketEvent {
    /// Tells whether nothing more comes of the socket.
    pub fn is_last(&self) -> bool {
        !matches!(self, Self::Opened | Self::Text(_))
    }
}

impl fmt::Debug for SocketEvent {
    /// Prints how long a text is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opened => f.write_str("Opened"),
            Self::Unreachable => f.write_str("Unreachable"),
            Self::Refused { status, .. } => write!(f, "Refused({status:?})"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Closed { code } => write!(f, "Closed({code:?})"),
        }
    }
}

/// Is how a refresh of the tokens ended.
///
/// A refresh token is good once, and its second use revokes the device (protocol §1): it matters whether
/// the server may have seen it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefreshAnswer {
    /// The next pair.
    Tokens(Tokens),
    /// The deployment has answered with an error of its own.
    Refused(ErrorBody),
    /// Nothing has left this device.
    NotSent,
    /// It may have been done: no answer came, or none of the deployment's.
    Unknown,
}

/// Is something to be done for the machine.
#[derive(Clone)]
pub enum Action {
    /// Open a socket, and tell what comes of it by its generation.
    OpenSocket {
        /// What to show.
        token: String,
        /// What to call it.
        generation: Generation,
    },
    /// Send a text on a socket. Where that fails the socket is [closed](SocketEvent::Closed).
    SendText {
        /// The socket.
        generation: Generation,
        /// The text.
        text: String,
    },
    /// Close a socket, or give up opening it. What comes of it from now on is not heard.
    CloseSocket {
        /// The socket.
        generation: Generation,
    },
    /// Ask for the next pair of tokens. It is answered in any case, after a minute or so at the latest, by
    /// [`Input::Refreshed`]; there is one at a time.
    RefreshToken {
        /// The refresh token.
        refresh_token: String,
    },
    /// Store a pair of tokens in place of the one before, which is dead, and answer with
    /// [`Input::TokensStored`] when it is on the disk.
    StoreTokens(Tokens),
    /// Give [`Input::Wake`] when the clock shows this, in milliseconds since the epoch; it replaces the one
    /// before.
    WakeAt(u64),
    /// Tell the app.
    Tell(Notice),
}

impl fmt::Debug for Action {
    /// Prints no token and no text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OpenSocket { generation, .. } => write!(f, "OpenSocket({generation:?})"),
            Self::SendText { generation, text } => {
                write!(f, "SendText({generation:?}, {} bytes)", text.len())
            }
            Self::CloseSocket { generation } => write!(f, "CloseSocket({generation:?})"),
            Self::RefreshToken { .. } => f.write_str("RefreshToken"),
            Self::StoreTokens(tokens) => write!(f, "StoreTokens({tokens:?})"),
            Self::WakeAt(at_ms) => write!(f, "WakeAt({at_ms})"),
            Self::Tell(notice) => write!(f, "Tell({notice:?})"),
        }
    }
}

/// Is what the app is told.
#[derive(Clone)]
pub enum Notice {
    /// A socket is open: what waits is to be fetched by `sync` now, and subscriptions to presence are to be
    /// made anew, as they end with their socket.
    Connected {
        /// Whether it takes the place of another one, which was open when this one began to. What that one
        /// brings is told too; known messages are to be known by their id.
        renewed: bool,
    },
    /// The server says something unasked.
    Event(Event),
    /// A request was answered.
    Reply {
        /// The request.
        id: RequestId,
        /// What was answered.
        outcome: Result<ReplyOk, ErrorBody>,
    },
    /// A request was not answered.
    RequestFailed {
        /// The request.
        id: RequestId,
        /// How far it came.
        failure: RequestFailure,
    },
    /// There is no connection; it is tried again by itself.
    Offline {
        /// When, in milliseconds since the epoch.
        retry_at: u64,
    },
    /// Another client has connected as this device, and nothing is tried until the app asks for it: else
    /// the two would displace each other for ever.
    Displaced,
    /// This device has no valid tokens any more: it has to be registered anew.
    SignedOut(SignedOut),
}

impl fmt::Debug for Notice {
    /// Prints no answer.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected { renewed } => write!(f, "Connected(renewed: {renewed})"),
            Self::Event(event) => write!(f, "Event({event:?})"),
            Self::Reply { id, outcome } => {
                let code = outcome.as_ref().map(|_| ()).map_err(|error| error.code);
                write!(f, "Reply({id}, {code:?})")
            }
            Self::RequestFailed { id, failure } => write!(f, "RequestFailed({id}, {failure:?})"),
            Self::Offline { retry_at } => write!(f, "Offline({retry_at})"),
            Self::Displaced => f.write_str("Displaced"),
            Self::SignedOut(why) => write!(f, "SignedOut({why:?})"),
        }
    }
}

/// Says how far a request came that was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestFailure {
    /// Nothing was sent: there was no connection.
    #[error("not connected")]
    NotConnected,
    /// It was sent, and the connection was lost or the time was over: it may have been done. All requests
    /// may be repeated, with the ids of their messages as they were.
    #[error("no answer")]
    Unknown,
    /// It is larger than a message may be, and was not sent.
    #[error("larger than a message may be")]
    TooLarge,
}

/// Says why a device is signed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignedOut {
    /// It was removed, by its user or as its account was taken over or deleted, or somebody else has used
    /// its refresh token.
    #[error("this device has been removed")]
    Removed,
    /// The answer to a refresh was lost, and with it the only token that was good: using the one before
    /// again has revoked the device.
    #[error("new tokens were lost on their way")]
    TokensLost,
    /// The deployment does not know the token.
    #[error("unknown token")]
    Unknown,
}
