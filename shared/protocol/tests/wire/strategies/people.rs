//! Profiles, contacts, blocks and privacy.

use heliograph_protocol::{
    http::PhoneNumber,
    people::Audience,
    request::{
        BlocksList, BlocksPut, BlocksRemove, ContactsList, ContactsPut, ContactsRemove, NewContact,
        PrivacyGet, PrivacySet, ProfileGet, ProfileSet, Who,
    },
};
use proptest::{array, collection::vec, option, prelude::*};

use super::{plain_text, request_id, user_id};

fn phone_number() -> impl Strategy<Value = PhoneNumber> {
    "\\+[1-9][0-9]{6,14}".prop_map(|text| text.parse().unwrap())
}

pub(crate) fn profile_set() -> impl Strategy<Value = ProfileSet> {
    let photo = "[A-Za-z0-9_-]{0,64}";
    (
        request_id(),
        option::of(plain_text(64)),
        option::of(plain_text(140)),
        option::of(photo),
    )
        .prop_map(|(id, username, about, photo_media_id)| ProfileSet {
            id,
            username,
            about,
            photo_media_id,
        })
}

pub(crate) fn profile_get() -> impl Strategy<Value = ProfileGet> {
    (request_id(), vec(user_id(), 1..=100)).prop_map(|(id, user_ids)| ProfileGet { id, user_ids })
}

fn new_contact() -> impl Strategy<Value = NewContact> {
    let who = prop_oneof![
        phone_number().prop_map(Who::Number),
        user_id().prop_map(Who::User)
    ];
    (who, option::of(plain_text(64))).prop_map(|(who, name)| NewContact { who, name })
}

pub(crate) fn contacts_put() -> impl Strategy<Value = ContactsPut> {
    // As many as fit in a message whatever their names.
    (request_id(), vec(new_contact(), 1..=200))
        .prop_map(|(id, contacts)| ContactsPut { id, contacts })
}

pub(crate) fn contacts_remove() -> impl Strategy<Value = ContactsRemove> {
    (request_id(), vec(user_id(), 1..=500))
        .prop_map(|(id, user_ids)| ContactsRemove { id, user_ids })
}

pub(crate) fn contacts_list() -> impl Strategy<Value = ContactsList> {
    (request_id(), option::of(user_id()), 1_u16..=100).prop_map(|(id, after, limit)| ContactsList {
        id,
        after,
        limit,
    })
}

pub(crate) fn blocks_put() -> impl Strategy<Value = BlocksPut> {
    (request_id(), user_id()).prop_map(|(id, user_id)| BlocksPut { id, user_id })
}

pub(crate) fn blocks_remove() -> impl Strategy<Value = BlocksRemove> {
    (request_id(), user_id()).prop_map(|(id, user_id)| BlocksRemove { id, user_id })
}

pub(crate) fn blocks_list() -> impl Strategy<Value = BlocksList> {
    (request_id(), option::of(user_id()), 1_u16..=100).prop_map(|(id, after, limit)| BlocksList {
        id,
        after,
        limit,
    })
}

fn audience() -> impl Strategy<Value = Audience> {
    prop_oneof![
        Just(Audience::Everyone),
        Just(Audience::Contacts),
        Just(Audience::Nobody)
    ]
}

pub(crate) fn privacy_set() -> impl Strategy<Value = PrivacySet> {
    let settings = array::uniform5(option::of(audience()))
        .prop_filter("one is set", |all| all.iter().any(Option::is_some));
    (request_id(), settings).prop_map(|(id, settings)| {
        let [last_seen, online, read_receipts, photo, group_add] = settings;
        PrivacySet {
            id,
            last_seen,
            online,
            read_receipts,
            photo,
            group_add,
        }
    })
}

pub(crate) fn privacy_get() -> impl Strategy<Value = PrivacyGet> {
    request_id().prop_map(|id| PrivacyGet { id })
}
