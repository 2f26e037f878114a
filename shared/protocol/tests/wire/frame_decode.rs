//! Any text at all through every decoder: what comes out is a value or an error, and they agree.
//!
//! [`check`] is also the body of the fuzz target of the same name, in `fuzz/`.

use std::fmt::Debug;

use heliograph_protocol::{
    ErrorCode, decode, decode_http,
    frame::{ServerFrame, decode_frame},
    http::{LinkRequest, RegisterRequest, TokensRequest, VerifyRequest},
    peek,
    request::*,
};
use serde::{Serialize, de::DeserializeOwned};

/// Bounds an error message: they are sentences, not copies of a request.
const MESSAGE_CHARS_MAX: usize = 200;

/// Puts the bytes through every decoder.
pub(crate) fn check(bytes: &[u8]) {
    let Ok(body) = std::str::from_utf8(bytes) else {
        return;
    };
    requests(body);
    http::<RegisterRequest>(body);
    http::<VerifyRequest>(body);
    http::<LinkRequest>(body);
    http::<TokensRequest>(body);
    if let Ok(frame) = decode_frame(body) {
        written_again(&frame);
    }
}

fn requests(body: &str) {
    request::<Send>(body);
    request::<Ack>(body);
    request::<Sync>(body);
    request::<Status>(body);
    request::<Ping>(body);
    request::<KeysUpload>(body);
    request::<KeysFetch>(body);
    request::<DevicesList>(body);
    request::<DevicesLink>(body);
    request::<DevicesRemove>(body);
    request::<ProfileSet>(body);
    request::<ProfileGet>(body);
    request::<ContactsPut>(body);
    request::<ContactsRemove>(body);
    request::<ContactsList>(body);
    request::<BlocksPut>(body);
    request::<BlocksRemove>(body);
    request::<BlocksList>(body);
    request::<PrivacySet>(body);
    request::<PrivacyGet>(body);
    request::<PresenceSubscribe>(body);
    request::<PresenceUnsubscribe>(body);
    request::<PushRegister>(body);
    request::<PushUnregister>(body);
    request::<PushKey>(body);
    request::<GroupsCreate>(body);
    request::<GroupsGet>(body);
    request::<GroupsList>(body);
    request::<GroupsUpdate>(body);
    request::<GroupsAdd>(body);
    request::<GroupsRemove>(body);
    request::<GroupsLeave>(body);
    request::<GroupsPromote>(body);
    request::<GroupsDemote>(body);
    request::<GroupsInvite>(body);
    request::<GroupsJoin>(body);
    request::<GroupsRevokeInvite>(body);
    request::<MediaUpload>(body);
    request::<MediaComplete>(body);
    request::<MediaDownload>(body);
    request::<MediaDelete>(body);
}

/// An event that was read is written, and read again, as the same.
fn written_again(frame: &ServerFrame) {
    if let ServerFrame::Event(event) = frame {
        match decode_frame(&event.to_json()) {
            Ok(ServerFrame::Event(read)) => assert_eq!(&read, event),
            _ => panic!("an event became something else"),
        }
    }
}

fn request<R: Request + Debug + PartialEq>(body: &str) {
    let peeked = peek(body);
    match decode::<R>(body) {
        Ok(request) => {
            assert!(peeked.is_object);
            assert_eq!(peeked.id.as_deref(), Some(request.id()));
            assert_eq!(decode::<R>(&request.to_json()).as_ref(), Ok(&request));
        }
        Err(rejected) => {
            assert!(matches!(
                rejected.error.code,
                ErrorCode::BadRequest | ErrorCode::TooLarge
            ));
            assert!(rejected.error.message.len() <= MESSAGE_CHARS_MAX);
            if rejected.error.code == ErrorCode::BadRequest {
                assert_eq!(rejected.id, peeked.id);
            }
        }
    }
}

fn http<T: Serialize + DeserializeOwned + Debug + PartialEq>(body: &str) {
    match decode_http::<T>(body) {
        Ok(value) => {
            let json = serde_json::to_string(&value).unwrap_or_default();
            assert_eq!(decode_http::<T>(&json).as_ref(), Ok(&value));
        }
        Err(error) => assert!(error.message.len() <= MESSAGE_CHARS_MAX),
    }
}

#[cfg(test)]
mod tests {
    use heliograph_protocol::event::Event;
    use proptest::prelude::*;

    use super::check;
    use crate::samples;

    /// Every request, and the events.
    fn frames() -> Vec<String> {
        let mut frames = samples::requests();
        frames.extend(samples::events().iter().map(Event::to_json));
        frames
    }

    /// A frame with some of its bytes replaced, removed or put in.
    fn damaged() -> impl Strategy<Value = Vec<u8>> {
        let edit = (any::<prop::sample::Index>(), 0..3_u8, any::<u8>());
        (
            prop::sample::select(frames()),
            prop::collection::vec(edit, 1..6),
        )
            .prop_map(|(frame, edits)| {
                let mut bytes = frame.into_bytes();
                for (index, kind, byte) in edits {
                    let at = index.index(bytes.len());
                    match kind {
                        0 => bytes[at] = byte,
                        1 => drop(bytes.remove(at)),
                        _ => bytes.insert(at, byte),
                    }
                }
                bytes
            })
    }

    /// Text in JSON's own alphabet, which gets further than random text.
    fn json_like() -> impl Strategy<Value = String> {
        let token = prop_oneof![
            Just("{"),
            Just("}"),
            Just("["),
            Just("]"),
            Just(":"),
            Just(","),
            Just("\"id\""),
            Just("\"action\""),
            Just("\"messages\""),
            Just("\"to\""),
            Just("\"contents\""),
            Just("\"1\""),
            Just("1"),
            Just("-1"),
            Just("1e999"),
            Just("NaN"),
            Just("null"),
            Just("true"),
            Just("\"\\ud800\""),
            Just("\""),
            Just("\\"),
            Just(" "),
        ];
        prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat())
    }

    proptest! {
        #[test]
        fn any_bytes(bytes: Vec<u8>) {
            check(&bytes);
        }

        #[test]
        fn any_text(text: String) {
            check(text.as_bytes());
        }

        #[test]
        fn damaged_frames(bytes in damaged()) {
            check(&bytes);
        }

        #[test]
        fn json_like_text(text in json_like()) {
            check(text.as_bytes());
        }
    }

    #[test]
    fn the_samples_and_deep_nesting() {
        for frame in frames() {
            check(frame.as_bytes());
        }
        for open in ["[", "{\"id\":", "{\"id\":\"7\",\"messages\":[", "{\"x\":["] {
            check(open.repeat(20_000).as_bytes());
            check(format!("{{\"id\":\"7\",\"x\":{}", open.repeat(20_000)).as_bytes());
        }
    }
}
