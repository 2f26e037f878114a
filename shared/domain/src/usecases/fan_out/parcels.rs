//! What goes to which device.

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::content::Content;
use crate::store::{Consistency, Item, Key, StoreError};
use crate::tables::connections::{self, Connections};
use crate::tables::deliveries::words::{self, Place, Word, Words};
use crate::tables::deliveries::{Load, Outbox, Sent, Waiting};
use crate::tables::groups::Member;
use crate::tables::inbox::{ChangeId, Entry, EnvelopeId, StoredChange, StoredEnvelope};
use crate::tables::users::{self, User};
use crate::tokens::{AckTokens, KeyRing};
use crate::usecases::sync;
use heliograph_protocol::UserId;
use heliograph_protocol::event::Event;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How large a content may be to be stored in every inbox, in bytes: one write unit holds it.
const INLINE_BYTES: usize = 1024;

/// Everything that is to be delivered of what was sent.
pub(super) struct Parcels {
    /// What devices have not said that they have.
    pub(super) waiting: Vec<Parcel>,
    /// How many devices get it in all.
    pub(super) devices: u64,
    /// The connections of who gets it, as they were a moment ago.
    pub(super) connections: BTreeMap<UserId, Connections>,
    /// Until when it may wait.
    pub(super) expires_at_s: u64,
}

/// One device's copy.
pub(super) struct Parcel {
    pub(super) to: Address,
    pub(super) wakes: bool,
    load: ParcelLoad,
}

enum ParcelLoad {
    /// The content is the same for all.
    Message(EnvelopeId, StoredEnvelope, Arc<Content>),
    Change(ChangeId, StoredChange),
}

impl Parcel {
    /// What the device is told.
    pub(super) fn event(&self, keys: &KeyRing) -> Event {
        let tokens = AckTokens::of(keys, &self.to);
        match &self.load {
            ParcelLoad::Change(id, stored) => {
                Event::Group(sync::group_event(&tokens, id.clone(), stored.clone()))
            }
            ParcelLoad::Message(id, stored, content) => {
                let (id, stored) = (id.clone(), stored.clone());
                let envelope =
                    sync::envelope(&self.to, &tokens, id, stored, Content::clone(content));
                Event::Messages(vec![envelope])
            }
        }
    }

    /// What its inbox keeps.
    pub(super) fn entry(&self) -> Entry {
        match &self.load {
            ParcelLoad::Change(id, stored) => Entry::Change(id.clone(), stored.clone()),
            ParcelLoad::Message(id, stored, content) => {
                let is_inline = content.stored_bytes() <= INLINE_BYTES;
                let stored = StoredEnvelope {
                    content: is_inline.then(|| Content::clone(content)),
                    ..stored.clone()
                };
                Entry::Envelope(id.clone(), stored)
            }
        }
    }
}

/// A user who gets what was sent, as they are now.
struct Recipient {
    user_id: UserId,
    slot: u8,
    user: User,
}

/// Reads who gets what was sent: who is in its rosters and has the account still that joined.
pub(super) async fn of(
    app: &App,
    cx: &Context,
    sent: &Sent,
    waiting: Waiting,
) -> Result<Parcels, StoreError> {
    let outbox = &waiting.outbox;
    let members = members(app, cx, outbox).await?;
    let users = members.iter().map(|member| users::key(&member.user_id));
    let connections = members
        .iter()
        .map(|member| connections::key(&member.user_id));
    let keys: Vec<Key> = users.chain(connections).collect();
    let mut items = app
        .store
        .batch_get(cx, &keys, Consistency::Eventual)
        .await?;
    let connections = items.split_off(members.len()).into_iter();
    let connections = std::iter::zip(&members, connections)
        .map(|(member, item)| (member.user_id.clone(), Connections::from_item(item)))
        .collect();
    let said = match waiting.due {
        // Carried before: some may have it.
        Some(_) => words::said(&*app.store, cx, sent, members.len()).await?,
        None => Words::default(),
    };
    let recipients = recipients(members, items)?;
    let mut parcels = Parcels {
        waiting: Vec::new(),
        // Of those who have it, some may be gone by now.
        devices: said.delivered(),
        connections,
        expires_at_s: outbox.expires_at_s,
    };
    for recipient in &recipients {
        for device in &recipient.user.devices {
            let to = device.address(&recipient.user_id);
            let Some(parcel) = parcel(sent, &waiting, recipient, to, device.is_woken) else {
                continue;
            };
            let place = Place {
                slot: recipient.slot,
                device_id: device.device_id,
            };
            if said.get(place, Word::Delivered).is_none() {
                parcels.devices += 1;
                parcels.waiting.push(parcel);
            }
        }
    }
    Ok(parcels)
}

/// The members before and after a change; those at acceptance of a message.
async fn members(app: &App, cx: &Context, outbox: &Outbox) -> Result<Vec<Member>, StoreError> {
    let roster = |id| app.groups.roster(&*app.store, cx, &outbox.group_id, id);
    let mut members = roster(outbox.roster).await?.members.clone();
    if let Load::Change {
        before: Some(before),
        ..
    } = outbox.load
        && before != outbox.roster
    {
        let left = roster(before).await?;
        let is_there = |it: &Member| members.iter().any(|member| member.user_id == it.user_id);
        let left: Vec<Member> = left
            .members
            .iter()
            .filter(|it| !is_there(it))
            .cloned()
            .collect();
        members.extend(left);
    }
    Ok(members)
}

fn recipients(
    members: Vec<Member>,
    items: Vec<Option<Item>>,
) -> Result<Vec<Recipient>, StoreError> {
    let mut recipients = Vec::new();
    for (slot, (member, item)) in std::iter::zip(members, items).enumerate() {
        let Some(item) = item else { continue };
        let user = users::from_item(&item)?;
        // What went to a former holder of the number is not the new one's.
        if member.is_of(user.created_at) {
            recipients.push(Recipient {
                user_id: member.user_id,
                // A roster has at most 256 members; of changes nobody asks for the place.
                slot: u8::try_from(slot).unwrap_or(u8::MAX),
                user,
            });
        }
    }
    Ok(recipients)
}

/// A device's copy; `None` for the device that sent it, and when everybody has it.
fn parcel(
    sent: &Sent,
    waiting: &Waiting,
    recipient: &Recipient,
    to: Address,
    is_woken: bool,
) -> Option<Parcel> {
    let outbox = &waiting.outbox;
    match (sent, &outbox.load) {
        (
            Sent::Change(group_id, epoch),
            Load::Change {
                change, entry_id, ..
            },
        ) => {
            let id = ChangeId {
                entry_id: *entry_id,
                group_id: group_id.clone(),
                epoch: *epoch,
            };
            let stored = StoredChange {
                change: change.clone(),
                timestamp: outbox.timestamp,
            };
            Some(Parcel {
                to,
                wakes: false,
                load: ParcelLoad::Change(id, stored),
            })
        }
        (
            Sent::Message(message_id, from),
            Load::Message {
                from_device_id,
                seq,
                urgent,
                ..
            },
        ) => {
            if to.user_id == *from && to.device_id == *from_device_id {
                return None;
            }
            let content = waiting.content.clone()?;
            let id = EnvelopeId {
                message_id: *message_id,
                from_user_id: from.clone(),
                slot: Some(recipient.slot),
            };
            let wakes = *urgent && is_woken && to.user_id != *from;
            let stored = StoredEnvelope {
                from_device_id: *from_device_id,
                content: None,
                timestamp: outbox.timestamp,
                urgent: *urgent,
                wakes,
                group: Some((outbox.group_id.clone(), *seq)),
            };
            Some(Parcel {
                to,
                wakes,
                load: ParcelLoad::Message(id, stored, content),
            })
        }
        _ => None,
    }
}
