//! What one side writes about keys and devices, the other reads back the same.

use heliograph_protocol::event::Event;
use proptest::{collection::vec, prelude::*};

use crate::{
    roundtrip::{event_survives, reply_survives, request_survives},
    samples, strategies,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn keys_upload(request in strategies::keys_upload()) {
        request_survives(&request);
    }

    #[test]
    fn keys_fetch(request in strategies::keys_fetch()) {
        request_survives(&request);
    }

    #[test]
    fn devices_list(request in strategies::devices_list()) {
        request_survives(&request);
    }

    #[test]
    fn devices_link(request in strategies::devices_link()) {
        request_survives(&request);
    }

    #[test]
    fn devices_remove(request in strategies::devices_remove()) {
        request_survives(&request);
    }

    #[test]
    fn events(
        left in strategies::keys_left(),
        devices in vec(strategies::device_summary(), 0..=5),
    ) {
        event_survives(&Event::KeysLow(left));
        event_survives(&Event::Devices(devices));
    }
}

#[test]
fn replies() {
    reply_survives("7", &samples::keys_upload_ok());
    reply_survives("7", &samples::keys_fetch_ok());
    reply_survives("7", &samples::devices_list_ok());
    reply_survives("7", &samples::foreign_devices_list_ok());
    reply_survives("7", &samples::devices_link_ok());
}
