//! What a server answered, to be looked at.

use heliograph_protocol::frame::ReplyOk;
use heliograph_protocol::reply::{SendOutcome, SendResult};
use heliograph_protocol::{ErrorBody, ErrorCode, MessageId};
use serde::de::DeserializeOwned;

/// A reply.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The request's id, as far as the server could read it.
    pub id: Option<String>,
    /// What it did, or why it did not.
    pub outcome: Result<ReplyOk, ErrorBody>,
}

impl Reply {
    /// Reads the answer of a request that went well.
    #[track_caller]
    pub fn ok<T: DeserializeOwned>(self) -> T {
        match self.outcome {
            Ok(ok) => ok.read().expect("the answer to this request"),
            Err(error) => panic!("refused: {error:?}"),
        }
    }

    /// The error of a request that did not.
    #[track_caller]
    pub fn error(self) -> ErrorBody {
        match self.outcome {
            Ok(_) => panic!("it was not refused"),
            Err(error) => error,
        }
    }
}

/// What became of a message that was sent.
#[derive(Clone, Debug)]
pub struct Sent(pub SendResult);

impl Sent {
    /// The id and the server's time of a message that was taken.
    #[track_caller]
    pub fn accepted(self) -> (MessageId, u64) {
        match self.0.outcome {
            SendOutcome::Accepted { timestamp, .. } => (self.0.message_id, timestamp),
            SendOutcome::Refused { error } => panic!("refused: {error:?}"),
        }
    }

    /// Why a message was not taken.
    #[track_caller]
    pub fn refused(self, code: ErrorCode) -> ErrorBody {
        match self.0.outcome {
            SendOutcome::Accepted { .. } => panic!("accepted, not refused: {code:?}"),
            SendOutcome::Refused { error } => {
                assert_eq!(error.code, code, "{error:?}");
                error
            }
        }
    }
}
