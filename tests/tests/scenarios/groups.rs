//! People write to groups.

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use heliograph_protocol::event::Receipt;
use heliograph_protocol::groups::{Group, GroupChange, Role};
use heliograph_protocol::reply::{DeliveryStatus, StatusOk};
use heliograph_protocol::request::{
    GroupsAdd, OutgoingMessage, ReceiptStatus, Status, StatusQuery,
};
use heliograph_protocol::{ErrorCode, GroupId, UserId};
use heliograph_tests::{Deployment, Person, Socket, message_id, scenarios};
use std::collections::BTreeSet;

scenarios!(
    a_group_of_three,
    a_member_who_was_away_finds_all_in_order,
    an_invite_lets_people_in,
    only_members_know_of_a_group,
    a_message_sent_again_keeps_its_place,
    typing_in_a_group_reaches_who_is_there,
    fifty_admins_add_at_once_and_256_is_the_end,
);

/// Made, written to, acked, read; one is removed and hears no more.
async fn a_group_of_three(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let carol = stack.person("carol").await;
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let mut c = carol.connect().await;
    let group = a.create_group("Friday", &[&bob, &carol]).await;
    let group_id = &group.group_id;
    assert_eq!((group.epoch, group.members.len()), (1, 3));
    assert_eq!(group.members[0].role, Role::Admin);
    for socket in [&mut a, &mut b, &mut c] {
        let told = socket.next_change().await;
        assert_eq!((&told.group_id, told.epoch), (group_id, 1));
        assert!(matches!(told.change, GroupChange::Created { .. }));
        socket.ack_change(&told).await;
    }

    let large = "a".repeat(5_000);
    for (seq, text) in [(1, "hi"), (2, large.as_str())] {
        let (id, timestamp) = a.send_to_group(group_id, text).await.accepted();
        for socket in [&mut b, &mut c] {
            let got = socket.next_message().await;
            assert_eq!((got.message_id, got.content.as_str()), (id, text));
            assert_eq!(got.from_user_id, *alice.user_id());
            assert_eq!(
                (got.group_id.as_ref(), got.seq),
                (Some(group_id), Some(seq))
            );
            assert_eq!(got.timestamp, timestamp);
            socket.delivered(std::slice::from_ref(&got)).await;
        }
        let receipts = [a.next_receipt().await, a.next_receipt().await];
        let from: BTreeSet<&UserId> = receipts.iter().map(|it| &it.by_user_id).collect();
        assert_eq!(from, BTreeSet::from([bob.user_id(), carol.user_id()]));
        let is_due = |it: &Receipt| it.message_id == id && it.group_id.as_ref() == Some(group_id);
        assert!(receipts.iter().all(is_due), "{receipts:?}");
        assert_eq!(
            status(&mut a, group_id, id).await,
            DeliveryStatus::Delivered
        );
    }
    for socket in [&mut b, &mut c] {
        socket.has_empty_inbox().await;
    }

    assert_eq!(a.remove_members(group_id, &[&carol]).await, 2);
    c.send_to_group(group_id, "still?")
        .await
        .refused(ErrorCode::NotFound);
    let (id, _) = a.send_to_group(group_id, "gone").await.accepted();
    assert_eq!(b.next_message().await.message_id, id);
    for socket in [&mut b, &mut c] {
        let told = socket.next_change().await;
        assert_eq!(told.epoch, 2);
        assert!(matches!(told.change, GroupChange::Removed { .. }));
    }
    assert!(c.drain().await.is_empty());
    assert!(c.unseen().is_empty());
}

async fn status(
    socket: &mut Socket,
    group_id: &GroupId,
    message_id: heliograph_protocol::MessageId,
) -> DeliveryStatus {
    let to = group_id.clone().into();
    let queries = vec![StatusQuery { message_id, to }];
    let ok: StatusOk = socket.ask(|id| Status::new(id, queries)).await.ok();
    ok.statuses[0].status
}

async fn a_member_who_was_away_finds_all_in_order(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let mut a = alice.connect().await;
    let group = a.create_group("Away", &[&bob]).await;
    let mut sent = Vec::new();
    for n in 0..20 {
        // Every other one is too large for an inbox.
        let text = "b".repeat(1 + 2_000 * (n % 2));
        sent.push(a.send_to_group(&group.group_id, &text).await.accepted().0);
    }
    let mut b = bob.connect().await;
    let mut got = Vec::new();
    // What was carried after the first sync comes on the socket.
    while got.len() < sent.len() {
        got.extend(b.drain().await);
        got.extend(b.unseen());
        got.sort_by_key(|it| it.seq);
        got.dedup_by_key(|it| it.seq);
    }
    let seqs: Vec<u64> = got.iter().filter_map(|it| it.seq).collect();
    assert_eq!(seqs, (1..=20).collect::<Vec<u64>>());
    let ids: Vec<_> = got.iter().map(|it| it.message_id).collect();
    assert_eq!(ids, sent);
    b.drain().await;
    let mut receipts = 0;
    while receipts < sent.len() {
        let receipt = a.next_receipt().await;
        assert_eq!(receipt.status, ReceiptStatus::Delivered);
        receipts += 1;
    }
}

async fn an_invite_lets_people_in(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let carol = stack.person("carol").await;
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let mut c = carol.connect().await;
    let group = a.create_group("Open", &[]).await;
    let invite = a.invite(&group.group_id, 1).await;
    let joined: Group = b.join_group(&invite).await.ok();
    assert_eq!((joined.epoch, joined.members.len()), (2, 2));
    assert_eq!(joined.members[1].user_id, *bob.user_id());
    assert_eq!(c.join_group(&invite).await.error().code, ErrorCode::Gone);
    assert_eq!(c.join_group("nonsense").await.error().code, ErrorCode::Gone);
    let told = [a.next_change().await, a.next_change().await];
    let epochs: BTreeSet<u64> = told.iter().map(|it| it.epoch).collect();
    assert_eq!(epochs, BTreeSet::from([1, 2]));
    b.leave_group(&group.group_id).await;
    let code = b.try_group(&group.group_id).await.error().code;
    assert_eq!(code, ErrorCode::NotFound);
}

async fn only_members_know_of_a_group(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let eve = stack.person("eve").await;
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let mut e = eve.connect().await;
    let group_id = a.create_group("Closed", &[&bob]).await.group_id;
    let nothing: GroupId = "nothing".parse().unwrap();
    let of_one = e.try_group(&group_id).await.error();
    let of_none = e.try_group(&nothing).await.error();
    assert_eq!(
        (of_one.code, &of_one.message),
        (ErrorCode::NotFound, &of_none.message)
    );
    let code = e.try_add_members(&group_id, &[&eve]).await.error().code;
    assert_eq!(code, ErrorCode::NotFound);
    let code = b.try_add_members(&group_id, &[&eve]).await.error().code;
    assert_eq!(code, ErrorCode::Forbidden);
    e.send_to_group(&group_id, "hm?")
        .await
        .refused(ErrorCode::NotFound);
    assert_eq!(a.group(&group_id).await.members.len(), 2);
}

async fn a_message_sent_again_keeps_its_place(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let group_id = a.create_group("Again", &[&bob]).await.group_id;
    let first = OutgoingMessage::new(message_id(), group_id.clone(), "once");
    let accepted = a.send_one(first.clone()).await.accepted();
    a.send_to_group(&group_id, "between").await.accepted();
    let mut a = alice.connect().await;
    assert_eq!(a.send_one(first).await.accepted(), accepted);
    let mut seen = BTreeSet::new();
    while seen.len() < 2 {
        let got = b.next_message().await;
        seen.insert((got.seq, got.content));
    }
    let expected = [
        (Some(1), "once".to_owned()),
        (Some(2), "between".to_owned()),
    ];
    let expected = BTreeSet::from(expected);
    assert_eq!(seen, expected);
    // What is posted may still be on its way into the inbox; and what is carried again while it is acked
    // comes twice, under the same id.
    let mut stored = BTreeSet::new();
    while stored.len() < 2 {
        let drained = b.drain().await.into_iter();
        stored.extend(drained.map(|it| (it.seq, it.content)));
    }
    assert_eq!(stored, expected);
}

async fn typing_in_a_group_reaches_who_is_there(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let carol = stack.person("carol").await;
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let group_id = a.create_group("Typing", &[&bob, &carol]).await.group_id;
    let typing = OutgoingMessage::new(message_id(), group_id, "typing").ephemeral(true);
    let (id, _) = a.send_one(typing).await.accepted();
    let got = b.next_message().await;
    assert_eq!((got.message_id, got.seq), (id, None));
    assert!(carol.connect().await.drain().await.is_empty());
    assert!(b.drain().await.is_empty());
}

/// Each of 50 admins adds somebody to a group that has room for 16.
async fn fifty_admins_add_at_once_and_256_is_the_end(stack: Deployment) {
    let register = (0..290).map(|n| {
        let stack = &stack;
        async move { stack.person(&format!("person {n}")).await }
    });
    let people: Vec<Person> = stream::iter(register).buffered(8).collect().await;
    let (members, new) = people.split_at(240);
    let mut admin = members[0].connect().await;
    let others: Vec<&Person> = members[1..].iter().collect();
    let group_id = admin.create_group("Many", &others).await.group_id;
    for member in &members[1..50] {
        admin.promote(&group_id, member).await;
    }
    let pairs = members[..50].iter().zip(new);
    let adds = pairs.map(|(admin, one)| adds(admin, &group_id, one));
    let added = join_all(adds).await.into_iter().filter(|added| *added);
    assert_eq!(added.count(), 16);
    let group = members[0].connect().await.group(&group_id).await;
    let ids: BTreeSet<&UserId> = group.members.iter().map(|it| &it.user_id).collect();
    assert_eq!((ids.len(), group.members.len()), (256, 256));
    assert_eq!(group.epoch, 1 + 49 + 16);
}

/// Adds somebody, however often it takes; tells whether there was room.
async fn adds(admin: &Person, group_id: &GroupId, one: &Person) -> bool {
    let mut socket = admin.come_back().await;
    loop {
        let add = |id| GroupsAdd {
            id,
            group_id: group_id.clone(),
            user_ids: vec![one.user_id().clone()],
            expected_epoch: None,
        };
        match socket.try_ask(add).await.map(|reply| reply.outcome) {
            Ok(Ok(_)) => return true,
            Ok(Err(error)) if error.code == ErrorCode::Conflict => return false,
            // So many others came first that it is to be asked for again.
            Ok(Err(error)) => assert_eq!(error.code, ErrorCode::Unavailable, "{error:?}"),
            // Where everything is slow, a socket that did not take a post in time is closed, and a function
            // that was not done in time has no answer.
            Err(_) => socket = admin.come_back().await,
        }
    }
}
