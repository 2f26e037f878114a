//! Ciphertexts from strangers: whatever the bytes, they are read in one way or refused, and no panic.
#![no_main]

use heliograph_client::e2ee::group::SenderKeyReceiver;
use heliograph_client::DeviceAddress;
use heliograph_client::e2ee::Ciphertext;
use heliograph_protocol::DeviceId;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(read) = Ciphertext::from_bytes(bytes) {
        assert_eq!(read.to_bytes(), bytes);
        assert_eq!(read.to_string().parse(), Ok(read));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = text.parse::<Ciphertext>();
    }
    // Comes inside a ciphertext, from a member who may mean harm.
    let from = DeviceAddress {
        user_id: "somebody".parse().unwrap(),
        device_id: DeviceId::PRIMARY,
    };
    let _ = SenderKeyReceiver::accept(bytes, from, [0; 64].into());
});
