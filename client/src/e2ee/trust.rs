//! Whether somebody is still who they were.

use heliograph_protocol::DeviceId;
use heliograph_protocol::keys::IdentityKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Says how far somebody's keys are trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Their keys were taken as they came.
    #[default]
    Unverified,
    /// Safety numbers were compared with these keys.
    Verified,
    /// They were compared, and there are other keys since: nothing should be sent before the user has
    /// said so.
    ChangedSinceVerified,
}

/// Says what is new about somebody's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum KeyChange {
    /// Nothing was known of them.
    New,
    /// There is no key that was not known.
    Unchanged,
    /// There is a key that was not known: a device that was added, or replaced.
    Changed,
}

/// Is what is known of somebody's keys: the identity of each device, and how far it is trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityState {
    /// The identities by device.
    pub devices: BTreeMap<DeviceId, IdentityKey>,
    /// How far they are trusted.
    pub trust: Trust,
}

impl IdentityState {
    /// Takes what the server says are somebody's devices, and decides what to make of it: the state to
    /// be stored, and what is new.
    ///
    /// A device that is gone is no change: it takes nothing from what was compared. Should it come back,
    /// that is one.
    pub fn observed(
        known: Option<&Self>,
        devices: BTreeMap<DeviceId, IdentityKey>,
    ) -> (Self, KeyChange) {
        let change = match known {
            None => KeyChange::New,
            Some(known) if known.has_all(&devices) => KeyChange::Unchanged,
            Some(_) => KeyChange::Changed,
        };
        let trust = known.map(|known| known.trust).unwrap_or_default();
        let trust = match (trust, change) {
            (Trust::Verified, KeyChange::Changed) => Trust::ChangedSinceVerified,
            (trust, _) => trust,
        };
        (Self { devices, trust }, change)
    }

    /// Notes that safety numbers of these very keys were compared and are the same.
    #[must_use]
    pub fn verified(self) -> Self {
        self.with(Trust::Verified)
    }

    /// Notes that the user takes the keys as they are, or does not stand by an earlier comparison.
    #[must_use]
    pub fn accepted(self) -> Self {
        self.with(Trust::Unverified)
    }

    fn with(self, trust: Trust) -> Self {
        Self { trust, ..self }
    }

    fn has_all(&self, devices: &BTreeMap<DeviceId, IdentityKey>) -> bool {
        let has = |(id, key): (&DeviceId, &IdentityKey)| self.devices.get(id) == Some(key);
        devices.iter().all(has)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn devices(keys: &[(u8, u8)]) -> BTreeMap<DeviceId, IdentityKey> {
        let device = |&(id, key): &(u8, u8)| (DeviceId::new(id).unwrap(), [key; 64].into());
        keys.iter().map(device).collect()
    }

    fn after(known: &IdentityState, keys: &[(u8, u8)]) -> (Trust, KeyChange) {
        let (state, change) = IdentityState::observed(Some(known), devices(keys));
        assert_eq!(state.devices, devices(keys));
        (state.trust, change)
    }

    #[test]
    fn whoever_is_new_is_unverified() {
        let (state, change) = IdentityState::observed(None, devices(&[(1, 1)]));
        assert_eq!((state.trust, change), (Trust::Unverified, KeyChange::New));
        let expected = (Trust::Unverified, KeyChange::Changed);
        assert_eq!(after(&state, &[(1, 2)]), expected);
    }

    #[test]
    fn a_change_ends_what_was_compared() {
        let (state, _) = IdentityState::observed(None, devices(&[(1, 1), (2, 2)]));
        let state = state.verified();
        let same = (Trust::Verified, KeyChange::Unchanged);
        let changed = (Trust::ChangedSinceVerified, KeyChange::Changed);
        assert_eq!(after(&state, &[(1, 1), (2, 2)]), same);
        assert_eq!(after(&state, &[(1, 1)]), same);
        assert_eq!(after(&state, &[(1, 1), (2, 3)]), changed);
        assert_eq!(after(&state, &[(1, 2), (2, 1)]), changed);
        assert_eq!(after(&state, &[(1, 1), (2, 2), (3, 3)]), changed);
    }

    #[test]
    fn is_stored() {
        let (state, _) = IdentityState::observed(None, devices(&[(1, 1), (2, 2)]));
        let state = state.verified();
        let json = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<IdentityState>(&json).unwrap(), state);
        let packed = rmp_serde::to_vec_named(&state).unwrap();
        let back: IdentityState = rmp_serde::from_slice(&packed).unwrap();
        assert_eq!(back, state);
    }

    #[test]
    fn only_the_user_ends_a_warning() {
        let (state, _) = IdentityState::observed(None, devices(&[(1, 1)]));
        let state = IdentityState::observed(Some(&state.verified()), devices(&[(1, 2)])).0;
        let back = (Trust::ChangedSinceVerified, KeyChange::Changed);
        assert_eq!(after(&state, &[(1, 1)]), back);
        let still = (Trust::ChangedSinceVerified, KeyChange::Unchanged);
        assert_eq!(after(&state, &[(1, 2)]), still);
        assert_eq!(state.clone().accepted().trust, Trust::Unverified);
        assert_eq!(state.verified().trust, Trust::Verified);
    }

    proptest! {
        #[test]
        fn verified_keys_are_keys_that_were_compared(
            compared in proptest::collection::vec((1..4_u8, 0..3_u8), 1..4),
            seen in proptest::collection::vec(proptest::collection::vec((1..4_u8, 0..3_u8), 0..4), 0..6),
        ) {
            let (state, _) = IdentityState::observed(None, devices(&compared));
            let mut state = state.verified();
            for keys in seen {
                state = IdentityState::observed(Some(&state), devices(&keys)).0;
                if state.trust == Trust::Verified {
                    let compared = devices(&compared);
                    prop_assert!(state.devices.iter().all(|(id, key)| compared.get(id) == Some(key)));
                }
            }
        }
    }
}
