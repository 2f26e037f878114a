//! What it means that a socket has ended.

use heliograph_protocol::socket::{CLOSE_ENDED, CLOSE_GOING_AWAY};

/// Closes a connection whose server starts anew, and one whose server has too many
/// ([registry](https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number)).
const CLOSE_RESTART: u16 = 1012;
const CLOSE_TRY_LATER: u16 = 1013;

/// Says what the end of a socket means, where nobody here has asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The server has ended it: another connection took its place or the device is revoked. Who was
    /// displaced has mostly been told so before; who is revoked learns it from the next try.
    Ended,
    /// It was silent or open for too long, or the server stops.
    GoingAway,
    /// The server sends everybody away for a while.
    Crowd,
    /// Network or server broke; nobody said why.
    Cut,
    /// Something was sent that is not of this protocol, or too large; or it is a code of a later version.
    Refused,
}

impl Ending {
    /// Reads a close code; none is there where a connection is cut.
    pub(super) fn of(code: Option<u16>) -> Self {
        match code {
            Some(CLOSE_ENDED) => Self::Ended,
            Some(CLOSE_GOING_AWAY) => Self::GoingAway,
            Some(CLOSE_RESTART | CLOSE_TRY_LATER) => Self::Crowd,
            // What a browser gives for none, and for a close without a code (RFC 6455 §7.4.1).
            None | Some(1005 | 1006 | 1015) => Self::Cut,
            Some(_) => Self::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heliograph_protocol::socket::{CLOSE_BINARY, CLOSE_TOO_LARGE};

    #[test]
    fn every_code_means_something() {
        let of = |code| Ending::of(Some(code));
        assert_eq!(of(CLOSE_ENDED), Ending::Ended);
        assert_eq!(of(CLOSE_GOING_AWAY), Ending::GoingAway);
        assert_eq!(of(1012), Ending::Crowd);
        assert_eq!(of(1013), Ending::Crowd);
        assert_eq!(of(1006), Ending::Cut);
        assert_eq!(Ending::of(None), Ending::Cut);
        for code in [CLOSE_BINARY, CLOSE_TOO_LARGE, 1002, 1007, 1008, 1011, 4_000] {
            assert_eq!(of(code), Ending::Refused, "{code}");
        }
    }
}
