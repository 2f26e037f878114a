//! What this device encrypts with for a group, given to each device of each member before it is used.
//!
//! Whoever is no member any more, and a device that is no member's, must not read what follows: then there is
//! another key, and all are given it. Whoever joins is given the one that there is, as it is by then: it opens
//! nothing from before. A key that has come to its end is replaced, too
//! ([`SenderKey::needs_rotation`]).

use super::{Me, Outgoing, SealError};
use crate::DeviceAddress;
use crate::content::{Content, Distribution};
use crate::e2ee::group::{GroupEncrypted, SenderKey, SenderKeyReceiver};
use crate::e2ee::{Context, Recipient as Place};
use crate::random;
use crate::store::groups::{self, MemberDevice};
use crate::store::outbox::{self, Entry, Sealed};
use crate::store::{StoreError, sender_keys};
use heliograph_protocol::keys::IdentityKey;
use heliograph_protocol::request::Recipient;
use heliograph_protocol::{GroupId, MessageId, UserId};
use rusqlite::Transaction;
use std::collections::{BTreeMap, BTreeSet};

impl Me {
    /// Encrypts what waits for a group, once all members' devices that can be had have the key. What is encrypted
    /// already stays so as long as the key does.
    pub(super) fn seal_for_group(
        &self,
        step: &Transaction<'_>,
        (entry, group_id): (&Entry, &GroupId),
        outgoing: &mut Outgoing,
        now_ms: u64,
    ) -> Result<Sealed, SealError> {
        let key = self.shared_key(step, (entry, group_id), outgoing, now_ms)?;
        let sealed = match &entry.sealed {
            Some(_) => outbox::get(step, entry.message_id)?.and_then(|it| it.sealed),
            None => None,
        };
        if let Some(sealed) = sealed {
            return Ok(sealed);
        }
        let place = (group_id, entry.message_id);
        let sealed = Sealed::Group(self.encrypt_with(step, &key, place, &entry.content)?);
        outbox::seal(step, entry.message_id, Some(&sealed))?;
        Ok(sealed)
    }

    /// Encrypts content for a group; the key has stepped when the step of the store is done.
    pub(super) fn encrypt_with(
        &self,
        step: &Transaction<'_>,
        key: &SenderKey,
        (group_id, message_id): (&GroupId, MessageId),
        content: &[u8],
    ) -> Result<String, SealError> {
        let context = Context {
            from: self.address.clone(),
            to: Place::Group(group_id.clone()),
            message_id,
        };
        let GroupEncrypted {
            sender_key,
            ciphertext,
        } = key.encrypt(content, &context)?;
        sender_keys::put_own(step, group_id, &sender_key)?;
        Ok(ciphertext.to_string())
    }

    /// Gives the key of a group if each device of each member has it, and nobody else; nothing is done for that.
    pub(super) fn key_of_all(
        &self,
        step: &Transaction<'_>,
        group_id: &GroupId,
        now_ms: u64,
    ) -> Result<Option<SenderKey>, StoreError> {
        let is_unknown = groups::is_stale(step, group_id)?
            || sender_keys::is_held_outside(step, group_id)?
            || !outbox::sharing(step, group_id)?.is_empty();
        let mut devices = groups::devices(step, group_id)?.into_iter();
        let lacks = |it: MemberDevice| it.device.is_none() || !self.is_this(&it) && is_other(&it);
        if is_unknown || devices.any(lacks) {
            return Ok(None);
        }
        let key = sender_keys::own(step, group_id)?;
        Ok(key.filter(|key| !key.needs_rotation(now_ms)))
    }

    /// Gives the key of a group if all have it; otherwise has it shared with who has it not.
    fn shared_key(
        &self,
        step: &Transaction<'_>,
        (entry, group_id): (&Entry, &GroupId),
        outgoing: &mut Outgoing,
        now_ms: u64,
    ) -> Result<SenderKey, SealError> {
        if groups::is_stale(step, group_id)? {
            return Err(SealError::NotShared);
        }
        let without = &outgoing.without;
        let mut users: BTreeMap<UserId, Vec<MemberDevice>> = BTreeMap::new();
        for device in groups::devices(step, group_id)? {
            if !without.contains(&device.user_id) {
                let devices = users.entry(device.user_id.clone()).or_default();
                devices.push(device);
            }
        }
        let is_unknown = |devices: &[MemberDevice]| devices.iter().all(|it| it.device.is_none());
        let unknown = users.iter().filter(|(_, devices)| is_unknown(devices));
        let unknown: BTreeSet<UserId> = unknown.map(|(user_id, _)| user_id.clone()).collect();
        if !unknown.is_empty() {
            outgoing.unknown.extend(unknown);
            return Err(SealError::NotShared);
        }
        for devices in users.values_mut() {
            devices.retain(|it| !self.is_this(it));
        }
        let has_changed = users.values().any(|devices| has_changed(devices));
        let is_outside = has_changed || sender_keys::is_held_outside(step, group_id)?;
        let key = sender_keys::own(step, group_id)?;
        let key = key.filter(|key| !is_outside && !key.needs_rotation(now_ms));
        let key = match key {
            Some(key) => key,
            None => {
                let held = users.values_mut().flatten().map(|it| &mut it.held);
                held.for_each(|held| *held = None);
                self.draw_key(step, group_id, now_ms)?
            }
        };
        let under_way = outbox::sharing(step, group_id)?;
        let mut is_shared = !under_way.iter().any(|user_id| !without.contains(user_id));
        let sent_at = entry.message_id.created_at();
        let lacking = users.into_iter();
        let lacking = lacking.filter(|(_, devices)| devices.iter().any(|it| it.held.is_none()));
        for (user_id, _) in lacking {
            is_shared = false;
            if !under_way.contains(&user_id) {
                self.share(step, &key, (group_id, &user_id), sent_at)?;
            }
        }
        match is_shared {
            true => Ok(key),
            false => Err(SealError::NotShared),
        }
    }

    fn is_this(&self, device: &MemberDevice) -> bool {
        let is_number = device
            .device
            .is_some_and(|(it, _)| it == self.address.device_id);
        is_number && device.user_id == self.address.user_id
    }

    /// Begins with another key, which nobody has. What is encrypted with the one before, and was not accepted yet,
    /// is encrypted anew.
    fn draw_key(
        &self,
        step: &Transaction<'_>,
        group_id: &GroupId,
        now_ms: u64,
    ) -> Result<SenderKey, StoreError> {
        sender_keys::forget_own(step, group_id)?;
        outbox::unshare(step, group_id)?;
        outbox::unseal(step, &Recipient::Group(group_id.clone()))?;
        let key = SenderKey::draw(group_id.clone(), now_ms);
        sender_keys::put_own(step, group_id, &key)?;
        Ok(key)
    }

    /// Has a user given the key, before what is sent at a time, in ms since the epoch.
    fn share(
        &self,
        step: &Transaction<'_>,
        key: &SenderKey,
        (group_id, with): (&GroupId, &UserId),
        before_ms: u64,
    ) -> Result<(), StoreError> {
        let key = key.distribution().to_vec();
        // Within bounds: a key has one length, and a group's id is short.
        let content = Content::new(Distribution { key }).encode();
        let (Ok(content), Ok(random)) = (content, random::bytes()) else {
            return Ok(());
        };
        // What waits is handed over in the order of ids: the key is to come first.
        let message_id = MessageId::new(before_ms.saturating_sub(1), &random);
        outbox::share(step, group_id, (with, message_id), &content)
    }

    /// Has a user given the key once more, who could not read what it was for.
    pub(super) fn share_again(
        &self,
        step: &Transaction<'_>,
        (group_id, with): (&GroupId, &UserId),
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let under_way = outbox::sharing(step, group_id)?;
        let key = sender_keys::own(step, group_id)?;
        match key.filter(|_| !under_way.contains(with)) {
            Some(key) => self.share(step, &key, (group_id, with), now_ms),
            None => Ok(()),
        }
    }

    /// Takes what another device will encrypt with in a group.
    pub(super) fn hear_key(
        &self,
        step: &Transaction<'_>,
        (from, identity): (&DeviceAddress, IdentityKey),
        distribution: &Distribution,
    ) -> Result<(), StoreError> {
        // What is none is passed over: what it is for cannot be read, and is asked for again. Of somebody who is not
        // in the group it is of no use, or of use for what they have written before they left.
        match SenderKeyReceiver::accept(&distribution.key, from.clone(), identity) {
            Ok(key) => sender_keys::put(step, &key),
            Err(_) => Ok(()),
        }
    }
}

/// Tells whether a member has other devices than those that have the key, if any of them has it.
fn has_changed(devices: &[MemberDevice]) -> bool {
    let is_held = |it: &MemberDevice| it.held.is_some();
    devices.iter().any(is_held) && devices.iter().any(is_other)
}

/// Tells whether a device is another registration than has the key, if any of it has.
fn is_other(device: &MemberDevice) -> bool {
    device.held != device.device.map(|(_, registration)| registration)
}
