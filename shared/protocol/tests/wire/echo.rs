//! What a decoder says about bad input holds nothing of the input.

use heliograph_protocol::{
    decode, decode_http,
    http::{LinkRequest, RegisterRequest, TokensRequest, VerifyRequest},
    request::*,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::samples;

const WORD: &str = "Zq9XSECRETx";
const NUMBER: u64 = 987_612_345_678;

/// Values of every JSON type that carry something to recognize.
fn poisons() -> Vec<Value> {
    vec![
        json!(WORD),
        json!(format!("{WORD}, expected {WORD} at line {WORD}")),
        json!(format!("missing field `{WORD}`")),
        json!(WORD.repeat(100)),
        json!(NUMBER),
        json!(-987_612_345_678_i64),
        json!(98_761.234_567_8),
        json!([WORD, NUMBER]),
        json!({ WORD: WORD }),
        json!({ "1": { WORD: WORD } }),
        json!(null),
        json!(true),
    ]
}

/// Every copy of `value` in which one part is replaced by `poison`, or has it as an added field.
fn poisoned(value: &Value, poison: &Value) -> Vec<Value> {
    let mut copies = vec![poison.clone()];
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                for copy in poisoned(field, poison) {
                    let mut fields = fields.clone();
                    fields.insert(name.clone(), copy);
                    copies.push(Value::Object(fields));
                }
            }
            let mut fields = fields.clone();
            fields.insert(WORD.to_owned(), poison.clone());
            copies.push(Value::Object(fields));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                for copy in poisoned(item, poison) {
                    let mut items = items.clone();
                    items[index] = copy;
                    copies.push(Value::Array(items));
                }
            }
        }
        _ => {}
    }
    copies
}

/// Tries every poisoned copy, whole and cut short; returns the messages of those refused.
fn messages(sample: &str, decode: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let sample: Value = serde_json::from_str(sample).unwrap();
    let bodies = poisons()
        .iter()
        .flat_map(|poison| poisoned(&sample, poison))
        .collect::<Vec<_>>();
    let whole = bodies.iter().map(Value::to_string);
    let cut = bodies.iter().map(|body| {
        let body = body.to_string();
        let kept = body.chars().count() * 2 / 3;
        body.chars().take(kept).collect()
    });
    whole.chain(cut).filter_map(|body| decode(&body)).collect()
}

fn no_echo(messages: &[String]) {
    assert!(messages.len() > 20, "the poison did not work");
    for message in messages {
        assert!(
            !message.contains("SECRET") && !message.contains("98761"),
            "{message}"
        );
        assert!(
            !message.contains("MessageIn") && !message.contains("struct"),
            "{message}"
        );
        assert!(message.len() < 200, "{message}");
    }
}

fn request<R: Request>(sample: &str) {
    no_echo(&messages(sample, |body| {
        decode::<R>(body).err().map(|it| it.error.message.into())
    }));
}

fn http<T: Serialize + DeserializeOwned>(sample: &T) {
    let sample = serde_json::to_string(sample).unwrap();
    no_echo(&messages(&sample, |body| {
        decode_http::<T>(body).err().map(|it| it.message.into())
    }));
}

#[test]
fn requests_are_not_repeated() {
    request::<Send>(&samples::send().to_json());
    request::<Ack>(&samples::ack().to_json());
    request::<Sync>(&samples::sync().to_json());
    request::<Status>(&samples::status().to_json());
    request::<Ping>(&samples::ping().to_json());
}

#[test]
fn requests_about_keys_and_devices_are_not_repeated() {
    request::<KeysUpload>(&samples::keys_upload().to_json());
    request::<KeysFetch>(&samples::keys_fetch().to_json());
    request::<DevicesList>(&samples::devices_list().to_json());
    request::<DevicesLink>(&samples::devices_link().to_json());
    request::<DevicesRemove>(&samples::devices_remove().to_json());
}

#[test]
fn requests_about_people_are_not_repeated() {
    request::<ProfileSet>(&samples::profile_set().to_json());
    request::<ProfileGet>(&samples::profile_get().to_json());
    request::<ContactsPut>(&samples::contacts_put().to_json());
    request::<ContactsRemove>(&samples::contacts_remove().to_json());
    request::<ContactsList>(&samples::contacts_list().to_json());
    request::<BlocksPut>(&samples::blocks_put().to_json());
    request::<BlocksRemove>(&samples::blocks_remove().to_json());
    request::<BlocksList>(&samples::blocks_list().to_json());
    request::<PrivacySet>(&samples::privacy_set().to_json());
    request::<PrivacyGet>(&samples::privacy_get().to_json());
}

#[test]
fn requests_about_presence_and_notifications_are_not_repeated() {
    request::<PresenceSubscribe>(&samples::presence_subscribe().to_json());
    request::<PresenceUnsubscribe>(&samples::presence_unsubscribe().to_json());
    request::<PushRegister>(&samples::push_register_web().to_json());
    request::<PushRegister>(&samples::push_register_apns().to_json());
    request::<PushRegister>(&samples::push_register_fcm().to_json());
    request::<PushUnregister>(&samples::push_unregister().to_json());
    request::<PushKey>(&samples::push_key().to_json());
}

#[test]
fn requests_about_groups_are_not_repeated() {
    request::<GroupsCreate>(&samples::groups_create().to_json());
    request::<GroupsGet>(&samples::groups_get().to_json());
    request::<GroupsList>(&samples::groups_list().to_json());
    request::<GroupsUpdate>(&samples::groups_update().to_json());
    request::<GroupsAdd>(&samples::groups_add().to_json());
    request::<GroupsRemove>(&samples::groups_remove().to_json());
    request::<GroupsLeave>(&samples::groups_leave().to_json());
    request::<GroupsPromote>(&samples::groups_promote().to_json());
    request::<GroupsDemote>(&samples::groups_demote().to_json());
    request::<GroupsInvite>(&samples::groups_invite().to_json());
    request::<GroupsJoin>(&samples::groups_join().to_json());
    request::<GroupsRevokeInvite>(&samples::groups_revoke_invite().to_json());
}

#[test]
fn requests_about_files_are_not_repeated() {
    request::<MediaUpload>(&samples::media_upload().to_json());
    request::<MediaUpload>(&samples::media_upload_in_parts().to_json());
    request::<MediaComplete>(&samples::media_complete().to_json());
    request::<MediaDownload>(&samples::media_download().to_json());
    request::<MediaDelete>(&samples::media_delete().to_json());
}

#[test]
fn http_bodies_are_not_repeated() {
    http::<RegisterRequest>(&samples::register());
    http::<VerifyRequest>(&samples::verify());
    http::<LinkRequest>(&samples::link());
    http::<TokensRequest>(&samples::tokens());
}
