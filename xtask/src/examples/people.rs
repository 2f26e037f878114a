//! Profiles, contacts, blocks and privacy.

use anyhow::Result;
use heliograph_protocol::{
    people::{Audience, Block, Contact, Privacy, Profile},
    reply::{BlocksListOk, ContactsListOk, ContactsPutOk, ProfileGetOk},
    request::{
        BlocksList, BlocksPut, BlocksRemove, ContactsList, ContactsPut, ContactsRemove, NewContact,
        PrivacyGet, PrivacySet, ProfileGet, ProfileSet, Who,
    },
};

use super::{NOW, alice, bob, request_id};

/// A number of those that are set aside for stories (Sweden, PTS).
const NUMBER: &str = "+46701740605";

pub(crate) fn profile_set() -> ProfileSet {
    ProfileSet {
        id: request_id(),
        username: Some("Alice".to_owned()),
        about: Some("At sea".to_owned()),
        photo_media_id: None,
    }
}

pub(crate) fn profile_get() -> Result<ProfileGet> {
    Ok(ProfileGet {
        id: request_id(),
        user_ids: vec![bob()?],
    })
}

pub(crate) fn profile_get_ok() -> Result<ProfileGetOk> {
    let profile = Profile {
        user_id: bob()?,
        username: Some("Bob".to_owned()),
        about: Some("In a meeting".to_owned()),
        photo_media_id: None,
    };
    Ok(ProfileGetOk {
        profiles: vec![profile],
    })
}

pub(crate) fn contacts_put() -> Result<ContactsPut> {
    let by_number = NewContact {
        who: Who::Number(NUMBER.parse()?),
        name: Some("Bob from work".to_owned()),
    };
    let by_id = NewContact {
        who: Who::User(alice()?),
        name: None,
    };
    Ok(ContactsPut {
        id: request_id(),
        contacts: vec![by_number, by_id],
    })
}

fn contacts() -> Result<Vec<Contact>> {
    let by_number = Contact {
        user_id: bob()?,
        phone_number: Some(NUMBER.parse()?),
        name: Some("Bob from work".to_owned()),
        added_at: NOW,
    };
    let by_id = Contact {
        user_id: alice()?,
        phone_number: None,
        name: None,
        added_at: NOW,
    };
    Ok(vec![by_number, by_id])
}

pub(crate) fn contacts_put_ok() -> Result<ContactsPutOk> {
    Ok(ContactsPutOk {
        contacts: contacts()?,
    })
}

pub(crate) fn contacts_remove() -> Result<ContactsRemove> {
    Ok(ContactsRemove {
        id: request_id(),
        user_ids: vec![bob()?],
    })
}

pub(crate) fn contacts_list() -> ContactsList {
    ContactsList {
        id: request_id(),
        after: None,
        limit: 100,
    }
}

pub(crate) fn contacts_list_ok() -> Result<ContactsListOk> {
    Ok(ContactsListOk {
        contacts: contacts()?,
        next: None,
    })
}

pub(crate) fn blocks_put() -> Result<BlocksPut> {
    Ok(BlocksPut {
        id: request_id(),
        user_id: bob()?,
    })
}

pub(crate) fn blocks_remove() -> Result<BlocksRemove> {
    Ok(BlocksRemove {
        id: request_id(),
        user_id: bob()?,
    })
}

pub(crate) fn blocks_list() -> BlocksList {
    BlocksList {
        id: request_id(),
        after: None,
        limit: 100,
    }
}

pub(crate) fn blocks_list_ok() -> Result<BlocksListOk> {
    let block = Block {
        user_id: bob()?,
        blocked_at: NOW,
    };
    Ok(BlocksListOk {
        blocks: vec![block],
        next: Some(bob()?),
    })
}

pub(crate) fn privacy_set() -> PrivacySet {
    PrivacySet {
        id: request_id(),
        last_seen: Some(Audience::Contacts),
        online: Some(Audience::Nobody),
        read_receipts: None,
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
