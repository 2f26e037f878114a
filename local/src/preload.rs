//! Filling a store with users, to measure what many rows cost.

use crate::secret;
use crate::store::{EmbeddedStore, Options};
use heliograph_domain::ports::{Clock, Ids, RandomIds, SystemClock};
use heliograph_domain::store::Store;
use heliograph_domain::tables::users::{self, Device, User};
use heliograph_domain::tokens::RefreshToken;
use heliograph_domain::{Address, Context};
use heliograph_protocol::DeviceId;
use std::path::Path;

/// How many users go into one transaction.
const BATCH: u64 = 40;

/// Adds users with numbers from +882 16 000 0000 on, which belong to nobody, each with a device.
pub async fn run(data: &Path, count: u64) -> anyhow::Result<()> {
    let store = EmbeddedStore::open(data, &Options::default())?;
    let keys = secret::load_or_make(data, &RandomIds)?;
    let cx = Context::at(SystemClock.now_ms());
    let mut writes = Vec::new();
    for n in 0..count {
        let number = format!("+88216{n:08}").parse()?;
        let user_id = RandomIds.uuid().to_string().parse()?;
        let address = Address {
            user_id,
            device_id: DeviceId::PRIMARY,
            device_created_at: cx.now_ms(),
        };
        let credential = RefreshToken::draw(&keys, &RandomIds, address.clone()).credential();
        let device = Device {
            device_id: address.device_id,
            registration_id: 1,
            name: "preloaded".to_owned(),
            created_at: address.device_created_at,
            credential,
            is_woken: false,
        };
        let user = User {
            devices: vec![device],
            last_device_at: address.device_created_at,
            ..User::new(number, cx.now_ms())
        };
        writes.push(users::claim_phone(&address.user_id, &user, false));
        writes.push(users::save(&address.user_id, &user)?);
        if n % BATCH == BATCH - 1 || n + 1 == count {
            store.transact(&cx, std::mem::take(&mut writes)).await?;
        }
    }
    Ok(())
}
