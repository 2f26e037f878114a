//! Each limit of a request about invites to groups, from both sides (protocol §8).

use heliograph_protocol::request::{GroupsInvite, GroupsJoin, GroupsRevokeInvite, Request};
use serde_json::{Value, json};

use crate::{
    limits::{accepted, refused},
    limits_groups::{in_group, with},
};

#[test]
fn how_long_and_how_often_an_invite_can_be_used() {
    let most = accepted::<GroupsInvite>(&in_group(json!({})));
    assert_eq!((most.expires_in_s, most.max_uses), (2_592_000, 256));
    let nulls = json!({"expires_in_s": null, "max_uses": null});
    assert_eq!(accepted::<GroupsInvite>(&in_group(nulls)), most);
    accepted::<GroupsInvite>(&in_group(json!({"expires_in_s": 1, "max_uses": 1})));
    accepted::<GroupsInvite>(&in_group(
        json!({"expires_in_s": 2_592_000, "max_uses": 256}),
    ));
    for (field, max) in [("expires_in_s", 2_592_000_u64), ("max_uses", 256)] {
        for value in [
            json!(0),
            json!(max + 1),
            json!(max + 65_536),
            json!(-1),
            json!(1.5),
            json!("1"),
        ] {
            let message = refused::<GroupsInvite>(&in_group(json!({ field: value })));
            assert_eq!(
                message,
                format!("{field}: expected an integer of 1 to {max}")
            );
        }
    }
}

#[test]
fn invites() {
    fn invite<R: Request>(body: fn(Value) -> Value) {
        for text in ["", "i", &"i".repeat(1024)] {
            accepted::<R>(&body(json!({ "invite": text })));
        }
        for value in [
            json!("i".repeat(1025)),
            json!("é".repeat(513)),
            json!(7),
            json!(null),
        ] {
            let message = refused::<R>(&body(json!({ "invite": value })));
            assert_eq!(
                message,
                "invite: expected an invite of at most 1,024 characters"
            );
        }
        assert_eq!(refused::<R>(&body(json!({}))), "missing field `invite`");
    }
    invite::<GroupsJoin>(|extra| with(json!({"id": "7"}), &extra));
    invite::<GroupsRevokeInvite>(in_group);
    let message = refused::<GroupsJoin>(&json!({"invite": "i"}));
    assert_eq!(message, "missing field `id`");
}
