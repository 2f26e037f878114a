//! Acknowledging: the device has it, the server deletes it, and the sender gets a receipt.

use super::push::{self, Posted};
use super::receipts;
use super::relation::{Relation, Rows, read_rows};
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::privacy::Setting;
use crate::store::StoreError;
use crate::tables::connections::{self, Connections};
use crate::tables::deliveries::words::Word;
use crate::tables::inbox::{self, Entry, EntryId, EnvelopeId, StoredReceipt};
use crate::tables::users::{self, User};
use crate::tokens::AckTokens;
use futures_util::future::{join_all, try_join, try_join_all, try_join3};
use heliograph_protocol::event::{Event, Receipt};
use heliograph_protocol::limits::EXPIRES_IN_S_MAX;
use heliograph_protocol::reply::AckOk;
use heliograph_protocol::request::{Ack, ReceiptStatus};
use heliograph_protocol::{ErrorBody, ErrorCode, MessageId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// Why nothing was acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum AckError {
    /// A token was not issued to this device.
    #[error("ack token of another device")]
    Forbidden,
    /// The store failed; some may be deleted.
    #[error("inbox not changed")]
    Store(#[from] StoreError),
}

impl From<&AckError> for ErrorBody {
    fn from(error: &AckError) -> Self {
        match error {
            AckError::Forbidden => ErrorBody::new(
                ErrorCode::Forbidden,
                "an ack token was not issued to this device",
            ),
            AckError::Store(error) => error.into(),
        }
    }
}

/// Takes acks of messages and receipts; answers how many entries they named.
///
/// `delivered` deletes the entries and sends receipts for the messages among them, one push a
/// sender. `read` sends receipts only, where the privacy of both sides allows.
///
/// # Errors
/// [`AckError`]; acking again is safe.
pub async fn ack(
    app: &App,
    cx: &Context,
    device: &Address,
    request: Ack,
) -> Result<AckOk, AckError> {
    let tokens = AckTokens::of(&app.keys, device);
    let opened = request.ack_tokens.iter().map(|token| tokens.open(token));
    let acked: BTreeSet<EntryId> = opened.collect::<Option<_>>().ok_or(AckError::Forbidden)?;
    let acked: Vec<EntryId> = acked.into_iter().collect();
    let envelopes = acked.iter().filter_map(|entry| match entry {
        EntryId::Envelope(id) => Some(id),
        _ => None,
    });
    match request.status {
        ReceiptStatus::Delivered => {
            let (in_groups, direct): (Vec<_>, Vec<_>) = envelopes.partition(|id| id.slot.is_some());
            let told = send_receipts(app, cx, device, request.status, by_sender(device, direct));
            // One's other devices ack what they were given too, of which nobody is told.
            let says = in_groups.into_iter().map(|id| {
                let is_shown = id.from_user_id != device.user_id;
                receipts::say(app, cx, device.device_id, id, Word::Delivered, is_shown)
            });
            let deleted = inbox::delete(&*app.store, cx, device, &acked);
            try_join3(deleted, told, try_join_all(says)).await?;
        }
        ReceiptStatus::Read => {
            let by_sender = by_sender(device, envelopes);
            send_receipts(app, cx, device, request.status, by_sender).await?;
        }
    }
    Ok(AckOk {
        acked: u32::try_from(acked.len()).unwrap_or(u32::MAX),
    })
}

type BySender = BTreeMap<UserId, Vec<EnvelopeId>>;

/// Messages by who is to be told of them: of one's own, nobody is.
fn by_sender<'a>(
    device: &Address,
    envelopes: impl IntoIterator<Item = &'a EnvelopeId>,
) -> BySender {
    let mut by_sender = BySender::new();
    for id in envelopes {
        if id.from_user_id != device.user_id {
            let of_sender = by_sender.entry(id.from_user_id.clone()).or_default();
            of_sender.push(id.clone());
        }
    }
    by_sender
}

/// Sends each sender one push of receipts, or stores them for devices that are away.
async fn send_receipts(
    app: &App,
    cx: &Context,
    by: &Address,
    status: ReceiptStatus,
    by_sender: BySender,
) -> Result<(), StoreError> {
    if by_sender.is_empty() {
        return Ok(());
    }
    // Only who has read asks for contacts.
    let count = match status {
        ReceiptStatus::Delivered => 2,
        ReceiptStatus::Read => 4,
    };
    let mut keys = BTreeSet::from([users::key(&by.user_id)]);
    for id in by_sender.keys() {
        keys.extend([users::key(id), connections::key(id)]);
        keys.extend(Relation::keys(&by.user_id, id).into_iter().take(count));
    }
    let mut rows = read_rows(app, cx, keys).await?;
    let user_of = |rows: &Rows, id: &UserId| {
        let row = rows.get(&users::key(id));
        row.map(users::from_item).transpose()
    };
    // Who is gone sends no receipts.
    let Some(me) = user_of(&rows, &by.user_id)? else {
        return Ok(());
    };
    // Nor does a device of a former holder, whose settings are gone.
    if me.device(by).is_none() {
        return Ok(());
    }
    let (mut sends, mut in_groups) = (Vec::new(), Vec::new());
    for (sender_id, envelopes) in by_sender {
        // A sender who is gone needs no receipt.
        let Some(sender) = user_of(&rows, &sender_id)? else {
            continue;
        };
        let relation = Relation::of(&rows, (&by.user_id, &me), (&sender_id, &sender));
        if !may_know(status, relation, &me, &sender) {
            continue;
        }
        let (to_groups, direct): (Vec<_>, Vec<_>) =
            envelopes.into_iter().partition(|id| id.slot.is_some());
        in_groups.extend(to_groups);
        if direct.is_empty() {
            continue;
        }
        let connections = Connections::from_item(rows.remove(&connections::key(&sender_id)));
        for to in sender.addresses(&sender_id) {
            let connection = connections.of(&to, cx.now_ms());
            let receipts = direct
                .iter()
                .map(|id| receipt(cx, by, id.message_id, status))
                .collect();
            sends.push(push_or_store(app, cx, to, connection, receipts));
        }
    }
    let says = in_groups
        .iter()
        .map(|id| receipts::say(app, cx, by.device_id, id, status.into(), true));
    try_join(try_join_all(sends), try_join_all(says))
        .await
        .map(drop)
}

fn receipt(cx: &Context, by: &Address, message_id: MessageId, status: ReceiptStatus) -> Receipt {
    Receipt {
        message_id,
        by_user_id: by.user_id.clone(),
        by_device_id: by.device_id,
        group_id: None,
        status,
        timestamp: cx.now_ms(),
        ack_token: None,
    }
}

/// Whether a sender may know that a message was delivered, or read: not across a block, and of
/// reading where both sides show it (protocol §7).
fn may_know(status: ReceiptStatus, relation: Relation, me: &User, sender: &User) -> bool {
    !relation.has_block()
        && match status {
            ReceiptStatus::Delivered => true,
            ReceiptStatus::Read => relation.they_see(Setting::ReadReceipts, me, sender),
        }
}

/// Posts receipts to a device; stores them when that does not reach it, and looks once more
/// afterwards, as for messages.
async fn push_or_store(
    app: &App,
    cx: &Context,
    to: Address,
    connection: Option<connections::Connection>,
    receipts: Vec<Receipt>,
) -> Result<(), StoreError> {
    let mut lost = None;
    if let Some(connection) = connection {
        let event = Event::Receipts(receipts.clone());
        match push::post(app, cx, &to, &connection, event).await {
            Posted::Taken => return Ok(()),
            Posted::Opening => {}
            Posted::Lost => lost = Some(connection.id),
        }
    }
    let expires_at_s = cx.now_s() + u64::from(EXPIRES_IN_S_MAX);
    let entries = receipts.iter().map(|receipt| {
        let stored = StoredReceipt {
            timestamp: receipt.timestamp,
        };
        Entry::Receipt(super::sync::id_of(receipt), stored)
    });
    let entries: Vec<Entry> = entries.collect();
    let puts = entries
        .iter()
        .map(|entry| inbox::put(&*app.store, cx, &to, entry, expires_at_s));
    for put in join_all(puts).await {
        put?;
    }
    let tokens = AckTokens::of(&app.keys, &to);
    let sealed = receipts
        .into_iter()
        .map(|receipt| super::sync::sealed(&tokens, receipt));
    let event = Event::Receipts(sealed.collect());
    push::late(app, cx, &to, lost.as_ref(), event).await
}
