//! Reading the inbox: what a client does right after its socket opens.

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::content::Content;
use crate::store::StoreError;
use crate::tables::deliveries::{self, Sent};
use crate::tables::inbox::{
    self, ChangeId, Entry, EntryId, EnvelopeId, ReceiptId, ReceiptsId, StoredChange,
    StoredEnvelope, StoredReceipts,
};
use crate::tables::notifications;
use crate::tokens::AckTokens;
use heliograph_protocol::event::{Envelope, Receipt};
use heliograph_protocol::groups::GroupEvent;
use heliograph_protocol::json_bytes;
use heliograph_protocol::limits::FRAME_BYTES_MAX;
use heliograph_protocol::reply::SyncOk;
use heliograph_protocol::request::Sync;
use serde::Serialize;

/// Room for the reply's own words, the request's id (64 characters, 6 bytes each at most) and the
/// cursor.
const REPLY_OVERHEAD_BYTES: usize = 1024;

/// Reads a page of the device's inbox, oldest first, packed into one frame. Costs one call, and one
/// more for a page with messages that the device may have been woken for.
///
/// # Errors
/// The store's.
pub async fn sync(
    app: &App,
    cx: &Context,
    device: &Address,
    request: Sync,
) -> Result<SyncOk, StoreError> {
    let limit = usize::from(request.limit);
    let page = inbox::page(&*app.store, cx, device, request.after.clone(), limit).await?;
    let tokens = AckTokens::of(&app.keys, device);
    let mut contents = contents_apart(app, cx, &page.entries).await?.into_iter();
    let mut answer = SyncOk {
        next: request.after,
        ..SyncOk::default()
    };
    let mut room = FRAME_BYTES_MAX - REPLY_OVERHEAD_BYTES;
    let mut woken_for = Vec::new();
    for entry in page.entries {
        let is_first = answer.messages.is_empty()
            && answer.receipts.is_empty()
            && answer.group_events.is_empty();
        let cursor = entry.id().to_string();
        let wakes = matches!(&entry, Entry::Envelope(_, stored) if stored.wakes);
        let taken = match entry {
            Entry::Envelope(id, mut stored) => {
                let inline = stored.content.take();
                match inline.or_else(|| contents.next().flatten()) {
                    Some(content) => {
                        let envelope = envelope(device, &tokens, id, stored, content);
                        take(&mut room, is_first, [envelope], &mut answer.messages)
                    }
                    // It has ended between two reads.
                    None => true,
                }
            }
            Entry::Receipt(id, stored) => {
                let receipt = receipt(&tokens, id, stored.timestamp);
                take(&mut room, is_first, [receipt], &mut answer.receipts)
            }
            Entry::Receipts(id, stored) => {
                let receipts = receipts(&tokens, id, stored);
                take(&mut room, is_first, receipts, &mut answer.receipts)
            }
            Entry::Change(id, stored) => {
                let event = group_event(&tokens, id, stored);
                take(&mut room, is_first, [event], &mut answer.group_events)
            }
        };
        if !taken {
            answer.more = true;
            break;
        }
        if wakes {
            woken_for.push(cursor.clone());
        }
        answer.next = Some(cursor);
    }
    if !woken_for.is_empty() {
        // What comes now, when the device is away again, wakes it again.
        notifications::release(&*app.store, cx, device, &woken_for).await?;
    }
    if !answer.more && page.next.is_some() {
        answer.more = true;
        answer.next = page.next;
    }
    Ok(answer)
}

/// Reads the contents that entries have not got themselves, in the order of those entries.
async fn contents_apart(
    app: &App,
    cx: &Context,
    entries: &[Entry],
) -> Result<Vec<Option<Content>>, StoreError> {
    let apart = entries.iter().filter_map(|entry| match entry {
        Entry::Envelope(id, stored) if stored.content.is_none() => Some(Sent::of(id)),
        _ => None,
    });
    let apart: Vec<Sent> = apart.collect();
    deliveries::contents(&*app.store, cx, &apart).await
}

/// Adds what an entry is if there is room for it; the first one always has room.
fn take<T: Serialize>(
    room: &mut usize,
    is_first: bool,
    entry: impl IntoIterator<Item = T>,
    entries: &mut Vec<T>,
) -> bool {
    let parts: Vec<T> = entry.into_iter().collect();
    let bytes: usize = parts.iter().map(|part| json_bytes(part) + 1).sum();
    if bytes > *room && !is_first {
        return false;
    }
    *room = room.saturating_sub(bytes);
    entries.extend(parts);
    true
}

/// A message as it reaches a device; `stored` may have left the content elsewhere.
pub(super) fn envelope(
    device: &Address,
    tokens: &AckTokens<'_>,
    id: EnvelopeId,
    stored: StoredEnvelope,
    content: Content,
) -> Envelope {
    let (group_id, seq) = stored.group.unzip();
    Envelope {
        message_id: id.message_id,
        ack_token: tokens.seal(&EntryId::Envelope(id.clone())),
        from_user_id: id.from_user_id,
        from_device_id: stored.from_device_id,
        to_user_id: device.user_id.clone(),
        group_id,
        seq,
        content: content.into_text(),
        timestamp: stored.timestamp,
        urgent: stored.urgent,
    }
}

fn receipt(tokens: &AckTokens<'_>, id: ReceiptId, timestamp: u64) -> Receipt {
    Receipt {
        message_id: id.message_id,
        by_user_id: id.by_user_id.clone(),
        by_device_id: id.by_device_id,
        group_id: None,
        status: id.status,
        timestamp,
        ack_token: Some(tokens.seal(&EntryId::Receipt(id))),
    }
}

/// Receipts that were collected, as they reach a device.
pub(super) fn receipts(
    tokens: &AckTokens<'_>,
    id: ReceiptsId,
    stored: StoredReceipts,
) -> Vec<Receipt> {
    let message_id = id.message_id;
    let ack_token = tokens.seal(&EntryId::Receipts(id));
    let said = stored.said.into_iter();
    let receipt = |(by_user_id, by_device_id, status, timestamp)| Receipt {
        message_id,
        by_user_id,
        by_device_id,
        group_id: Some(stored.group_id.clone()),
        status,
        timestamp,
        ack_token: Some(ack_token.clone()),
    };
    said.map(receipt).collect()
}

/// A group's change as it reaches a device.
pub(super) fn group_event(
    tokens: &AckTokens<'_>,
    id: ChangeId,
    stored: StoredChange,
) -> GroupEvent {
    GroupEvent {
        group_id: id.group_id.clone(),
        epoch: id.epoch,
        change: stored.change,
        timestamp: stored.timestamp,
        ack_token: tokens.seal(&EntryId::Change(id)),
    }
}

/// What a receipt is called in an inbox.
pub(super) fn id_of(receipt: &Receipt) -> ReceiptId {
    ReceiptId {
        message_id: receipt.message_id,
        by_user_id: receipt.by_user_id.clone(),
        by_device_id: receipt.by_device_id,
        status: receipt.status,
    }
}

/// Gives a receipt that is in the inbox its ack token.
pub(super) fn sealed(tokens: &AckTokens<'_>, receipt: Receipt) -> Receipt {
    let id = EntryId::Receipt(id_of(&receipt));
    Receipt {
        ack_token: Some(tokens.seal(&id)),
        ..receipt
    }
}
