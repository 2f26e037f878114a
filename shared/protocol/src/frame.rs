//! What a client receives: replies and events, read back into types.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{
    error::ErrorBody,
    event::{Envelope, Event, Receipt},
    ids::UserId,
    people::Presence,
    reply::{DeviceSummary, KeysUploadOk},
};

/// Is a socket message from the server, as a client takes it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ServerFrame {
    /// The answer to a request.
    Reply {
        /// The request's `id`; absent when the server could not read it.
        id: Option<String>,
        /// What the server did, or why it did not.
        outcome: Result<ReplyOk, ErrorBody>,
    },
    /// Something unasked.
    Event(Event),
    /// An event of a later version, to be passed over.
    Unknown,
}

/// Is the `ok` of a reply, to be read as the type that its request is answered with.
#[derive(Clone, Debug)]
pub struct ReplyOk(Box<RawValue>);

impl ReplyOk {
    /// Reads it as the answer to the request that it belongs to.
    ///
    /// # Errors
    ///
    /// [`InvalidFrame`] when it is the answer to something else.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, InvalidFrame> {
        serde_json::from_str(self.0.get()).map_err(|_| InvalidFrame)
    }
}

/// Reports a frame that no server of this protocol sends. It does not repeat the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a frame of this protocol")]
pub struct InvalidFrame;

/// What any frame has.
#[derive(Deserialize)]
struct Named {
    event: String,
}

/// The fields of the frames that are known; which of them belong together, `event` says.
#[derive(Deserialize)]
struct Fields {
    id: Option<String>,
    ok: Option<Box<RawValue>>,
    error: Option<ErrorBody>,
    messages: Option<Vec<Envelope>>,
    receipts: Option<Vec<Receipt>>,
    devices: Option<Vec<DeviceSummary>>,
    user_id: Option<UserId>,
    online: Option<bool>,
    last_seen: Option<u64>,
    one_time_prekeys: Option<u32>,
    one_time_kem_prekeys: Option<u32>,
}

/// Reads a frame that the server sent.
///
/// # Errors
///
/// [`InvalidFrame`] when it is not JSON, or lacks what its event needs.
pub fn decode_frame(body: &str) -> Result<ServerFrame, InvalidFrame> {
    let Named { event } = serde_json::from_str(body).map_err(|_| InvalidFrame)?;
    // Not before the event is known: what has the same name in a later one may be something else.
    let fields = || serde_json::from_str::<Fields>(body).map_err(|_| InvalidFrame);
    let event = match event.as_str() {
        "reply" => {
            let fields = fields()?;
            let outcome = match (fields.ok, fields.error) {
                (Some(ok), None) => Ok(ReplyOk(ok)),
                (None, Some(error)) => Err(error),
                _ => return Err(InvalidFrame),
            };
            return Ok(ServerFrame::Reply {
                id: fields.id,
                outcome,
            });
        }
        "messages" => fields()?.messages.map(Event::Messages),
        "receipts" => fields()?.receipts.map(Event::Receipts),
        "devices" => fields()?.devices.map(Event::Devices),
        "group" => serde_json::from_str(body).ok().map(Event::Group),
        "presence" => presence(fields()?).map(Event::Presence),
        "keys_low" => keys_left(&fields()?).map(Event::KeysLow),
        "displaced" => Some(Event::Displaced),
        _ => return Ok(ServerFrame::Unknown),
    };
    event.map(ServerFrame::Event).ok_or(InvalidFrame)
}

fn presence(fields: Fields) -> Option<Presence> {
    Some(Presence {
        user_id: fields.user_id?,
        online: fields.online,
        last_seen: fields.last_seen,
    })
}

fn keys_left(fields: &Fields) -> Option<KeysUploadOk> {
    Some(KeysUploadOk {
        one_time_prekeys: fields.one_time_prekeys?,
        one_time_kem_prekeys: fields.one_time_kem_prekeys?,
    })
}
