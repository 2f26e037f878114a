//! Whom one talks to, and whether they are who they were.

use super::Client;
use super::error::{AskError, SafetyError};
use crate::e2ee::{IdentityState, SafetyNumber, Trust};
use crate::engine::Me;
use crate::store::{StoreError, identities};
use heliograph_protocol::UserId;
use heliograph_protocol::http::PhoneNumber;
use heliograph_protocol::reply::{ContactsPutOk, DevicesLinkOk};
use heliograph_protocol::request::{ContactsPut, DevicesLink, NewContact, Who};
use rusqlite::Transaction;

impl Client {
    /// Looks up who has a phone number, and adds them to the contacts; nobody where it has no account.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn find(&self, number: &PhoneNumber) -> Result<Option<UserId>, AskError> {
        let contacts = vec![NewContact {
            who: Who::Number(number.clone()),
            name: None,
        }];
        let put = self
            .shared
            .connection
            .ask(|id| ContactsPut { id, contacts });
        let ContactsPutOk { contacts } = put.await?;
        Ok(contacts.into_iter().next().map(|contact| contact.user_id))
    }

    /// Gets a token for a further device of this user, on the primary one:
    /// [`Registration::link`](super::Registration::link) takes it once, within ten minutes.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn link_token(&self) -> Result<String, AskError> {
        let asked = self.shared.connection.ask(|id| DevicesLink { id });
        let DevicesLinkOk { link_token, .. } = asked.await?;
        Ok(link_token)
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
        let judged = self.shared.step(move |step, me| {
            let (number, known) = number(step, me, &whose)?;
            if number != compared {
                return Err(SafetyError::Changed);
            }
            Ok(identities::put(step, &whose, &known.verified())?)
        });
        judged.await?;
        self.shared.to_send.notify_one();
        Ok(())
    }

    /// Notes that somebody's keys are taken as they are, compared or not.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn accept_keys(&self, user_id: &UserId) -> Result<(), StoreError> {
        let user_id = user_id.clone();
        let judged = self
            .shared
            .step(move |step, _| match identities::get(step, &user_id)? {
                Some(known) => identities::put(step, &user_id, &known.accepted()),
                None => Ok(()),
            });
        judged.await?;
        self.shared.to_send.notify_one();
        Ok(())
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
