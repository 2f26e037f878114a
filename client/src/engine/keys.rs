//! A device's keys: drawn, kept and handed over.

use super::{ADDRESS, IDENTITY, Me};
use crate::DeviceAddress;
use crate::e2ee::Identity;
use crate::e2ee::prekeys::{
    Held, KEM_KEYS_PER_UPLOAD_MAX, KEPT_MS, KemPrekeySecret, KemUse, KeyIds, OneTimePrekeySecret,
    PrekeyError, SignedPrekeySecret, due,
};
use crate::random::NoRandomness;
use crate::store::prekeys::{self, Kind};
use crate::store::{StoreError, sender_keys, sessions, settings};
use heliograph_protocol::keys::{KemPrekey, KeySet, OneTimePrekey, SignedPrekey};
use heliograph_protocol::limits::ONE_TIME_KEYS_MAX;
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
#[derive(Serialize, Deserialize)]
struct Rotated {
    signed: u64,
    last_resort: u64,
}

impl Me {
    /// Draws a new device's identity and pre-keys, and keeps the private halves in place of those of an
    /// earlier registration; the public ones are to be handed over as it registers or is linked, which tells
    /// its [address](Self::enrolled).
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn enrol(step: &Transaction<'_>) -> Result<KeySet, KeysError> {
        prekeys::clear(step)?;
        sessions::clear(step)?;
        sender_keys::clear(step)?;
        for name in [ADDRESS, ROTATED, PENDING] {
            settings::remove(step, name)?;
        }
        let identity = Identity::draw()?;
        settings::set(step, IDENTITY, &identity.pickle())?;
        settings::set(step, KEY_IDS, &KeyIds::default())?;
        let mut maker = Maker::new(step, &identity)?;
        let keys = KeySet {
            identity_key: identity.public().clone(),
            signed_prekey: maker.signed()?,
            last_resort_kem_prekey: maker.last_resort()?,
            one_time_prekeys: maker.one_time(ONE_TIME_KEYS_MAX)?,
            one_time_kem_prekeys: maker.one_time_kem(KEM_KEYS_PER_UPLOAD_MAX)?,
        };
        maker.done()?;
        Ok(keys)
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
        let rotated = Rotated {
            signed: now_ms,
            last_resort: now_ms,
        };
        settings::set(step, ROTATED, &rotated)?;
        settings::set(step, ADDRESS, address)
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
        let rotated: Option<Rotated> = settings::get(step, ROTATED)?;
        let held = Held {
            signed_uploaded_at_ms: rotated.as_ref().map(|it| it.signed),
            last_resort_uploaded_at_ms: rotated.as_ref().map(|it| it.last_resort),
            one_time,
            one_time_kem,
        };
        let due = due(&held, now_ms);
        let mut maker = Maker::new(step, &self.identity)?;
        let keys = NewKeys {
            signed: due.signed.then(|| maker.signed()).transpose()?,
            last_resort: due.last_resort.then(|| maker.last_resort()).transpose()?,
            one_time: maker.one_time(due.one_time)?,
            one_time_kem: maker.one_time_kem(due.one_time_kem)?,
        };
        maker.done()?;
        if keys != NewKeys::default() {
            settings::set(step, PENDING, &keys)?;
        }
        Ok(keys)
    }

    /// Notes that the server has taken what was [made](Self::make_keys): from now on the keys before are
    /// replaced.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn keys_uploaded(&self, step: &Transaction<'_>, now_ms: u64) -> Result<(), StoreError> {
        let pending: Option<NewKeys> = settings::get(step, PENDING)?;
        let rotated: Option<Rotated> = settings::get(step, ROTATED)?;
        let (Some(keys), Some(mut rotated)) = (pending, rotated) else {
            return Ok(());
        };
        if let Some(key) = keys.signed {
            prekeys::replaced(step, Kind::Signed, key.key_id, now_ms)?;
            rotated.signed = now_ms;
        }
        if let Some(key) = keys.last_resort {
            prekeys::replaced(step, Kind::LastResortKem, key.key_id, now_ms)?;
            rotated.last_resort = now_ms;
        }
        settings::set(step, ROTATED, &rotated)?;
        settings::remove(step, PENDING)
    }
}

/// Draws keys and keeps their private halves.
struct Maker<'s> {
    step: &'s Transaction<'s>,
    identity: &'s Identity,
    ids: KeyIds,
}

impl<'s> Maker<'s> {
    fn new(step: &'s Transaction<'s>, identity: &'s Identity) -> Result<Self, StoreError> {
        let ids = settings::get(step, KEY_IDS)?.unwrap_or_default();
        Ok(Self {
            step,
            identity,
            ids,
        })
    }

    fn signed(&mut self) -> Result<SignedPrekey, KeysError> {
        let key = SignedPrekeySecret::draw(&mut self.ids)?;
        prekeys::put(self.step, key.key_id(), Kind::Signed, &key.pickle())?;
        Ok(key.public(self.identity))
    }

    fn last_resort(&mut self) -> Result<KemPrekey, KeysError> {
        self.kem(KemUse::LastResort, Kind::LastResortKem)
    }

    fn one_time(&mut self, count: usize) -> Result<Vec<OneTimePrekey>, KeysError> {
        let draw = |_| {
            let key = OneTimePrekeySecret::draw(&mut self.ids)?;
            prekeys::put(self.step, key.key_id(), Kind::OneTime, &key.pickle())?;
            Ok(key.public())
        };
        (0..count).map(draw).collect()
    }

    fn one_time_kem(&mut self, count: usize) -> Result<Vec<KemPrekey>, KeysError> {
        let draw = |_| self.kem(KemUse::OneTime, Kind::OneTimeKem);
        (0..count).map(draw).collect()
    }

    fn kem(&mut self, kem_use: KemUse, kind: Kind) -> Result<KemPrekey, KeysError> {
        let key = KemPrekeySecret::draw(&mut self.ids, kem_use)?;
        prekeys::put(self.step, key.key_id(), kind, &key.pickle())?;
        Ok(key.public(self.identity))
    }

    /// Keeps which ids were used.
    fn done(self) -> Result<(), StoreError> {
        settings::set(self.step, KEY_IDS, &self.ids)
    }
}
