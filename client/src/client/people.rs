//! Whom one talks to, and whether they are who they were.

use super::Client;
use super::error::{AskError, SafetyError};
use super::shared::Shared;
use crate::e2ee::{IdentityState, SafetyNumber, Trust};
use crate::engine::Me;
use crate::store::{StoreError, contacts, identities, settings};
use heliograph_protocol::UserId;
use heliograph_protocol::http::PhoneNumber;
use heliograph_protocol::limits::PEOPLE_PAGE_MAX;
use heliograph_protocol::people::Contact;
use heliograph_protocol::reply::{ContactsListOk, ContactsPutOk, Empty};
use heliograph_protocol::request::{ContactsList, ContactsPut, ContactsRemove, NewContact, Who};
use rusqlite::Transaction;
use std::sync::Arc;

/// When the contacts were listed last.
const LISTED_AT: &str = "client.contacts_listed_at";

impl Client {
    /// Looks up who has a phone number, and adds them to the contacts; nobody where it has no account.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn find(&self, number: &PhoneNumber) -> Result<Option<UserId>, AskError> {
        let who = Who::Number(number.clone());
        let contact = self.put_contact(NewContact { who, name: None }).await?;
        Ok(contact.map(|contact| contact.user_id))
    }

    /// Calls somebody by a name, which nobody else sees, and adds them to the contacts; `None` where there is
    /// nobody of that id.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn call(&self, user_id: &UserId, name: &str) -> Result<Option<Contact>, AskError> {
        let name = Some(name.to_owned());
        let who = Who::User(user_id.clone());
        self.put_contact(NewContact { who, name }).await
    }

    /// Removes somebody from the contacts.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn forget_contact(&self, user_id: &UserId) -> Result<(), AskError> {
        let (user_id, user_ids) = (user_id.clone(), vec![user_id.clone()]);
        let removed = self
            .shared
            .connection
            .ask(|id| ContactsRemove { id, user_ids });
        let Empty {} = removed.await?;
        let forgotten = self
            .shared
            .step(move |step, _| contacts::remove(step, &user_id));
        Ok(forgotten.await?)
    }

    /// Lists the contacts as they are known here, by name. What other devices add is known within a day.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn contacts(&self) -> Result<Vec<Contact>, StoreError> {
        self.shared.step(|step, _| contacts::list(step)).await
    }

    async fn put_contact(&self, new: NewContact) -> Result<Option<Contact>, AskError> {
        let new = vec![new];
        let put = self
            .shared
            .connection
            .ask(|id| ContactsPut { id, contacts: new });
        let ContactsPutOk { contacts: put } = put.await?;
        let Some(contact) = put.into_iter().next() else {
            return Ok(None);
        };
        let kept = contact.clone();
        let kept = self.shared.step(move |step, _| contacts::put(step, &kept));
        kept.await?;
        Ok(Some(contact))
    }

    /// Makes the safety number with somebody, of the keys that are known of both: whoever sees the same on both
    /// sides knows that nobody is between.
    ///
    /// # Errors
    /// [`SafetyError`].
    pub async fn safety_number(
        &self,
        user_id: &UserId,
    ) -> Result<(SafetyNumber, Trust), SafetyError> {
        let whose = user_id.clone();
        let made = self.shared.step(move |step, me| number(step, me, &whose));
        let (number, them) = made.await?;
        Ok((number, them.trust))
    }

    /// Notes that this safety number with somebody was compared and is the same.
    ///
    /// # Errors
    /// [`SafetyError`]; nothing is noted where the keys have changed since.
    pub async fn verified(
        &self,
        user_id: &UserId,
        compared: &SafetyNumber,
    ) -> Result<(), SafetyError> {
        let (whose, compared) = (user_id.clone(), compared.clone());
        let judged = self.shared.write(move |step, shared| {
            let (number, known) = number(step, &shared.me, &whose)?;
            if number != compared {
                return Err(SafetyError::Changed);
            }
            identities::put(step, &whose, &known.verified())?;
            Ok(Vec::new())
        });
        judged.await
    }

    /// Notes that somebody's keys are taken as they are, compared or not.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn accept_keys(&self, user_id: &UserId) -> Result<(), StoreError> {
        let user_id = user_id.clone();
        let judged = self.shared.write(move |step, _| {
            if let Some(known) = identities::get(step, &user_id)? {
                identities::put(step, &user_id, &known.accepted())?;
            }
            Ok(Vec::new())
        });
        judged.await
    }
}

impl Shared {
    /// Lists the contacts, which other devices may have changed, once a day.
    pub(super) async fn list_contacts(self: &Arc<Self>) -> Result<(), StoreError> {
        let Some(now_ms) = self.due_today(LISTED_AT).await? else {
            return Ok(());
        };
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let list = |id| ContactsList {
                id,
                after,
                limit: PEOPLE_PAGE_MAX,
            };
            let Ok(ContactsListOk { contacts, next }) = self.connection.ask(list).await else {
                return Ok(());
            };
            all.extend(contacts);
            match next {
                Some(_) => after = next,
                None => break,
            }
        }
        let kept = self.step(move |step, _| {
            contacts::clear(step)?;
            all.iter().try_for_each(|it| contacts::put(step, it))?;
            settings::set(step, LISTED_AT, &now_ms)
        });
        kept.await
    }
}

/// Makes the safety number with somebody, of the keys that are known now.
fn number(
    step: &Transaction<'_>,
    me: &Me,
    user_id: &UserId,
) -> Result<(SafetyNumber, IdentityState), SafetyError> {
    let own = me.address();
    let mut us = identities::get(step, &own.user_id)?.unwrap_or_default();
    us.devices.insert(own.device_id, me.identity().clone());
    let them = identities::get(step, user_id)?.ok_or(SafetyError::NoKeys)?;
    let [ours, theirs] = [&us, &them].map(|it| it.devices.values().cloned().collect::<Vec<_>>());
    let number = SafetyNumber::new((&own.user_id, &ours), (user_id, &theirs));
    Ok((number.map_err(|_| SafetyError::NoKeys)?, them))
}
