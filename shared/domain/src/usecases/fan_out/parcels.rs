//! What goes to which device.

use super::recipients::{self, Recipient};
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::content::Content;
use crate::store::StoreError;
use crate::tables::connections::Connections;
use crate::tables::deliveries::words::{self, Place, Word, Words};
use crate::tables::deliveries::{Load, Sent, Waiting};
use crate::tables::inbox::{ChangeId, Entry, EnvelopeId, StoredChange, StoredEnvelope};
use crate::tokens::{AckTokens, KeyRing};
use crate::usecases::push::ENVELOPE_OVERHEAD_BYTES;
use crate::usecases::reach::Addressed;
use crate::usecases::sync;
use futures_util::future::try_join_all;
use heliograph_protocol::UserId;
use heliograph_protocol::event::Event;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How large a content may be to be stored in every inbox, in bytes: one write unit holds it.
const INLINE_BYTES: usize = 1024;

/// Everything that is to be delivered of some things that were sent to one group.
pub(super) struct Parcels {
    /// What devices have not said that they have; each device's in the order of what was sent.
    pub(super) waiting: Vec<Parcel>,
    /// How many devices each thing goes to in all, and until when it may wait.
    pub(super) given: Vec<(Sent, Given)>,
    /// The connections of who gets something, as they were a moment ago.
    pub(super) connections: BTreeMap<UserId, Connections>,
}

/// To how many devices something goes in all, and until when it may wait.
pub(super) struct Given {
    pub(super) devices: u64,
    pub(super) expires_at_s: u64,
}

/// One device's copy.
pub(super) struct Parcel {
    pub(super) to: Address,
    pub(super) wakes: bool,
    pub(super) expires_at_s: u64,
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

impl Addressed for Parcel {
    fn to(&self) -> &Address {
        &self.to
    }

    fn json_bytes(&self) -> usize {
        let content = match &self.load {
            ParcelLoad::Message(_, _, content) => content.json_bytes(),
            ParcelLoad::Change(..) => 0,
        };
        content + ENVELOPE_OVERHEAD_BYTES
    }
}

/// Reads who gets what was sent to a group: who is in its rosters and has the account still that joined.
///
/// Whoever is in several rosters is read once.
pub(super) async fn of(
    app: &App,
    cx: &Context,
    sent: Vec<(Sent, Waiting)>,
) -> Result<Parcels, StoreError> {
    let members = sent
        .iter()
        .map(|(_, it)| recipients::members(app, cx, &it.outbox));
    let members = try_join_all(members).await?;
    let (users, connections) = recipients::people(app, cx, &members).await?;
    let mut parcels = Parcels {
        waiting: Vec::new(),
        given: Vec::with_capacity(sent.len()),
        connections,
    };
    for ((sent, waiting), members) in std::iter::zip(sent, members) {
        let said = match waiting.due {
            // Carried before: some may have it.
            Some(_) => words::said(&*app.store, cx, &sent.said_keys(members.len())).await?,
            None => Words::default(),
        };
        let given = pack(
            &sent,
            &waiting,
            &said,
            &recipients::of(&members, &users),
            &mut parcels,
        );
        parcels.given.push((sent, given));
    }
    Ok(parcels)
}

/// Makes the copies of one thing for devices that have not said that they have it.
fn pack(
    sent: &Sent,
    waiting: &Waiting,
    said: &Words,
    recipients: &[Recipient<'_>],
    parcels: &mut Parcels,
) -> Given {
    let mut given = Given {
        // Of those who have it, some may be gone by now.
        devices: said.delivered(),
        expires_at_s: waiting.outbox.expires_at_s,
    };
    for recipient in recipients {
        for device in &recipient.user.devices {
            let to = device.address(recipient.user_id);
            let Some(parcel) = parcel(sent, waiting, recipient, to, device.is_woken) else {
                continue;
            };
            let place = Place {
                slot: recipient.slot,
                device_id: device.device_id,
            };
            if said.get(place, Word::Delivered).is_none() {
                given.devices += 1;
                parcels.waiting.push(parcel);
            }
        }
    }
    given
}

/// A device's copy; `None` for the device that sent it, and when everybody has it.
fn parcel(
    sent: &Sent,
    waiting: &Waiting,
    recipient: &Recipient<'_>,
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
                expires_at_s: outbox.expires_at_s,
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
                expires_at_s: outbox.expires_at_s,
                load: ParcelLoad::Message(id, stored, content),
            })
        }
        _ => None,
    }
}
