//! A device is made: its keys are stored first, under a note, and it is there once its user says so.

use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::{StoreError, StoreErrorKind};
use crate::tables::users::{Device, User};
use crate::tables::{cleanups, prekeys};
use crate::tokens::{AccessToken, ForgedToken, RefreshToken};
use heliograph_protocol::http::{DeviceInfo, SessionOk};
use heliograph_protocol::{DeviceId, UserId};

/// When the sweep may take it that a device whose keys are stored was never finished.
const BIRTH_MS: u64 = 10 * 60 * 1000;
/// How many devices may be made in one millisecond.
const TRIES: usize = 5;

/// A device that is being made.
pub(super) struct Enrolment {
    pub(super) address: Address,
    refresh: RefreshToken,
}

impl Enrolment {
    /// Adds a device to a user, and stores its keys; whoever sees the user can fetch them.
    ///
    /// The user is stored by the caller, together with [`cleanups::done`] for the device.
    ///
    /// # Errors
    /// The store's; the note stays.
    pub(super) async fn begin(
        app: &App,
        cx: &Context,
        (user_id, user): (&UserId, &mut User),
        device_id: DeviceId,
        info: &DeviceInfo,
    ) -> Result<Self, StoreError> {
        let store = &*app.store;
        for _ in 0..TRIES {
            let address = Address {
                user_id: user_id.clone(),
                device_id,
                device_created_at: user.next_device_at(cx.now_ms()),
            };
            user.last_device_at = address.device_created_at;
            let note = cleanups::note(&address, cx.now_ms() + BIRTH_MS);
            store.write(cx, note).await?;
            if !prekeys::put(store, cx, &address, &info.keys).await? {
                continue;
            }
            let refresh = RefreshToken::draw(&app.keys, &*app.ids, address.clone());
            user.devices.push(Device {
                device_id,
                registration_id: info.registration_id,
                name: info.name.clone(),
                created_at: address.device_created_at,
                credential: refresh.credential(),
                is_woken: false,
            });
            return Ok(Self { address, refresh });
        }
        Err(StoreError::new(StoreErrorKind::Conflict))
    }

    /// Makes the new device's first tokens.
    ///
    /// # Errors
    /// [`ForgedToken`] when no token can be signed.
    pub(super) fn session(self, app: &App, cx: &Context) -> Result<SessionOk, ForgedToken> {
        let access = AccessToken::sign(&app.keys, &self.address, cx.now_ms())?;
        Ok(SessionOk {
            user_id: self.address.user_id,
            device_id: self.address.device_id,
            access_token: access.token,
            access_expires_at: access.expires_at,
            refresh_token: self.refresh.into_text(),
        })
    }
}
