//! What is encrypted and opened, each in one transaction of the [store]
//! (`docs/adr/0013-the-client.md`).
//!
//! A step of a ratchet that was made and forgotten, or stored and not used, ends a conversation. So whatever
//! is done here is done within a step of the store that the caller makes, together with what else belongs
//! to it: the ciphertexts and the message that they are of, or what was opened and the ack that is owed for
//! it. A step that fails leaves all as it was, and is done again.
//!
//! A session keeps keys for what comes late: of the last five turns of a conversation, 40 each. The server
//! hands over what waits oldest first, so only what overtakes in flight is late.
//!
//! * [`Me::enrol`], [`Me::enrolled`]: a new device, and the keys that it hands over
//! * [`Me::make_keys`], [`Me::keys_uploaded`]: further pre-keys, and those that take the place of old ones
//! * [`Me::begin`], [`Me::seal`]: a session with a device, and content for devices
//! * [`Me::open`]: content from a device
//! * [`Me::write`], [`Me::outgoing`], [`Me::answered`]: what is written here, until the server has it
//! * [`Me::receive`], [`Me::receipt`], [`Me::show_due`], [`Me::read`]: what comes, until it is read
//! * [`Me::signal`], [`Me::set`]: what is said and not kept, and what own devices agree on
//! * [`Me::give_secret`], [`Me::tell_linked`], [`Me::pack_handover`]: a device that was linked, and what it gets
//! * [`Me::group_changed`], [`Me::stale_groups`], [`Me::learn_group`]: groups, and who is in them

mod answer;
mod devices;
mod groups;
mod handover;
mod hear;
mod keys;
mod link;
mod mend;
mod open;
mod place;
mod receive;
mod seal;
mod send;
mod sender_keys;
mod settings;
mod signal;
mod write;

pub use answer::{Answered, Progress};
pub use groups::GroupHeard;
pub use keys::{KeysError, NewKeys};
pub use link::Coming;
pub use open::{OpenError, Opened};
pub use place::Shown;
pub use receive::{Outcome, Received, Unreadable};
pub use seal::{BeginError, SealError};
pub use send::Outgoing;
pub use write::WriteError;

use crate::DeviceAddress;
use crate::e2ee::{Identity, IdentityPickle, IdentityState, KeyChange};
use crate::store::{self, StoreError, identities};
use heliograph_protocol::keys::IdentityKey;
use rusqlite::Transaction;

/// Under which names the settings are that are the engine's.
const ADDRESS: &str = "engine.address";
const IDENTITY: &str = "engine.identity";

/// Is this device, as it encrypts and opens.
#[derive(Debug)]
pub struct Me {
    address: DeviceAddress,
    identity: Identity,
}

impl Me {
    /// Reads who this device is; `None` before it has enrolled.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load(step: &Transaction<'_>) -> Result<Option<Self>, StoreError> {
        let address: Option<DeviceAddress> = store::settings::get(step, ADDRESS)?;
        let identity: Option<IdentityPickle> = store::settings::get(step, IDENTITY)?;
        let both = address.zip(identity);
        Ok(both.map(|(address, pickle)| Self {
            address,
            identity: Identity::from_pickle(&pickle),
        }))
    }

    /// Tells which device of which user it is.
    pub fn address(&self) -> &DeviceAddress {
        &self.address
    }

    /// Tells its public identity.
    pub fn identity(&self) -> &IdentityKey {
        self.identity.public()
    }
}

/// Notes the identity of a device of somebody, and tells what is new about their keys.
fn observe(
    step: &Transaction<'_>,
    device: &DeviceAddress,
    identity: &IdentityKey,
) -> Result<(IdentityState, KeyChange), StoreError> {
    let known = identities::get(step, &device.user_id)?;
    let mut devices = known
        .as_ref()
        .map(|it| it.devices.clone())
        .unwrap_or_default();
    devices.insert(device.device_id, identity.clone());
    let (state, change) = IdentityState::observed(known.as_ref(), devices);
    if change != KeyChange::Unchanged {
        identities::put(step, &device.user_id, &state)?;
    }
    Ok((state, change))
}
