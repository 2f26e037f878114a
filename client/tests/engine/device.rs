//! A device with its store, which can be closed and opened.

use super::NOW_MS;
use heliograph_client::DeviceAddress;
use heliograph_client::e2ee::{IdentityState, KeyChange};
use heliograph_client::engine::{BeginError, Me, NewKeys, OpenError, Opened, Outgoing, SealError};
use heliograph_client::store::{Store, StoreError, StoreKey, identities};
use heliograph_protocol::keys::{KemPrekey, KeySet, OneTimePrekey, PrekeyBundle};
use heliograph_protocol::{DeviceId, MessageId};
use std::collections::{BTreeMap, BTreeSet};
use tempfile::TempDir;
use zeroize::Zeroizing;

/// Says that a process died in the middle of a step, which is taken back.
#[derive(Debug, PartialEq, Eq)]
struct Died(bool);

impl From<StoreError> for Died {
    fn from(_: StoreError) -> Self {
        Self(false)
    }
}

pub(crate) struct Device {
    directory: TempDir,
    store: Option<Store>,
    pub(crate) me: Me,
    /// What the server has of its keys.
    pub(crate) keys: KeySet,
}

fn open(directory: &TempDir) -> Store {
    let key = StoreKey::Raw(Zeroizing::new([7; 32]));
    Store::open(directory.path().join("store.db"), &key).unwrap()
}

pub(crate) fn message_id(number: u64) -> MessageId {
    MessageId::new(NOW_MS + number, &[7; 10])
}

impl Device {
    pub(crate) fn new(user: &str, device: u8) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = open(&directory);
        let address = DeviceAddress {
            user_id: user.parse().unwrap(),
            device_id: DeviceId::new(device).unwrap(),
        };
        let keys = store.step(Me::enrol).unwrap();
        let me = store.step(|step| {
            assert!(Me::load(step)?.is_none(), "nobody has said who it is");
            Me::enrolled(step, &address, NOW_MS)?;
            let me = Me::load(step)?;
            // As the server says, it is the only one.
            if let Some(me) = &me {
                me.own_devices(step, BTreeMap::from([(address.device_id, 1)]))?;
            }
            Ok::<_, StoreError>(me)
        });
        let me = me.unwrap().unwrap();
        assert_eq!(
            (me.address(), me.identity()),
            (&address, &keys.identity_key)
        );
        let store = Some(store);
        Self {
            directory,
            store,
            me,
            keys,
        }
    }

    pub(crate) fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    /// Its process dies, and another one takes over.
    pub(crate) fn restart(&mut self) {
        self.store = None;
        let store = open(&self.directory);
        self.me = store.step(Me::load).unwrap().unwrap();
        self.store = Some(store);
    }

    /// A copy of its store.
    pub(crate) fn copy(&mut self) -> Vec<u8> {
        self.store = None;
        let copy = std::fs::read(self.directory.path().join("store.db")).unwrap();
        self.restart();
        copy
    }

    /// Its store is as it was when it was copied.
    pub(crate) fn bring_back(&mut self, copy: &[u8]) {
        self.store = None;
        std::fs::write(self.directory.path().join("store.db"), copy).unwrap();
        self.restart();
    }

    /// What the server hands out when there are no keys for one use.
    pub(crate) fn last_resort(&self) -> PrekeyBundle {
        PrekeyBundle {
            device_id: self.me.address().device_id,
            registration_id: 1,
            identity_key: self.keys.identity_key.clone(),
            signed_prekey: self.keys.signed_prekey.clone(),
            one_time_prekey: None,
            kem_prekey: self.keys.last_resort_kem_prekey.clone(),
        }
    }

    /// What the server hands out, with the next keys for one use while there are some.
    pub(crate) fn bundle(&mut self) -> PrekeyBundle {
        let one_time: Option<OneTimePrekey> = self.keys.one_time_prekeys.pop();
        let kem: Option<KemPrekey> = self.keys.one_time_kem_prekeys.pop();
        let last_resort = self.last_resort();
        PrekeyBundle {
            one_time_prekey: one_time,
            kem_prekey: kem.unwrap_or_else(|| last_resort.kem_prekey.clone()),
            ..last_resort
        }
    }

    /// Makes the keys that are due.
    pub(crate) fn draw_keys(&self, left: (usize, usize), now_ms: u64) -> NewKeys {
        let keys = self
            .store()
            .step(|step| self.me.make_keys(step, left, now_ms));
        keys.unwrap()
    }

    /// Makes the keys that are due and hands them to the server.
    pub(crate) fn make_keys(&mut self, left: (usize, usize), now_ms: u64) -> NewKeys {
        let new = self.draw_keys(left, now_ms);
        let noted = self
            .store()
            .step(|step| self.me.keys_uploaded(step, now_ms));
        noted.unwrap();
        self.keys.signed_prekey = new
            .signed
            .clone()
            .unwrap_or(self.keys.signed_prekey.clone());
        let last_resort = new.last_resort.clone();
        self.keys.last_resort_kem_prekey =
            last_resort.unwrap_or(self.keys.last_resort_kem_prekey.clone());
        self.keys.one_time_prekeys.extend(new.one_time.clone());
        self.keys
            .one_time_kem_prekeys
            .extend(new.one_time_kem.clone());
        new
    }

    pub(crate) fn try_begin(
        &self,
        with: &DeviceAddress,
        bundle: &PrekeyBundle,
    ) -> Result<KeyChange, BeginError> {
        self.store()
            .step(|step| self.me.begin(step, &with.user_id, bundle))
    }

    pub(crate) fn begin(&self, with: &mut Device) {
        _ = self.begin_and_look(with);
    }

    /// Begins a session, and tells what is new about the other's keys.
    pub(crate) fn begin_and_look(&self, with: &mut Device) -> KeyChange {
        let bundle = with.bundle();
        self.try_begin(with.me.address(), &bundle).unwrap()
    }

    pub(crate) fn try_seal(
        &self,
        to: &Device,
        number: u64,
        text: &str,
    ) -> Result<String, SealError> {
        let to = to.me.address();
        let devices = BTreeSet::from([to.device_id]);
        let sealed = self.store().step(|step| {
            self.me.seal(
                step,
                (&to.user_id, &devices),
                message_id(number),
                text.as_bytes(),
            )
        });
        Ok(sealed?.remove(&to.device_id).unwrap())
    }

    pub(crate) fn seal(&self, to: &Device, number: u64, text: &str) -> String {
        self.try_seal(to, number, text).unwrap()
    }

    pub(crate) fn open_of(
        &self,
        from: &DeviceAddress,
        number: u64,
        ciphertext: &str,
    ) -> Result<Opened, OpenError> {
        self.store()
            .step(|step| self.me.open(step, from, message_id(number), ciphertext))
    }

    /// Opens what was not opened before; tells what it says.
    pub(crate) fn open(&self, from: &Device, number: u64, ciphertext: &str) -> String {
        let opened = self.open_of(from.me.address(), number, ciphertext);
        let content = match opened.unwrap() {
            Opened::Content { content, .. } => Some(content),
            Opened::Before => None,
        };
        String::from_utf8(content.unwrap()).unwrap()
    }

    /// Opens a message, and dies before that is stored.
    pub(crate) fn open_and_die(&self, from: &Device, number: u64, ciphertext: &str) {
        let died = self.store().step(|step| {
            self.me
                .open(step, from.me.address(), message_id(number), ciphertext)
                .unwrap();
            Err::<(), _>(Died(true))
        });
        assert_eq!(died, Err(Died(true)));
    }

    /// What may be sent now.
    pub(crate) fn outgoing(&self) -> Outgoing {
        let none = BTreeSet::new();
        let outgoing = self
            .store()
            .step(|step| self.me.outgoing(step, &none, NOW_MS));
        outgoing.unwrap()
    }

    /// Changes what is known of somebody's keys.
    pub(crate) fn judge(&self, other: &Device, how: impl Fn(IdentityState) -> IdentityState) {
        let user = &other.me.address().user_id;
        let done = self.store().step(|step| {
            let known = identities::get(step, user)?.unwrap();
            identities::put(step, user, &how(known))
        });
        done.unwrap();
    }
}
