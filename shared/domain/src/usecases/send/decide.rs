//! The rules of a send: who gets which copy, or why nobody does. Pure.

use super::recipients::{RecipientState, Recipients};
use crate::Context;
use crate::address::Address;
use crate::content::Content;
use crate::tables::users::Device;
use heliograph_protocol::limits::{CONTENT_BYTES_MAX, MESSAGE_AHEAD_MS_MAX, MESSAGE_BEHIND_MS_MAX};
use heliograph_protocol::request::{OutgoingMessage, Payload, Recipient};
use heliograph_protocol::{DeviceId, DeviceMismatch, ErrorBody, ErrorCode, MessageId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// What becomes of a message that is not refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// The sender is told that it was accepted, and nothing is delivered: the recipient blocks them,
    /// or is not to know of their presence.
    Drop,
    /// A copy each for these devices.
    Deliver(Vec<Copy>),
}

/// One device's copy of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copy {
    pub(super) message_id: MessageId,
    pub(super) to: Address,
    pub(super) content: Content,
    pub(super) urgent: bool,
    pub(super) ephemeral: bool,
    pub(super) wakes: bool,
    pub(super) expires_at_s: u64,
}

/// Decides what becomes of a message.
///
/// # Errors
/// The refusal: `bad_request` for an id from too far away in time, `not_found`,
/// `mismatched_devices`, `too_large`.
pub(super) fn decide(
    cx: &Context,
    from: &Address,
    message: OutgoingMessage,
    recipients: &Recipients,
) -> Result<Decision, ErrorBody> {
    check_time(message.message_id, cx.now_ms())?;
    let recipient = match &message.to {
        Recipient::User(user_id) => recipients.get(user_id).map(|state| (user_id, state)),
        Recipient::Group(_) => None,
    };
    let Some((user_id, state)) = recipient else {
        return Err(not_found());
    };
    let devices = devices_for(from, user_id, state);
    if devices.is_empty() && *user_id != from.user_id {
        return Err(not_found());
    }
    let contents = address_contents(message.payload, &message.registration_ids, &devices)?;
    for (_, content) in &contents {
        check_size(content)?;
    }
    if state.blocks_sender || (message.ephemeral && !state.sees_sender) {
        return Ok(Decision::Drop);
    }
    let expires_at_s = cx.now_s() + u64::from(message.expires_in_s);
    let may_wake = message.urgent && !message.ephemeral;
    let is_woken = |to: &Address| state.user.device(to).is_some_and(|device| device.is_woken);
    let copy = |(to, content)| Copy {
        message_id: message.message_id,
        wakes: may_wake && is_woken(&to),
        to,
        content,
        urgent: message.urgent,
        ephemeral: message.ephemeral,
        expires_at_s,
    };
    Ok(Decision::Deliver(contents.into_iter().map(copy).collect()))
}

/// A user's devices; one's own are the others.
fn devices_for<'s>(
    from: &Address,
    user_id: &UserId,
    state: &'s RecipientState,
) -> BTreeMap<DeviceId, (Address, &'s Device)> {
    let devices = state.user.devices.iter();
    devices
        .map(|device| (device.device_id, (device.address(user_id), device)))
        .filter(|(_, (address, _))| address != from)
        .collect()
}

/// Gives each device its content; `contents` must name exactly the devices there are, and where it
/// says so, their registrations.
fn address_contents(
    payload: Payload,
    registration_ids: &BTreeMap<DeviceId, u16>,
    devices: &BTreeMap<DeviceId, (Address, &Device)>,
) -> Result<Vec<(Address, Content)>, ErrorBody> {
    let addresses = devices.values().map(|(address, _)| address.clone());
    match payload {
        Payload::Content(content) => {
            let copy = |to| (to, Content::new(content.clone()));
            Ok(addresses.map(copy).collect())
        }
        Payload::Contents(contents) => {
            let named: BTreeSet<DeviceId> = contents.keys().copied().collect();
            let there: BTreeSet<DeviceId> = devices.keys().copied().collect();
            let is_stale = |id: &&DeviceId| {
                let said = registration_ids.get(id);
                said.is_some_and(|said| *said != devices[id].1.registration_id)
            };
            let mismatch = DeviceMismatch {
                missing: there.difference(&named).copied().collect(),
                extra: named.difference(&there).copied().collect(),
                stale: named
                    .intersection(&there)
                    .filter(is_stale)
                    .copied()
                    .collect(),
            };
            if mismatch != DeviceMismatch::default() {
                return Err(ErrorBody::mismatched_devices(mismatch));
            }
            Ok(addresses
                .zip(contents.into_values().map(Content::new))
                .collect())
        }
    }
}

/// Refuses a message whose id is from too far away in time.
pub(super) fn check_time(message_id: MessageId, now_ms: u64) -> Result<(), ErrorBody> {
    let created_at = message_id.created_at();
    if created_at > now_ms + MESSAGE_AHEAD_MS_MAX {
        return Err(ErrorBody::bad_request(
            "message_id is more than 24 hours ahead",
        ));
    }
    if created_at + MESSAGE_BEHIND_MS_MAX < now_ms {
        return Err(ErrorBody::bad_request(
            "message_id is more than 30 days behind",
        ));
    }
    Ok(())
}

/// Refuses a content that no frame could carry.
pub(super) fn check_size(content: &Content) -> Result<(), ErrorBody> {
    if content.json_bytes() > CONTENT_BYTES_MAX {
        let message = format!("a content is larger than {CONTENT_BYTES_MAX} bytes in JSON");
        return Err(ErrorBody::new(ErrorCode::TooLarge, message));
    }
    Ok(())
}

/// What is said of whom or what cannot be written to.
pub(super) fn not_found() -> ErrorBody {
    ErrorBody::new(
        ErrorCode::NotFound,
        "no such user or group, or not a member",
    )
}
