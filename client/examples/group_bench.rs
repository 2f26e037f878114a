//! Measures what a message to a group of 256 takes a client with its store, two lines of JSON: the first one, for
//! which a session is begun with each member and all are given the key, and those that follow.
//!
//! Run as `cargo run --release -p heliograph-client --example group_bench`.

#![expect(clippy::print_stdout, reason = "a command line tool")]

use anyhow::{Context, Result, ensure};
use heliograph_client::DeviceAddress;
use heliograph_client::content::Text;
use heliograph_client::engine::{BeginError, Me, Outgoing};
use heliograph_client::store::{Store, StoreError, StoreKey};
use heliograph_protocol::groups::{Group, GroupMember, Role};
use heliograph_protocol::keys::{KeySet, PrekeyBundle};
use heliograph_protocol::reply::SendResult;
use heliograph_protocol::request::Recipient;
use heliograph_protocol::{DeviceId, GroupId, MessageId, UserId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

const NOW_MS: u64 = 1_764_000_000_000;
const OTHERS: usize = 255;
const MESSAGES: u64 = 99;

struct Sender {
    store: Store,
    me: Me,
    group_id: GroupId,
    _directory: tempfile::TempDir,
}

fn main() -> Result<()> {
    let (sender, _) = device("alice")?;
    // All members have the same keys: it costs as much.
    let (_, keys) = device("bob")?;
    let members: Vec<UserId> = (0..OTHERS)
        .map(|number| format!("member-{number}").parse())
        .collect::<Result<_, _>>()?;
    learn_group(&sender, &members)?;

    let begun = Instant::now();
    write(&sender, 0)?;
    flush(&sender, &keys)?;
    let cold = begun.elapsed();
    let begun = Instant::now();
    for number in 1..=MESSAGES {
        write(&sender, number)?;
        flush(&sender, &keys)?;
    }
    let warm = begun.elapsed() / u32::try_from(MESSAGES)?;
    for (name, took) in [("group_256_first", cold), ("group_256_next", warm)] {
        let value = took.as_secs_f64() * 1e3;
        println!(
            "{}",
            serde_json::json!({"name": name, "unit": "ms", "value": value})
        );
    }
    Ok(())
}

fn device(name: &str) -> Result<(Sender, KeySet)> {
    let directory = tempfile::tempdir()?;
    let store = Store::open(directory.path().join("store.db"), &StoreKey::draw()?)?;
    let address = DeviceAddress {
        user_id: name.parse()?,
        device_id: DeviceId::PRIMARY,
    };
    let keys = store.step(Me::enrol)?;
    let me = store.step(|step| {
        Me::enrolled(step, &address, NOW_MS)?;
        let me = Me::load(step)?;
        if let Some(me) = &me {
            me.own_devices(step, BTreeMap::from([(DeviceId::PRIMARY, 1)]))?;
        }
        Ok::<_, StoreError>(me)
    })?;
    let sender = Sender {
        store,
        me: me.context("it has enrolled")?,
        group_id: "0193a1b2-0000-4000-8000-000000000001".parse()?,
        _directory: directory,
    };
    Ok((sender, keys))
}

fn learn_group(sender: &Sender, others: &[UserId]) -> Result<()> {
    let own = sender.me.address().user_id.clone();
    let members = std::iter::once(&own).chain(others);
    let members = members.map(|user_id| GroupMember {
        user_id: user_id.clone(),
        role: Role::Member,
        joined_at: NOW_MS,
    });
    let group = Group {
        group_id: sender.group_id.clone(),
        name: "everybody".to_owned(),
        photo_media_id: None,
        announce_only: false,
        epoch: 1,
        created_at: NOW_MS,
        created_by: own.clone(),
        max_members: 256,
        members: members.collect(),
    };
    let learnt = sender
        .store
        .step(|step| sender.me.learn_group(step, &group, NOW_MS));
    Ok(learnt?)
}

fn write(sender: &Sender, number: u64) -> Result<()> {
    let chat = Recipient::Group(sender.group_id.clone());
    let id = MessageId::new(NOW_MS + number, &[7; 10]);
    let text = "x".repeat(200);
    let written = sender.store.step(|step| {
        sender
            .me
            .write(step, (&chat, id), Text { text }.into(), NOW_MS + number)
    });
    ensure!(written?.len() == 1, "it is not shown");
    Ok(())
}

/// Sends all that there is, to a server that takes it.
fn flush(sender: &Sender, keys: &KeySet) -> Result<()> {
    loop {
        let outgoing: Outgoing = sender
            .store
            .step(|step| sender.me.outgoing(step, &BTreeSet::new(), NOW_MS))?;
        if outgoing.messages.is_empty() && outgoing.unknown.is_empty() {
            return Ok(());
        }
        sender.store.step(|step| {
            for user_id in &outgoing.unknown {
                let bundle = PrekeyBundle {
                    device_id: DeviceId::PRIMARY,
                    registration_id: 1,
                    identity_key: keys.identity_key.clone(),
                    signed_prekey: keys.signed_prekey.clone(),
                    one_time_prekey: keys.one_time_prekeys.first().cloned(),
                    kem_prekey: keys.last_resort_kem_prekey.clone(),
                };
                _ = sender.me.learn(step, user_id, &[bundle])?;
            }
            Ok::<_, BeginError>(())
        })?;
        sender.store.step(|step| {
            for message in &outgoing.messages {
                let taken = SendResult::accepted(message.message_id, NOW_MS);
                sender.me.answered(step, &taken, NOW_MS)?;
            }
            Ok::<_, StoreError>(())
        })?;
    }
}
