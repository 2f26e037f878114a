//! A device's keys: drawn, kept and handed over.

use super::{ADDRESS, IDENTITY, Me};
use crate::e2ee::prekeys::{
    Due, Held, KEPT_MS, KemPrekeySecret, KemUse, KeyIds, OneTimePrekeySecret, PrekeyError,
    SignedPrekeySecret, due,
};
use crate::e2ee::{DeviceAddress, Identity};
use crate::random::NoRandomness;
use crate::store::prekeys::{self, Kind};
use crate::store::{StoreError, sessions, settings};
use heliograph_protocol::keys::{KemPrekey, KeySet, OneTimePrekey, SignedPrekey};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};

const KEY_IDS: &str = "engine.key_ids";
const ROTATED: &str = "engine.rotated";
/// What was made and is not known to be uploaded.
const PENDING: &str = "engine.pending_keys";

/// Says why no keys were made.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// They were not drawn.
    #[error("keys not drawn")]
    Prekey(#[from] PrekeyError),
    /// There was nothing to draw an identity from.
    #[error("identity not drawn")]
    Random(#[from] NoRandomness),
    /// They were not kept.
    #[error("keys not kept")]
    Store(#[from] StoreError),
}

/// Is the public halves of keys that were made, to be uploaded (protocol §6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKeys {
    /// In place of the signed one before.
    pub signed: Option<SignedPrekey>,
    /// In place of the last-resort one before.
    pub last_resort: Option<KemPrekey>,
    /// For one use each.
    pub one_time: Vec<OneTimePrekey>,
    /// For one use each.
    pub one_time_kem: Vec<KemPrekey>,
}

/// When the keys that are for everybody were uploaded, ms since the epoch.
#[derive(Default, Serialize, Deserialize)]
struct Rotated {
    signed: Option<u64>,
    last_resort: Option<u64>,
}

impl Me {
    /// Draws a new device's identity and pre-keys, and keeps the private halves in place of those of an
    /// earlier registration; the public ones are to be handed over as it registers or is linked, which tells
    /// its [address](Self::enrolled).
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn enrol(step: &Transaction<'_>, now_ms: u64) -> Result<Option<KeySet>, KeysError> {
        prekeys::clear(step)?;
        sessions::clear(step)?;
        for name in [ADDRESS, KEY_IDS, ROTATED, PENDING] {
            settings::remove(step, name)?;
        }
        let identity = Identity::draw()?;
        settings::set(step, IDENTITY, &identity.pickle())?;
        let none = Held {
            signed_created_at_ms: None,
            last_resort_created_at_ms: None,
            one_time: 0,
            one_time_kem: 0,
        };
        let keys = make(step, &identity, &due(&none, now_ms), now_ms)?;
        // A new device is due both.
        let both = keys.signed.zip(keys.last_resort);
        Ok(both.map(|(signed, last_resort)| KeySet {
            identity_key: identity.public().clone(),
            signed_prekey: signed,
            last_resort_kem_prekey: last_resort,
            one_time_prekeys: keys.one_time,
            one_time_kem_prekeys: keys.one_time_kem,
        }))
    }

    /// Notes which device of which user this one is, as the server has said when it took the keys.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn enrolled(
        step: &Transaction<'_>,
        address: &DeviceAddress,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        settings::set(step, ADDRESS, address)?;
        uploaded(step, now_ms)
    }

    /// Makes the pre-keys that are due, where the server says how many one-time keys are left, and forgets
    /// those that were replaced 30 days ago. What is given is to be uploaded, and given again until
    /// [`keys_uploaded`](Self::keys_uploaded) is told that it was.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn make_keys(
        &self,
        step: &Transaction<'_>,
        (one_time, one_time_kem): (usize, usize),
        now_ms: u64,
    ) -> Result<NewKeys, KeysError> {
        prekeys::forget_replaced(step, now_ms.saturating_sub(KEPT_MS))?;
        if let Some(pending) = settings::get(step, PENDING)? {
            return Ok(pending);
        }
        let rotated: Rotated = settings::get(step, ROTATED)?.unwrap_or_default();
        let held = Held {
            signed_created_at_ms: rotated.signed,
            last_resort_created_at_ms: rotated.last_resort,
            one_time,
            one_time_kem,
        };
        make(step, &self.identity, &due(&held, now_ms), now_ms)
    }

    /// Notes that the server has taken what was [made](Self::make_keys): from now on the keys before are
    /// replaced.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn keys_uploaded(&self, step: &Transaction<'_>, now_ms: u64) -> Result<(), StoreError> {
        uploaded(step, now_ms)
    }
}

fn uploaded(step: &Transaction<'_>, now_ms: u64) -> Result<(), StoreError> {
    let Some(keys) = settings::get::<NewKeys>(step, PENDING)? else {
        return Ok(());
    };
    let mut rotated: Rotated = settings::get(step, ROTATED)?.unwrap_or_default();
    if let Some(key) = keys.signed {
        prekeys::replaced(step, Kind::Signed, key.key_id, now_ms)?;
        rotated.signed = Some(now_ms);
    }
    if let Some(key) = keys.last_resort {
        prekeys::replaced(step, Kind::LastResortKem, key.key_id, now_ms)?;
        rotated.last_resort = Some(now_ms);
    }
    settings::set(step, ROTATED, &rotated)?;
    settings::remove(step, PENDING)
}

fn make(
    step: &Transaction<'_>,
    identity: &Identity,
    due: &Due,
    now_ms: u64,
) -> Result<NewKeys, KeysError> {
    let mut ids: KeyIds = settings::get(step, KEY_IDS)?.unwrap_or_default();
    let mut new = NewKeys::default();
    if due.signed {
        let key = SignedPrekeySecret::draw(&mut ids, now_ms)?;
        prekeys::put(step, key.key_id(), Kind::Signed, &key.pickle())?;
        new.signed = Some(key.public(identity));
    }
    if due.last_resort {
        let key = KemPrekeySecret::draw(&mut ids, KemUse::LastResort, now_ms)?;
        prekeys::put(step, key.key_id(), Kind::LastResortKem, &key.pickle())?;
        new.last_resort = Some(key.public(identity));
    }
    for _ in 0..due.one_time {
        let key = OneTimePrekeySecret::draw(&mut ids)?;
        prekeys::put(step, key.key_id(), Kind::OneTime, &key.pickle())?;
        new.one_time.push(key.public());
    }
    for _ in 0..due.one_time_kem {
        let key = KemPrekeySecret::draw(&mut ids, KemUse::OneTime, now_ms)?;
        prekeys::put(step, key.key_id(), Kind::OneTimeKem, &key.pickle())?;
        new.one_time_kem.push(key.public(identity));
    }
    settings::set(step, KEY_IDS, &ids)?;
    if new != NewKeys::default() {
        settings::set(step, PENDING, &new)?;
    }
    Ok(new)
}
