//! Each limit of a request about groups, from both sides (protocol §8).

use heliograph_protocol::request::{
    GroupsAdd, GroupsCreate, GroupsDemote, GroupsGet, GroupsInvite, GroupsLeave, GroupsList,
    GroupsPromote, GroupsRemove, GroupsRevokeInvite, GroupsUpdate, Request,
};
use serde_json::{Value, json};

use crate::limits::{accepted, refused};

const GROUP_ID: &str = "2d9b7c44-1e6f-4a0b-8c35-97e2f4a1d6b3";
const NAME_EXPECTED: &str = "expected a name of 1 to 100 characters without control characters";
const ID_EXPECTED: &str = "expected an id of 1 to 64 characters A-Z a-z 0-9 _ -";
const PHOTO_EXPECTED: &str = "expected a media id, or nothing";

/// Lays the fields of `extra` over those of `body`.
pub(crate) fn with(body: Value, extra: &Value) -> Value {
    let mut body = body;
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn create(extra: Value) -> Value {
    let body = json!({"id": "7", "group_id": GROUP_ID, "name": "Family", "member_ids": ["u"]});
    with(body, &extra)
}

pub(crate) fn in_group(extra: Value) -> Value {
    with(json!({"id": "7", "group_id": "g"}), &extra)
}

/// A body without one of its fields.
fn without(body: Value, field: &str) -> Value {
    let mut body = body;
    body.as_object_mut().unwrap().remove(field);
    body
}

#[test]
fn group_that_is_made() {
    let group = accepted::<GroupsCreate>(&create(json!({})));
    assert_eq!(
        (group.photo_media_id.as_deref(), group.announce_only),
        (None, false)
    );
    let nulls = json!({"photo_media_id": null, "announce_only": null});
    assert_eq!(accepted::<GroupsCreate>(&create(nulls)), group);
    let announces = json!({"photo_media_id": "m", "announce_only": true});
    let group = accepted::<GroupsCreate>(&create(announces));
    assert_eq!(
        (group.photo_media_id.as_deref(), group.announce_only),
        (Some("m"), true)
    );
    for field in ["id", "group_id", "name", "member_ids"] {
        let message = refused::<GroupsCreate>(&without(create(json!({})), field));
        assert_eq!(message, format!("missing field `{field}`"));
    }
}

#[test]
fn new_group_id_has_one_spelling() {
    let uuids = [
        GROUP_ID,
        "019ab2f5-6000-7000-8000-000000000000",
        &GROUP_ID.replace("-4a0b-", "-1a0b-"),
    ];
    for uuid in uuids {
        accepted::<GroupsCreate>(&create(json!({"group_id": uuid})));
    }
    for value in [
        json!(GROUP_ID.to_uppercase()),
        json!(GROUP_ID.replace('-', "")),
        json!(format!("{{{GROUP_ID}}}")),
        json!(format!("urn:uuid:{GROUP_ID}")),
        json!(format!("{GROUP_ID} ")),
        json!("g-family"),
        json!(""),
        json!(7),
        json!(null),
    ] {
        let message = refused::<GroupsCreate>(&create(json!({ "group_id": value })));
        let expected = "group_id: expected a UUID, lowercase with hyphens";
        assert_eq!(message, expected, "{value}");
    }
}

#[test]
fn group_that_is_named() {
    fn named<R: Request>(body: fn(Value) -> Value) {
        accepted::<R>(&body(json!({"group_id": "g".repeat(64)})));
        for value in [
            json!(""),
            json!("g".repeat(65)),
            json!("a b"),
            json!(null),
            json!(["g"]),
        ] {
            let message = refused::<R>(&body(json!({ "group_id": value })));
            assert_eq!(message, format!("group_id: {ID_EXPECTED}"), "{value}");
        }
        let message = refused::<R>(&without(body(json!({})), "group_id"));
        assert_eq!(message, "missing field `group_id`");
        assert_eq!(
            refused::<R>(&without(body(json!({})), "id")),
            "missing field `id`"
        );
        assert_eq!(refused::<R>(&json!(["7", "g"])), "expected an object");
    }
    named::<GroupsGet>(in_group);
    named::<GroupsLeave>(in_group);
    named::<GroupsUpdate>(|extra| with(in_group(json!({"name": "x"})), &extra));
    named::<GroupsAdd>(|extra| with(in_group(json!({"user_ids": ["u"]})), &extra));
    named::<GroupsRemove>(|extra| with(in_group(json!({"user_ids": ["u"]})), &extra));
    named::<GroupsPromote>(|extra| with(in_group(json!({"user_id": "u"})), &extra));
    named::<GroupsDemote>(|extra| with(in_group(json!({"user_id": "u"})), &extra));
    named::<GroupsInvite>(in_group);
    named::<GroupsRevokeInvite>(|extra| with(in_group(json!({"invite": "i"})), &extra));
}

#[test]
fn name() {
    let update = |name: &Value| in_group(json!({ "name": name }));
    // Characters, of four bytes each; what only formats is no control character.
    for text in ["x", "Ö", &"🌞".repeat(100), "a\u{200d}b", " "] {
        accepted::<GroupsCreate>(&create(json!({ "name": text })));
        let set = accepted::<GroupsUpdate>(&update(&json!(text)));
        assert_eq!(set.name.as_deref(), Some(text));
    }
    for value in [
        json!(""),
        json!("🌞".repeat(101)),
        json!("x".repeat(101)),
        json!("a\nb"),
        json!("\0"),
        json!("\u{7f}"),
        json!("\u{9f}"),
        json!(7),
        json!(["x"]),
    ] {
        let message = refused::<GroupsCreate>(&create(json!({ "name": value })));
        assert_eq!(message, format!("name: {NAME_EXPECTED}"), "{value}");
        let message = refused::<GroupsUpdate>(&update(&value));
        assert_eq!(message, format!("name: {NAME_EXPECTED}"), "{value}");
    }
    let message = refused::<GroupsCreate>(&create(json!({"name": null})));
    assert_eq!(message, format!("name: {NAME_EXPECTED}"));
}

#[test]
fn photo() {
    let update = |photo: &Value| in_group(json!({ "photo_media_id": photo }));
    for text in ["", "m", &"Az09_-".repeat(10), &"m".repeat(64)] {
        accepted::<GroupsCreate>(&create(json!({ "photo_media_id": text })));
        // To take away is not to leave as it is.
        let set = accepted::<GroupsUpdate>(&update(&json!(text)));
        assert_eq!(set.photo_media_id.as_deref(), Some(text));
    }
    for value in [
        json!("m".repeat(65)),
        json!("a b"),
        json!("a/b"),
        json!("ö"),
        json!(7),
    ] {
        let message = refused::<GroupsCreate>(&create(json!({ "photo_media_id": value })));
        assert_eq!(message, format!("photo_media_id: {PHOTO_EXPECTED}"));
        let message = refused::<GroupsUpdate>(&update(&value));
        assert_eq!(message, format!("photo_media_id: {PHOTO_EXPECTED}"));
    }
}

#[test]
fn announce_only() {
    for value in [true, false] {
        accepted::<GroupsCreate>(&create(json!({ "announce_only": value })));
        let set = accepted::<GroupsUpdate>(&in_group(json!({ "announce_only": value })));
        assert_eq!(set.announce_only, Some(value));
    }
    for value in [json!("true"), json!(1), json!([])] {
        let message = refused::<GroupsCreate>(&create(json!({ "announce_only": value })));
        assert_eq!(message, "announce_only: expected a boolean");
        let message = refused::<GroupsUpdate>(&in_group(json!({ "announce_only": value })));
        assert_eq!(message, "announce_only: expected a boolean");
    }
}

#[test]
fn update_says_something() {
    let expected = "expected at least one of name, photo_media_id and announce_only";
    for nothing in [
        json!({}),
        json!({"expected_epoch": 1}),
        json!({"name": null, "photo_media_id": null, "announce_only": null}),
        json!({"colour": "red"}),
    ] {
        assert_eq!(refused::<GroupsUpdate>(&in_group(nothing)), expected);
    }
}

#[test]
fn first_members() {
    let people = |count: usize| create(json!({"member_ids": vec!["u".repeat(64); count]}));
    for count in [0, 255] {
        let group = accepted::<GroupsCreate>(&people(count));
        assert_eq!(group.member_ids.len(), count);
    }
    let message = refused::<GroupsCreate>(&people(256));
    assert_eq!(message, "member_ids: expected a list of at most 255 items");
    let message = refused::<GroupsCreate>(&create(json!({"member_ids": ["u", "a b"]})));
    assert_eq!(message, format!("member_ids[1]: {ID_EXPECTED}"));
}

#[test]
fn lists_of_people() {
    fn people<R: Request>() {
        let people = |count: usize| in_group(json!({"user_ids": vec!["u".repeat(64); count]}));
        for count in [1, 255] {
            accepted::<R>(&people(count));
        }
        for count in [0, 256] {
            let message = refused::<R>(&people(count));
            assert_eq!(message, "user_ids: expected a list of 1 to 255 items");
        }
        let message = refused::<R>(&in_group(json!({"user_ids": ["u", ""]})));
        assert_eq!(message, format!("user_ids[1]: {ID_EXPECTED}"));
        let message = refused::<R>(&in_group(json!({})));
        assert_eq!(message, "missing field `user_ids`");
    }
    people::<GroupsAdd>();
    people::<GroupsRemove>();
}

#[test]
fn promoted_and_demoted_is_one() {
    fn one<R: Request>() {
        accepted::<R>(&in_group(json!({"user_id": "u".repeat(64)})));
        for user_id in [json!(""), json!("u".repeat(65)), json!(null), json!(["u"])] {
            let message = refused::<R>(&in_group(json!({ "user_id": user_id })));
            assert_eq!(message, format!("user_id: {ID_EXPECTED}"));
        }
        assert_eq!(
            refused::<R>(&in_group(json!({}))),
            "missing field `user_id`"
        );
    }
    one::<GroupsPromote>();
    one::<GroupsDemote>();
}

#[test]
fn expected_epoch() {
    fn epoch<R: Request>(body: &Value, epoch_of: fn(R) -> Option<u64>) {
        let expecting = |epoch: Value| with(body.clone(), &json!({ "expected_epoch": epoch }));
        assert_eq!(epoch_of(accepted(body)), None);
        assert_eq!(epoch_of(accepted(&expecting(json!(null)))), None);
        for epoch in [0, 1, u64::MAX] {
            assert_eq!(epoch_of(accepted(&expecting(json!(epoch)))), Some(epoch));
        }
        for epoch in [json!(-1), json!(1.5), json!("1"), json!([1])] {
            let message = refused::<R>(&expecting(epoch));
            assert!(message.starts_with("expected_epoch: expected"), "{message}");
        }
    }
    epoch::<GroupsUpdate>(&in_group(json!({"name": "x"})), |it| it.expected_epoch);
    epoch::<GroupsAdd>(&in_group(json!({"user_ids": ["u"]})), |it| {
        it.expected_epoch
    });
    epoch::<GroupsRemove>(&in_group(json!({"user_ids": ["u"]})), |it| {
        it.expected_epoch
    });
    epoch::<GroupsPromote>(&in_group(json!({"user_id": "u"})), |it| it.expected_epoch);
    epoch::<GroupsDemote>(&in_group(json!({"user_id": "u"})), |it| it.expected_epoch);
}

#[test]
fn pages() {
    let page = |limit: Value| json!({"id": "7", "after": null, "limit": limit});
    assert_eq!(accepted::<GroupsList>(&json!({"id": "7"})).limit, 50);
    assert_eq!(accepted::<GroupsList>(&page(json!(null))).limit, 50);
    for limit in [1, 50] {
        assert_eq!(accepted::<GroupsList>(&page(json!(limit))).limit, limit);
    }
    for limit in [json!(0), json!(51), json!(65_537), json!(-1), json!("9")] {
        let message = refused::<GroupsList>(&page(limit));
        assert_eq!(message, "limit: expected an integer of 1 to 50");
    }
    accepted::<GroupsList>(&json!({"id": "7", "after": "g".repeat(64)}));
    for after in ["", "a b", &"g".repeat(65)] {
        let message = refused::<GroupsList>(&json!({"id": "7", "after": after}));
        assert_eq!(message, format!("after: {ID_EXPECTED}"));
    }
}
