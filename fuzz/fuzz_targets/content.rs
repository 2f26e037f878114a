//! Contents of messages from others: whatever the bytes, a content that is written as it was read, or none.
#![no_main]

use heliograph_client::content::{Body, Content};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(content) = Content::decode(bytes) else {
        return;
    };
    let again = content.encode().unwrap();
    if matches!(content.body, Body::Unknown(_)) {
        assert_eq!(again, bytes);
    }
    assert!(Content::decode(&again).unwrap() == content);
});
