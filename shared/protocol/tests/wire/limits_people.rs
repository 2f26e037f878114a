//! Each limit of a request about people, from both sides (protocol §7).

use heliograph_protocol::request::{
    BlocksList, BlocksPut, BlocksRemove, ContactsList, ContactsPut, ContactsRemove, PrivacyGet,
    PrivacySet, ProfileGet, ProfileSet, Request,
};
use serde_json::{Value, json};

use crate::limits::{accepted, refused, users};

const NAME_EXPECTED: &str = "expected a name of at most 64 characters without control characters";
const ABOUT_EXPECTED: &str = "expected a text of at most 140 characters without control characters";
/// Each end of both ranges of control characters.
const CONTROL: [char; 6] = ['\0', '\n', '\u{1f}', '\u{7f}', '\u{80}', '\u{9f}'];
/// What is next to those, and what only formats: names in some scripts need it.
const PLAIN: [char; 6] = [' ', '~', '\u{a0}', '\u{200d}', '\u{2028}', '\u{202e}'];
const ID_EXPECTED: &str = "expected an id of 1 to 64 characters A-Z a-z 0-9 _ -";

/// As many characters, of four bytes each.
fn characters(count: usize) -> String {
    "🌞".repeat(count)
}

fn profile(field: &str, value: Value) -> Value {
    json!({"id": "7", field: value})
}

#[test]
fn profile_of_nothing() {
    let nothing = accepted::<ProfileSet>(&json!({"id": "7"}));
    let nulls = json!({"id": "7", "username": null, "about": null, "photo_media_id": null});
    assert_eq!(accepted::<ProfileSet>(&nulls), nothing);
    // To take away is not to leave as it is.
    let empty = accepted::<ProfileSet>(&profile("about", json!("")));
    assert_eq!(empty.about.as_deref(), Some(""));
}

#[test]
fn username() {
    for text in ["", "Ö", &characters(64)] {
        let set = accepted::<ProfileSet>(&profile("username", json!(text)));
        assert_eq!(set.username.as_deref(), Some(text));
    }
    for value in [json!(characters(65)), json!("x".repeat(65)), json!(7)] {
        let message = refused::<ProfileSet>(&profile("username", value));
        assert_eq!(message, format!("username: {NAME_EXPECTED}"));
    }
}

#[test]
fn about() {
    for text in ["", "Ö", &characters(140)] {
        accepted::<ProfileSet>(&profile("about", json!(text)));
    }
    for value in [json!(characters(141)), json!("x".repeat(141)), json!([])] {
        let message = refused::<ProfileSet>(&profile("about", value));
        assert_eq!(message, format!("about: {ABOUT_EXPECTED}"));
    }
}

#[test]
fn control_characters() {
    let contact = |name: &str| contacts(json!([{"user_id": "u", "name": name}]));
    for character in PLAIN {
        let text = format!("a{character}b");
        accepted::<ProfileSet>(&profile("username", json!(text)));
        accepted::<ProfileSet>(&profile("about", json!(text)));
        accepted::<ContactsPut>(&contact(&text));
    }
    for character in CONTROL {
        for text in [format!("a{character}b"), character.to_string()] {
            let message = refused::<ProfileSet>(&profile("username", json!(text)));
            assert_eq!(message, format!("username: {NAME_EXPECTED}"));
            let message = refused::<ProfileSet>(&profile("about", json!(text)));
            assert_eq!(message, format!("about: {ABOUT_EXPECTED}"));
            let message = refused::<ContactsPut>(&contact(&text));
            assert_eq!(message, format!("contacts[0].name: {NAME_EXPECTED}"));
        }
    }
}

#[test]
fn photo() {
    for text in ["", "m", &"Az09_-".repeat(10), &"m".repeat(64)] {
        accepted::<ProfileSet>(&profile("photo_media_id", json!(text)));
    }
    for value in [
        json!("m".repeat(65)),
        json!("a b"),
        json!("a/b"),
        json!("ö"),
        json!(7),
    ] {
        let message = refused::<ProfileSet>(&profile("photo_media_id", value));
        assert_eq!(message, "photo_media_id: expected a media id, or nothing");
    }
}

#[test]
fn lists_of_people() {
    users::<ProfileGet>(100);
    users::<ContactsRemove>(500);
}

fn contacts(contacts: Value) -> Value {
    json!({"id": "7", "contacts": contacts})
}

#[test]
fn contacts_of_a_put() {
    let people = |count: usize| contacts(json!(vec![json!({"user_id": "u"}); count]));
    for count in [1, 500] {
        assert_eq!(
            accepted::<ContactsPut>(&people(count)).contacts.len(),
            count
        );
    }
    for count in [0, 501] {
        let message = refused::<ContactsPut>(&people(count));
        assert_eq!(message, "contacts: expected a list of 1 to 500 items");
    }
    assert_eq!(
        refused::<ContactsPut>(&json!({"id": "7"})),
        "missing field `contacts`"
    );
}

#[test]
fn contact_is_one() {
    let number = "+46701234567";
    accepted::<ContactsPut>(&contacts(
        json!([{"phone_number": number, "user_id": null}]),
    ));
    accepted::<ContactsPut>(&contacts(json!([{"phone_number": null, "user_id": "u"}])));
    for contact in [
        json!({}),
        json!({"name": "Bob"}),
        json!({"phone_number": null}),
        json!({"phone_number": number, "user_id": "u"}),
    ] {
        let message = refused::<ContactsPut>(&contacts(json!([{"user_id": "u"}, contact])));
        let expected = "expected exactly one of phone_number and user_id";
        assert_eq!(message, format!("contacts[1]: {expected}"));
    }
    let message = refused::<ContactsPut>(&contacts(json!([[number, null, null]])));
    assert_eq!(message, "contacts[0]: expected an object");
}

#[test]
fn contact_number_and_id() {
    for number in ["46701234567", "+123456", "+1234567890123456", ""] {
        let message = refused::<ContactsPut>(&contacts(json!([{ "phone_number": number }])));
        let expected = "expected a phone number: + and 7 to 15 digits, the first not 0";
        assert_eq!(message, format!("contacts[0].phone_number: {expected}"));
    }
    for user_id in ["", "a b", &"u".repeat(65)] {
        let message = refused::<ContactsPut>(&contacts(json!([{ "user_id": user_id }])));
        assert_eq!(message, format!("contacts[0].user_id: {ID_EXPECTED}"));
    }
}

#[test]
fn contact_name() {
    let named = |name: Value| contacts(json!([{"user_id": "u", "name": name}]));
    for name in [json!(null), json!(""), json!(characters(64))] {
        accepted::<ContactsPut>(&named(name));
    }
    for name in [json!(characters(65)), json!("x".repeat(65)), json!(7)] {
        let message = refused::<ContactsPut>(&named(name));
        assert_eq!(message, format!("contacts[0].name: {NAME_EXPECTED}"));
    }
}

#[test]
fn pages() {
    fn page<R: Request>(limit_of: fn(R) -> u16) {
        let body = |limit: Value| json!({"id": "7", "after": null, "limit": limit});
        assert_eq!(limit_of(accepted(&json!({"id": "7"}))), 100);
        assert_eq!(limit_of(accepted(&body(json!(null)))), 100);
        for limit in [1, 100] {
            assert_eq!(limit_of(accepted(&body(json!(limit)))), limit);
        }
        for limit in [json!(0), json!(101), json!(65_537), json!(-1), json!("9")] {
            let message = refused::<R>(&body(limit));
            assert_eq!(message, "limit: expected an integer of 1 to 100");
        }
        accepted::<R>(&json!({"id": "7", "after": "u".repeat(64)}));
        for after in ["", "a b", &"u".repeat(65)] {
            let message = refused::<R>(&json!({"id": "7", "after": after}));
            assert_eq!(message, format!("after: {ID_EXPECTED}"));
        }
    }
    page::<ContactsList>(|list| list.limit);
    page::<BlocksList>(|list| list.limit);
}

#[test]
fn blocked_is_one() {
    fn one<R: Request>() {
        accepted::<R>(&json!({"id": "7", "user_id": "u".repeat(64)}));
        for user_id in [json!(""), json!("u".repeat(65)), json!(null), json!(["u"])] {
            let message = refused::<R>(&json!({"id": "7", "user_id": user_id}));
            assert_eq!(message, format!("user_id: {ID_EXPECTED}"));
        }
        assert_eq!(refused::<R>(&json!({"id": "7"})), "missing field `user_id`");
    }
    one::<BlocksPut>();
    one::<BlocksRemove>();
}

const SETTINGS: [&str; 5] = ["last_seen", "online", "read_receipts", "photo", "group_add"];

#[test]
fn privacy_sets_something() {
    let expected = "expected at least one of last_seen, online, read_receipts, photo and group_add";
    let mut nulls = json!({"id": "7"});
    for setting in SETTINGS {
        nulls[setting] = json!(null);
    }
    for nothing in [
        json!({"id": "7"}),
        json!({"id": "7", "colour": "red"}),
        nulls,
    ] {
        assert_eq!(refused::<PrivacySet>(&nothing), expected);
    }
    accepted::<PrivacyGet>(&json!({"id": "7"}));
}

#[test]
fn privacy_settings() {
    for setting in SETTINGS {
        for audience in ["everyone", "contacts", "nobody"] {
            accepted::<PrivacySet>(&json!({"id": "7", setting: audience}));
        }
        for value in [
            json!("friends"),
            json!("Everyone"),
            json!(""),
            json!(1),
            json!(true),
            json!(["nobody"]),
            json!({"nobody": null}),
        ] {
            let message = refused::<PrivacySet>(&json!({"id": "7", setting: value}));
            let expected = "expected one of `everyone`, `contacts`, `nobody`";
            assert_eq!(message, format!("{setting}: {expected}"), "{value}");
        }
    }
}
