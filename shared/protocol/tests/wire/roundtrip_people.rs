//! What one side writes about people, presence and notifications, the other reads back the same.

use heliograph_protocol::event::Event;
use proptest::prelude::*;

use crate::{
    roundtrip::{event_survives, reply_survives, request_survives},
    samples, strategies,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn profile_set(request in strategies::profile_set()) {
        request_survives(&request);
    }

    #[test]
    fn profile_get(request in strategies::profile_get()) {
        request_survives(&request);
    }

    #[test]
    fn contacts_put(request in strategies::contacts_put()) {
        request_survives(&request);
    }

    #[test]
    fn contacts_remove(request in strategies::contacts_remove()) {
        request_survives(&request);
    }

    #[test]
    fn contacts_list(request in strategies::contacts_list()) {
        request_survives(&request);
    }

    #[test]
    fn blocks_put(request in strategies::blocks_put()) {
        request_survives(&request);
    }

    #[test]
    fn blocks_remove(request in strategies::blocks_remove()) {
        request_survives(&request);
    }

    #[test]
    fn blocks_list(request in strategies::blocks_list()) {
        request_survives(&request);
    }

    #[test]
    fn privacy_set(request in strategies::privacy_set()) {
        request_survives(&request);
    }

    #[test]
    fn privacy_get(request in strategies::privacy_get()) {
        request_survives(&request);
    }

    #[test]
    fn presence_subscribe(request in strategies::presence_subscribe()) {
        request_survives(&request);
    }

    #[test]
    fn presence_unsubscribe(request in strategies::presence_unsubscribe()) {
        request_survives(&request);
    }

    #[test]
    fn push_register(request in strategies::push_register()) {
        request_survives(&request);
    }

    #[test]
    fn push_unregister(request in strategies::push_unregister()) {
        request_survives(&request);
    }

    #[test]
    fn push_key(request in strategies::push_key()) {
        request_survives(&request);
    }

    #[test]
    fn events(presence in strategies::presence()) {
        event_survives(&Event::Presence(presence));
    }
}

#[test]
fn replies() {
    reply_survives("7", &samples::profile_get_ok());
    reply_survives("7", &samples::contacts_put_ok());
    reply_survives("7", &samples::contacts_list_ok());
    reply_survives("7", &samples::blocks_list_ok());
    reply_survives("7", &samples::privacy());
    reply_survives("7", &samples::presence_subscribe_ok());
    reply_survives("7", &samples::push_key_ok());
}
