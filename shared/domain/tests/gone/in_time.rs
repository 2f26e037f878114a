//! Who takes an account over, or deletes it, waits for no group: the function that answers has 10 s.

use crate::traces;
use crate::world::*;
use heliograph_domain::Address;
use heliograph_domain::store::{StoreErrorKind, Table};
use heliograph_domain::testing::stage::{Call, Fate, Stage};
use heliograph_domain::usecases;
use heliograph_protocol::GroupId;

/// What the function has (`template.yaml`), and what one call may take that has begun, in milliseconds.
const FUNCTION_MS: u64 = 10_000 - 2_000;
const GROUPS: u8 = 60;

/// Alice, Bob, and many groups of both.
async fn in_groups() -> (Stage, Address) {
    let (mut stage, [alice, bob, _]) = three().await;
    stage.app.limits.group_additions = None;
    for n in 0..GROUPS {
        let id = format!("00000000-0000-4000-8000-0000000000{n:02x}");
        let id: GroupId = id.parse().unwrap();
        make_group(&stage, &bob, &id, &[&alice]).await;
    }
    stage.work().await.unwrap();
    stage.clock.advance(60_000);
    (stage, alice)
}

/// Lets every call to the store take so long, and some meet a fate.
fn slow(stage: &Stage, call_ms: u64, fate: impl Fn(Call) -> Fate + Send + 'static) {
    let clock = stage.clock.clone();
    stage.store.probe(move |call| {
        clock.advance(call_ms);
        fate(call)
    });
}

/// Others change the groups all the time, and come first.
fn is_beaten(call: Call) -> Fate {
    match call.name == "transact" && call.table == Some(Table::Groups) {
        true => Fate::Fail(StoreErrorKind::Conflict),
        false => Fate::Done,
    }
}

/// Takes the account over; how long that took.
async fn take_over(stage: &Stage) -> u64 {
    let began = stage.clock.read();
    stage.register(NUMBER).await.unwrap();
    stage.clock.read() - began
}

#[tokio::test]
async fn a_take_over_is_answered_before_its_function_ends() {
    for call_ms in [5, 20, 50] {
        let (stage, _) = in_groups().await;
        slow(&stage, call_ms, |_| Fate::Done);
        let took_ms = take_over(&stage).await;
        assert!(took_ms < FUNCTION_MS, "{took_ms} of {call_ms} each");
        slow(&stage, call_ms, is_beaten);
        let took_ms = take_over(&stage).await;
        assert!(took_ms < FUNCTION_MS, "{took_ms} of {call_ms} each, busy");
    }
}

#[tokio::test]
async fn a_deletion_is_answered_before_its_function_ends_and_the_sweep_leaves_what_is_left() {
    let (stage, alice) = in_groups().await;
    slow(&stage, 50, is_beaten);
    let (began, cx) = (stage.clock.read(), stage.app.context());
    usecases::delete_account(&stage.app, &cx, &alice)
        .await
        .unwrap();
    let took_ms = stage.clock.read() - began;
    assert!(took_ms < FUNCTION_MS, "{took_ms}");
    stage.store.stop_probing();
    sweep(&stage).await;
    sweep(&stage).await;
    let (_, own) = traces::left(&stage, alice.user_id.as_str());
    assert_eq!(own, []);
}

/// One group that others keep changing does not keep its member in the others.
#[tokio::test]
async fn a_busy_group_keeps_nobody_in_the_others() {
    let (stage, alice) = in_groups().await;
    let mut calls = 0;
    let is_first = std::sync::Mutex::new(move |call: Call| {
        let is_change = call.name == "transact" && call.table == Some(Table::Groups);
        calls += usize::from(is_change);
        is_change && calls == 1
    });
    let beats = move |call| is_first.lock().unwrap()(call);
    slow(&stage, 1, move |call| match beats(call) {
        true => Fate::Fail(StoreErrorKind::Conflict),
        false => Fate::Done,
    });
    let cx = stage.app.context();
    usecases::delete_account(&stage.app, &cx, &alice)
        .await
        .unwrap();
    stage.store.stop_probing();
    let listed = stage.store.inner.all().into_iter();
    let listed = listed.filter(|item| item.key.partition == format!("user#{}", alice.user_id));
    // A page of 50 is left while she waits.
    assert_eq!(listed.count(), usize::from(GROUPS) - 50);
}
