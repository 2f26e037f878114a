//! Profiles, contacts, blocks and privacy.

use heliograph_protocol::{
    http::PhoneNumber,
    people::{Audience, Block, Contact, Privacy, Profile},
    reply::{BlocksListOk, ContactsListOk, ContactsPutOk, ProfileGetOk},
    request::{
        BlocksList, BlocksPut, BlocksRemove, ContactsList, ContactsPut, ContactsRemove, NewContact,
        PrivacyGet, PrivacySet, ProfileGet, ProfileSet, Who,
    },
};

use super::{NOW, alice, bob, request_id};

fn phone_number() -> PhoneNumber {
    "+46701234567".parse().unwrap()
}

pub(crate) fn profile_set() -> ProfileSet {
    ProfileSet {
        id: request_id(),
        username: Some("Alice Ängström".to_owned()),
        about: Some(String::new()),
        photo_media_id: Some("m-photo".to_owned()),
    }
}

pub(crate) fn profile_get() -> ProfileGet {
    ProfileGet {
        id: request_id(),
        user_ids: vec![alice(), bob()],
    }
}

/// A profile that says everything, and one that says, or shows, nothing.
pub(crate) fn profile_get_ok() -> ProfileGetOk {
    let alice = Profile {
        user_id: alice(),
        username: Some("Alice Ängström".to_owned()),
        about: Some("At sea".to_owned()),
        photo_media_id: Some("m-photo".to_owned()),
    };
    let bob = Profile {
        user_id: bob(),
        username: None,
        about: None,
        photo_media_id: None,
    };
    ProfileGetOk {
        profiles: vec![alice, bob],
    }
}

pub(crate) fn contacts_put() -> ContactsPut {
    let by_number = NewContact {
        who: Who::Number(phone_number()),
        name: Some("Alice from work".to_owned()),
    };
    let by_id = NewContact {
        who: Who::User(bob()),
        name: None,
    };
    ContactsPut {
        id: request_id(),
        contacts: vec![by_number, by_id],
    }
}

/// Somebody who was found by number and has a name, and somebody who was added by id.
fn contacts() -> Vec<Contact> {
    let alice = Contact {
        user_id: alice(),
        phone_number: Some(phone_number()),
        name: Some("Alice from work".to_owned()),
        added_at: NOW,
    };
    let bob = Contact {
        user_id: bob(),
        phone_number: None,
        name: None,
        added_at: NOW,
    };
    vec![alice, bob]
}

pub(crate) fn contacts_put_ok() -> ContactsPutOk {
    ContactsPutOk {
        contacts: contacts(),
    }
}

pub(crate) fn contacts_remove() -> ContactsRemove {
    ContactsRemove {
        id: request_id(),
        user_ids: vec![alice(), bob()],
    }
}

pub(crate) fn contacts_list() -> ContactsList {
    ContactsList {
        id: request_id(),
        after: Some(alice()),
        limit: 2,
    }
}

pub(crate) fn contacts_list_ok() -> ContactsListOk {
    ContactsListOk {
        contacts: contacts(),
        next: Some(bob()),
    }
}

pub(crate) fn blocks_put() -> BlocksPut {
    BlocksPut {
        id: request_id(),
        user_id: bob(),
    }
}

pub(crate) fn blocks_remove() -> BlocksRemove {
    BlocksRemove {
        id: request_id(),
        user_id: bob(),
    }
}

pub(crate) fn blocks_list() -> BlocksList {
    BlocksList {
        id: request_id(),
        after: None,
        limit: 100,
    }
}

pub(crate) fn blocks_list_ok() -> BlocksListOk {
    let bob = Block {
        user_id: bob(),
        blocked_at: NOW,
    };
    BlocksListOk {
        blocks: vec![bob],
        next: None,
    }
}

pub(crate) fn privacy_set() -> PrivacySet {
    PrivacySet {
        id: request_id(),
        last_seen: Some(Audience::Contacts),
        online: Some(Audience::Nobody),
        read_receipts: Some(Audience::Everyone),
        photo: None,
        group_add: None,
    }
}

pub(crate) fn privacy_get() -> PrivacyGet {
    PrivacyGet { id: request_id() }
}

pub(crate) fn privacy() -> Privacy {
    Privacy {
        last_seen: Audience::Contacts,
        online: Audience::Nobody,
        ..Privacy::default()
    }
}
