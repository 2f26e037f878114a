//! What a client asks about people.

use super::Socket;
use crate::person::Person;
use heliograph_protocol::UserId;
use heliograph_protocol::http::PhoneNumber;
use heliograph_protocol::limits::PEOPLE_PAGE_MAX;
use heliograph_protocol::people::{Contact, Privacy, Profile};
use heliograph_protocol::reply::{
    BlocksListOk, ContactsListOk, ContactsPutOk, Empty, ProfileGetOk,
};
use heliograph_protocol::request::{
    BlocksList, BlocksPut, BlocksRemove, ContactsList, ContactsPut, ContactsRemove, NewContact,
    PrivacyGet, PrivacySet, ProfileGet, ProfileSet, Who,
};

impl Socket {
    /// Changes the own profile.
    pub async fn set_profile(&mut self, username: &str, photo_media_id: &str) {
        let set = |id| ProfileSet {
            id,
            username: Some(username.to_owned()),
            about: None,
            photo_media_id: Some(photo_media_id.to_owned()),
        };
        let _: Empty = self.ask(set).await.ok();
    }

    /// What somebody says of themselves.
    pub async fn profile(&mut self, of: &Person) -> Profile {
        let user_ids = vec![of.user_id().clone()];
        let mut ok: ProfileGetOk = self.ask(|id| ProfileGet { id, user_ids }).await.ok();
        ok.profiles.pop().expect("a profile")
    }

    /// Adds people by their numbers, each with the name that they are called.
    pub async fn put_numbers(&mut self, people: &[(&PhoneNumber, &str)]) -> Vec<Contact> {
        let contact = |(number, name): &(&PhoneNumber, &str)| NewContact {
            who: Who::Number((*number).clone()),
            name: Some((*name).to_owned()),
        };
        self.put_contacts(people.iter().map(contact).collect())
            .await
    }

    /// Adds people to the own contacts.
    pub async fn put_contacts(&mut self, contacts: Vec<NewContact>) -> Vec<Contact> {
        let ok: ContactsPutOk = self.ask(|id| ContactsPut { id, contacts }).await.ok();
        ok.contacts
    }

    /// Takes somebody out of the own contacts.
    pub async fn remove_contact(&mut self, person: &Person) {
        let user_ids = vec![person.user_id().clone()];
        let _: Empty = self.ask(|id| ContactsRemove { id, user_ids }).await.ok();
    }

    /// A page of the own contacts.
    pub async fn contacts_page(&mut self, after: Option<UserId>, limit: u16) -> ContactsListOk {
        self.ask(|id| ContactsList { id, after, limit }).await.ok()
    }

    /// The own contacts, as long as they fit a page.
    pub async fn contacts(&mut self) -> Vec<Contact> {
        let page = self.contacts_page(None, PEOPLE_PAGE_MAX).await;
        assert_eq!(page.next, None, "{}", self.name);
        page.contacts
    }

    /// Blocks somebody.
    pub async fn block(&mut self, person: &Person) {
        let user_id = person.user_id().clone();
        let _: Empty = self.ask(|id| BlocksPut { id, user_id }).await.ok();
    }

    /// Blocks somebody no longer.
    pub async fn unblock(&mut self, person: &Person) {
        let user_id = person.user_id().clone();
        let _: Empty = self.ask(|id| BlocksRemove { id, user_id }).await.ok();
    }

    /// Whom the own user blocks, as long as they fit a page.
    pub async fn blocks(&mut self) -> Vec<UserId> {
        let list = |id| BlocksList {
            id,
            after: None,
            limit: PEOPLE_PAGE_MAX,
        };
        let page: BlocksListOk = self.ask(list).await.ok();
        assert_eq!(page.next, None, "{}", self.name);
        page.blocks.into_iter().map(|block| block.user_id).collect()
    }

    /// Changes some of the own privacy settings.
    pub async fn set_privacy(&mut self, change: impl FnOnce(&mut PrivacySet)) -> Privacy {
        let set = |id| {
            let mut set = PrivacySet {
                id,
                last_seen: None,
                online: None,
                read_receipts: None,
                photo: None,
                group_add: None,
            };
            change(&mut set);
            set
        };
        self.ask(set).await.ok()
    }

    /// The own privacy settings.
    pub async fn privacy(&mut self) -> Privacy {
        self.ask(|id| PrivacyGet { id }).await.ok()
    }
}
