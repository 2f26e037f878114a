//! The samples of groups, and of the queues that carry what is sent to them.

use super::{ALICE, BOB, failed, has, primary, read, stage, text};
use heliograph_domain::Context;
use heliograph_domain::ports::Job;
use heliograph_domain::tables::cleanups;
use heliograph_domain::testing::stage::Stage;
use heliograph_lambda::jobs::JobsEvent;
use heliograph_lambda::socket::SocketEvent;
use heliograph_protocol::DeviceId;
use heliograph_protocol::groups::GroupChange;
use heliograph_protocol::request::ReceiptStatus;
use serde_json::Value;

/// The one record of each batch that names nothing.
const BAD_JOB: &str = "15b865c3-220d-43ff-8101-01a984eec898";
const BAD_RECEIPTS: &str = "c391b858-2c6b-429c-943e-772240e27540";
/// When the sweep sees to what the samples send.
const DUE_AT: u64 = 1_764_000_035_000;

async fn answer(stage: &Stage, cx: &Context, event: SocketEvent) -> String {
    text(heliograph_groups::handle(&stage.app, cx, event).await)
}

/// A sample about an invite, with a true one.
fn with_invite(file: &str, invite: &str) -> SocketEvent {
    let mut event: SocketEvent = read(file);
    let mut body: Value = serde_json::from_str(event.body.as_deref().unwrap()).unwrap();
    body["invite"] = invite.into();
    event.body = Some(body.to_string());
    event
}

#[tokio::test]
async fn groups_are_made_read_changed_and_left() {
    let (stage, cx) = stage(1).await;
    let bob = format!("\"user_id\":\"{BOB}\",\"role\":\"member\"");
    for (file, id, part) in [
        ("groups/create.json", "r31", "\"epoch\":1"),
        // Made once, however often it is asked for.
        ("groups/create.json", "r31", "\"epoch\":1"),
        ("groups/get.json", "r32", &bob),
        ("groups/list.json", "r33", "\"member_count\":2"),
        ("groups/update.json", "r34", "\"ok\":{\"epoch\":2}"),
        // It was for the first epoch.
        ("groups/update.json", "r34", "\"conflict\""),
        ("groups/get.json", "r32", "\"announce_only\":true"),
        ("groups/promote.json", "r38", "\"ok\":{\"epoch\":3}"),
        ("groups/demote.json", "r39", "\"ok\":{\"epoch\":4}"),
        ("groups/remove.json", "r36", "\"ok\":{\"epoch\":5}"),
        ("groups/add.json", "r35", "{\"epoch\":6,\"not_added\":[]}"),
        ("groups/leave.json", "r37", "\"ok\":{}"),
        ("groups/get.json", "r32", "\"not_found\""),
        ("groups/list.json", "r33", "\"groups\":[]"),
        // Alice is no admin of it any more, nor a member.
        ("groups/add.json", "r35", "\"not_found\""),
    ] {
        let reply = answer(&stage, &cx, read(file)).await;
        has(&reply, &[&format!("\"id\":\"{id}\""), part]);
    }
}

/// Makes a group and an invite to it.
async fn invited(stage: &Stage, cx: &Context) -> String {
    answer(stage, cx, read("groups/create.json")).await;
    let reply = answer(stage, cx, read("groups/invite.json")).await;
    has(&reply, &["\"id\":\"r40\"", "\"expires_at\":1764086405000"]);
    let reply: Value = serde_json::from_str(&reply).unwrap();
    reply["ok"]["invite"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn who_has_an_invite_joins() {
    let (stage, cx) = stage(1).await;
    let invite = invited(&stage, &cx).await;
    answer(&stage, &cx, read("groups/leave.json")).await;
    let made_up = answer(&stage, &cx, read("groups/join.json")).await;
    has(&made_up, &["\"id\":\"r42\"", "\"gone\""]);
    let joined = answer(&stage, &cx, with_invite("groups/join.json", &invite)).await;
    let alice = format!("\"user_id\":\"{ALICE}\",\"role\":\"member\"");
    has(&joined, &["\"id\":\"r42\"", "\"epoch\":3", &alice]);
    // Bob has been the admin since she left.
    let forbidden = answer(&stage, &cx, read("groups/revoke-invite.json")).await;
    has(&forbidden, &["\"id\":\"r41\"", "\"forbidden\""]);
}

#[tokio::test]
async fn nobody_joins_by_an_invite_that_was_revoked() {
    let (stage, cx) = stage(1).await;
    let invite = invited(&stage, &cx).await;
    let made_up = answer(&stage, &cx, read("groups/revoke-invite.json")).await;
    has(&made_up, &["\"id\":\"r41\"", "\"ok\":{}"]);
    let revoke = with_invite("groups/revoke-invite.json", &invite);
    has(&answer(&stage, &cx, revoke).await, &["\"ok\":{}"]);
    answer(&stage, &cx, read("groups/leave.json")).await;
    let join = with_invite("groups/join.json", &invite);
    has(&answer(&stage, &cx, join).await, &["\"gone\""]);
}

/// A group is made and written to by samples, carried by samples, and its sender told by one.
#[tokio::test]
async fn what_is_sent_to_a_group_is_carried_and_its_sender_told() {
    let (stage, cx) = stage(1).await;
    let bob = primary(BOB);
    let connection = stage.connect(&primary(ALICE)).await.unwrap();
    answer(&stage, &cx, read("groups/create.json")).await;
    let event = read("send/batch-with-group.json");
    let reply = text(heliograph_send::handle(&stage.app, &cx, event).await);
    has(&reply, &["\"id\":\"r6\"", "\"seq\":1"]);
    assert!(!reply.contains("refused"), "{reply}");
    let later = Context::at(DUE_AT);
    let noted = cleanups::overdue(&*stage.store, &later).await.unwrap();
    assert_eq!(noted.len(), 2, "a change and a message");

    let reply = heliograph_fanout::handle(&stage.app, &cx, read("fanout/batch.json")).await;
    // It comes again, alone, and ends with the dead letters; what is no more, or came twice, is done.
    assert_eq!(failed(&reply), [BAD_JOB]);
    let noted = cleanups::overdue(&*stage.store, &later).await.unwrap();
    assert_eq!(noted.len(), 0, "the sweep has nothing to do");

    let (synced, _) = stage.sync(&bob, None).await.unwrap();
    let in_group = synced.messages.iter().filter(|it| it.group_id.is_some());
    let in_group: Vec<_> = in_group.collect();
    let [message] = in_group[..] else {
        panic!("{in_group:?}")
    };
    assert_eq!(message.seq, Some(1));
    let [made] = &synced.group_events[..] else {
        panic!("{:?}", synced.group_events)
    };
    assert!(made.epoch == 1 && matches!(made.change, GroupChange::Created { .. }));

    stage.jobs.take();
    let tokens = vec![message.ack_token.clone()];
    let acked = stage.ack(&bob, ReceiptStatus::Delivered, tokens);
    acked.await.unwrap();
    let event: JobsEvent = read("fanout/receipts.json");
    let job: Job = serde_json::from_str(event.records[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(stage.jobs.take(), [job], "the sample is what is queued");
    stage.clock.advance(200);
    let reply = heliograph_fanout::handle(&stage.app, &cx, event).await;
    assert_eq!(failed(&reply), [BAD_RECEIPTS]);
    let receipts = stage.sockets.got(&connection).receipts();
    let [receipt] = &receipts[..] else {
        panic!("{receipts:?}")
    };
    assert_eq!(receipt.by_user_id.as_str(), BOB);
    assert_eq!(receipt.group_id, message.group_id);
    // Who was away finds it in the inbox.
    let second = heliograph_domain::Address {
        device_id: DeviceId::new(2).unwrap(),
        ..primary(ALICE)
    };
    let (synced, _) = stage.sync(&second, None).await.unwrap();
    assert_eq!(synced.receipts.len(), 1);
    assert!(synced.receipts[0].ack_token.is_some());
}
