//! Messages to groups.

use crate::world::{World, block, seq};
use heliograph_domain::ports::Job;
use heliograph_domain::store::{Field, Table};
use heliograph_domain::usecases::{self, Carried};
use heliograph_protocol::ErrorCode;
use heliograph_protocol::event::Receipt;
use heliograph_protocol::reply::{DeliveryStatus, SendOutcome};
use heliograph_protocol::request::{Payload, ReceiptStatus, Recipient, Status, StatusQuery};

#[tokio::test]
async fn a_message_reaches_members_who_are_connected_and_who_are_not() {
    let world = World::of(3).await;
    let [alice, bob, carol] = &world.people[..] else {
        panic!()
    };
    let socket = world.stage.connect(bob).await.unwrap();
    let (message_id, outcome, _) = world.send(alice, "Zm9v").await;
    assert_eq!(seq(&outcome), 1);
    world.stage.work().await.unwrap();
    let posted = world.stage.sockets.got(&socket).messages();
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0].content, "Zm9v");
    assert_eq!(posted[0].seq, Some(1));
    assert_eq!(posted[0].group_id, Some(world.group_id.clone()));
    assert_eq!(posted[0].message_id, message_id);
    assert_eq!(world.waits(bob).await.messages, posted);
    let waiting = world.drain(carol).await.messages;
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].from_user_id, alice.user_id);
    assert!(
        world.waits(alice).await.messages.is_empty(),
        "who sent it has it"
    );
    assert!(world.drain(carol).await.messages.is_empty(), "acked");
}

#[tokio::test]
async fn what_waits_for_a_group_is_carried_together() {
    let world = World::of(4).await;
    let socket = world.stage.connect(&world.people[1]).await.unwrap();
    // The last does not fit a frame with the others.
    let contents = ["Zm9v".to_owned(), "b".repeat(5_000), "a".repeat(127_000)];
    let mut sent = Vec::new();
    for content in &contents {
        sent.push(world.send(&world.people[0], content).await.0);
    }
    let jobs = world.stage.jobs.take().into_iter();
    let carried = jobs.filter_map(|job| match job {
        Job::FanOut { sent, due_at, .. } => Some(Carried { sent, due_at }),
        _ => None,
    });
    let mut carried: Vec<Carried> = carried.collect();
    assert_eq!(carried.len(), 3);
    // Handed over twice, as a queue may.
    carried.push(carried[0].clone());
    let cx = world.stage.app.context();
    let done = usecases::fan_out(&world.stage.app, &cx, &carried).await;
    done.unwrap();
    let usage = cx.meter.read();
    // What was sent; members and connections; for how many; 9 puts; who is away once more; 3 notes.
    assert_eq!(usage.store_calls, 1 + 1 + 3 + 1 + 1 + 3);
    assert_eq!(usage.posts, 2);
    let got = world.stage.sockets.got(&socket).messages();
    let ids: Vec<_> = got.iter().map(|it| it.message_id).collect();
    assert_eq!(ids, sent, "once, in order");
    for person in &world.people[1..] {
        assert_eq!(
            world.waits(person).await.messages.len(),
            2,
            "a page of what fits"
        );
        assert_eq!(world.drain(person).await.messages.len(), 3);
    }
    assert_eq!(world.stage.store.inner.count(Table::Cleanups), 0);
}

/// How many bytes of all fields are stored.
fn size(world: &World) -> usize {
    let all = world.stage.store.inner.all();
    let fields = all.iter().flat_map(|item| item.fields.values());
    let bytes = fields.map(|field| match field {
        Field::Bytes(bytes) => bytes.len(),
        Field::Int(_) | Field::Text(_) => 8,
    });
    bytes.sum()
}

#[tokio::test]
async fn a_large_content_is_kept_once_and_goes_when_everybody_has_it() {
    let world = World::of(4).await;
    let content = "Ab3/".repeat(10_000);
    let before = size(&world);
    let (message_id, _, _) = world.send(&world.people[0], &content).await;
    world.stage.work().await.unwrap();
    let grown = size(&world) - before;
    assert!((30_000..33_000).contains(&grown), "{grown}");
    for person in &world.people[1..] {
        let got = world.drain(person).await.messages;
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].content, content);
    }
    world.stage.work().await.unwrap();
    assert!(size(&world) < before + 2_000);
    // Sent again, it has its old place.
    let again = heliograph_protocol::request::OutgoingMessage {
        message_id,
        ..world.message("Zm9v")
    };
    let (sent, _) = world.stage.send_all(&world.people[0], vec![again]).await;
    assert_eq!(seq(&sent.results[0].outcome), 1);
    world.stage.work().await.unwrap();
    assert!(world.drain(&world.people[1]).await.messages.is_empty());
}

#[tokio::test]
async fn receipts_are_collected_and_status_names_members() {
    let world = World::of(4).await;
    let [alice, bob, carol, _] = &world.people[..] else {
        panic!()
    };
    let socket = world.stage.connect(alice).await.unwrap();
    let (message_id, _, _) = world.send(alice, "Zm9v").await;
    world.stage.work().await.unwrap();
    let token = world.drain(bob).await.messages[0].ack_token.clone();
    world.drain(carol).await;
    world.stage.work().await.unwrap();
    let events = world.stage.sockets.got(&socket);
    let receipts = events.receipts();
    assert_eq!(receipts.len(), 2, "{receipts:?}");
    assert!(
        receipts
            .iter()
            .all(|it| it.group_id == Some(world.group_id.clone()))
    );
    world
        .stage
        .ack(bob, ReceiptStatus::Read, vec![token])
        .await
        .unwrap();
    world.stage.work().await.unwrap();
    let receipts = world.stage.sockets.got(&socket).receipts();
    assert_eq!(receipts.len(), 3, "nobody is told of twice");
    assert_eq!(receipts[2].status, ReceiptStatus::Read);
    let query = StatusQuery {
        message_id,
        to: Recipient::Group(world.group_id.clone()),
    };
    let request = Status::new(crate::world::id(), vec![query.clone()]);
    let cx = world.stage.app.context();
    let status = usecases::status(&world.stage.app, &cx, alice, request)
        .await
        .unwrap();
    let status = &status.statuses[0];
    assert_eq!(status.status, DeliveryStatus::Waiting);
    assert_eq!(
        status.delivered,
        [bob.user_id.clone(), carol.user_id.clone()]
    );
    assert_eq!(status.read, std::slice::from_ref(&bob.user_id));
    assert_eq!(status.waiting, [world.people[3].user_id.clone()]);
    let request = Status::new(crate::world::id(), vec![query]);
    let others = usecases::status(&world.stage.app, &cx, bob, request)
        .await
        .unwrap();
    assert_eq!(others.statuses[0].status, DeliveryStatus::Unknown);
}

/// Members 0 to 31 share a row, 32 to 39 another.
#[tokio::test]
async fn a_full_row_is_told_at_once_and_alone() {
    let world = World::of(40).await;
    let [alice, bob, ..] = &world.people[..] else {
        panic!()
    };
    let socket = world.stage.connect(alice).await.unwrap();
    world.send(alice, "Zm9v").await;
    world.stage.work().await.unwrap();
    let token = world.drain(bob).await.messages[0].ack_token.clone();
    for member in world.people[2..32].iter().chain([&world.people[35]]) {
        world.drain(member).await;
    }
    let read = world.stage.ack(bob, ReceiptStatus::Read, vec![token]);
    read.await.unwrap();
    let cx = world.stage.app.context();
    let (mut rows, mut wholes) = (Vec::new(), Vec::new());
    for job in world.stage.jobs.take() {
        match &job {
            Job::Receipts {
                sent,
                row: Some(row),
                at_ms,
            } => {
                assert!(*at_ms <= cx.now_ms());
                rows.push((sent.clone(), *row));
            }
            Job::Receipts {
                row: None, at_ms, ..
            } => {
                assert!(*at_ms > cx.now_ms());
                wholes.push(job);
            }
            other => panic!("{other:?}"),
        }
    }
    let [(sent, 0)] = &rows[..] else {
        panic!("{rows:?}")
    };
    let told = async || {
        let receipts = world.stage.sockets.got(&socket).receipts();
        let of_other_row = |it: &&Receipt| it.by_user_id == world.people[35].user_id;
        (receipts.len(), receipts.iter().filter(of_other_row).count())
    };
    for _ in 0..2 {
        usecases::tell_receipts(&world.stage.app, &cx, sent, Some(0))
            .await
            .unwrap();
        assert_eq!(told().await, (32, 0), "each once");
    }
    assert_eq!(wholes.len(), 1);
    world.stage.app.queue.send(&cx, wholes).await.unwrap();
    world.stage.work().await.unwrap();
    assert_eq!(told().await, (33, 1));
}

/// Whoever acks reads nothing; whoever tells the sender looks for blocks, of either side.
#[tokio::test]
async fn across_a_block_the_sender_does_not_learn_who_has_a_message() {
    let world = World::of(4).await;
    let [alice, bob, carol, dave] = &world.people[..] else {
        panic!()
    };
    let (app, cx) = (&world.stage.app, world.stage.app.context());
    block(&world.stage, bob, alice).await;
    block(&world.stage, alice, carol).await;
    let socket = world.stage.connect(alice).await.unwrap();
    let (message_id, _, _) = world.send(alice, "Zm9v").await;
    world.stage.work().await.unwrap();
    for member in [bob, carol, dave] {
        let token = world.waits(member).await.messages[0].ack_token.clone();
        let acked = world
            .stage
            .ack(member, ReceiptStatus::Delivered, vec![token]);
        let usage = acked.await.unwrap();
        assert_eq!(usage.read_half_units, 0);
    }
    // Before she is told, and after.
    let mut jobs: Vec<usize> = Vec::new();
    for _ in 0..2 {
        let to = Recipient::Group(world.group_id.clone());
        let query = StatusQuery { message_id, to };
        let request = Status::new(crate::world::id(), vec![query]);
        let status = usecases::status(app, &cx, alice, request).await.unwrap();
        let status = &status.statuses[0];
        assert_eq!(status.delivered, std::slice::from_ref(&dave.user_id));
        assert_eq!(status.waiting, [bob.user_id.clone(), carol.user_id.clone()]);
        jobs.push(world.stage.work().await.unwrap().len());
    }
    assert_eq!(jobs, [1, 0], "what is hidden is seen to, as well");
    let receipts = world.stage.sockets.got(&socket).receipts();
    assert_eq!(receipts.len(), 1, "{receipts:?}");
    assert_eq!(receipts[0].by_user_id, dave.user_id);
}

/// Whoever has gone since has taken their blocks along: nobody is told of them.
#[tokio::test]
async fn who_is_gone_when_the_sender_is_told_sends_no_receipt() {
    let world = World::of(3).await;
    let [alice, bob, carol] = &world.people[..] else {
        panic!()
    };
    let (app, cx) = (&world.stage.app, world.stage.app.context());
    block(&world.stage, bob, alice).await;
    let socket = world.stage.connect(alice).await.unwrap();
    world.send(alice, "Zm9v").await;
    world.stage.work().await.unwrap();
    for member in [bob, carol] {
        world.drain(member).await;
    }
    usecases::delete_account(app, &cx, bob).await.unwrap();
    world.stage.work().await.unwrap();
    let receipts = world.stage.sockets.got(&socket).receipts();
    assert_eq!(receipts.len(), 1, "{receipts:?}");
    assert_eq!(receipts[0].by_user_id, carol.user_id);
}

/// Whoever has the sender's number now has not sent it: they learn nothing, before the telling and after.
#[tokio::test]
async fn a_later_holder_of_the_senders_number_is_told_nothing() {
    let world = World::of(2).await;
    let [alice, bob] = &world.people[..] else {
        panic!()
    };
    let (message_id, _, _) = world.send(alice, "Zm9v").await;
    world.stage.work().await.unwrap();
    world.drain(bob).await;
    world.stage.clock.advance(1_000);
    let (new, _) = world.stage.register("+46700000000").await.unwrap();
    assert_eq!(new.user_id, alice.user_id);
    for _ in 0..2 {
        let to = Recipient::Group(world.group_id.clone());
        let query = StatusQuery { message_id, to };
        let request = Status::new(crate::world::id(), vec![query]);
        let (app, cx) = (&world.stage.app, world.stage.app.context());
        let status = usecases::status(app, &cx, &new, request).await.unwrap();
        assert_eq!(status.statuses[0].delivered, []);
        world.stage.work().await.unwrap();
    }
    assert!(world.drain(&new).await.receipts.is_empty());
}

#[tokio::test]
async fn a_sender_who_is_away_finds_the_receipts() {
    let world = World::of(3).await;
    let (_, _, _) = world.send(&world.people[0], "Zm9v").await;
    world.stage.work().await.unwrap();
    world.drain(&world.people[1]).await;
    world.drain(&world.people[2]).await;
    world.stage.work().await.unwrap();
    let receipts = world.drain(&world.people[0]).await.receipts;
    assert_eq!(receipts.len(), 2);
    assert!(world.drain(&world.people[0]).await.receipts.is_empty());
}

#[tokio::test]
async fn a_frame_of_messages_to_one_group_is_one_transaction_in_order() {
    let world = World::of(2).await;
    let messages: Vec<_> = (0..32).map(|_| world.message("Zm9v")).collect();
    let twice = vec![
        messages[0].clone(),
        messages[1].clone(),
        messages[0].clone(),
    ];
    let (sent, usage) = world.stage.send_all(&world.people[0], messages).await;
    let seqs: Vec<u64> = sent.results.iter().map(|it| seq(&it.outcome)).collect();
    assert_eq!(seqs, (1..=32).collect::<Vec<u64>>());
    assert!(usage.store_calls <= 3, "{usage:?}");
    let (sent, _) = world.stage.send_all(&world.people[0], twice).await;
    let seqs: Vec<u64> = sent.results.iter().map(|it| seq(&it.outcome)).collect();
    assert_eq!(seqs, [1, 2, 1]);
    world.stage.work().await.unwrap();
    assert_eq!(world.drain(&world.people[1]).await.messages.len(), 32);
}

#[tokio::test]
async fn who_is_no_member_or_writes_for_each_device_is_refused() {
    let world = World::of(2).await;
    let (stranger, _) = world.stage.register("+46709999999").await.unwrap();
    let refused = |outcome: SendOutcome| match outcome {
        SendOutcome::Refused { error } => error.code,
        other => panic!("{other:?}"),
    };
    let (_, outcome, _) = world.send(&stranger, "Zm9v").await;
    assert_eq!(refused(outcome), ErrorCode::NotFound);
    let mut message = world.message("Zm9v");
    message.payload = Payload::Contents(
        [(1, "Zm9v")]
            .into_iter()
            .map(|(id, text)| {
                (
                    heliograph_protocol::DeviceId::new(id).unwrap(),
                    text.to_owned(),
                )
            })
            .collect(),
    );
    let (sent, _) = world.stage.send_all(&world.people[0], vec![message]).await;
    assert_eq!(
        refused(sent.results[0].outcome.clone()),
        ErrorCode::BadRequest
    );
    assert_eq!(
        world.stage.store.inner.count(Table::Deliveries),
        1,
        "of the creation only"
    );
}

#[tokio::test]
async fn a_group_of_256_online_costs_what_the_design_says() {
    let world = World::of(256).await;
    for person in &world.people {
        world.stage.connect(person).await.unwrap();
    }
    world.stage.work().await.unwrap();
    // The second one: the first has read who is in the group.
    for _ in 0..2 {
        let (_, outcome, sent) = world.send(&world.people[0], &"Ab3/".repeat(256)).await;
        seq(&outcome);
        let carried = world.stage.work().await.unwrap();
        assert_eq!(carried.len(), 1);
        let carried = &carried[0];
        assert_eq!(carried.posts, 255);
        let write_units = sent.write_units + carried.write_units;
        let read_halves = sent.read_half_units + carried.read_half_units;
        assert!(write_units <= 264, "{sent:?} {carried:?}");
        assert!(read_halves <= 2 * 260, "{sent:?} {carried:?}");
        assert_eq!(sent.queue_requests + carried.queue_requests, 1);
    }
}

/// A sender who is away finds any number of receipts, page by page.
#[tokio::test]
async fn more_receipts_than_a_frame_holds_come_in_several() {
    let world = World::of(256).await;
    let (_, _, _) = world.send(&world.people[0], "Zm9v").await;
    world.stage.work().await.unwrap();
    for person in &world.people[1..] {
        let page = world.waits(person).await;
        let token = page.messages[0].ack_token.clone();
        for status in [ReceiptStatus::Delivered, ReceiptStatus::Read] {
            let acked = world.stage.ack(person, status, vec![token.clone()]);
            acked.await.unwrap();
        }
    }
    // All at once, as when the queue has stood still.
    let mut jobs = world.stage.jobs.take();
    jobs.truncate(1);
    let cx = world.stage.app.context();
    world.stage.app.queue.send(&cx, jobs).await.unwrap();
    world.stage.work().await.unwrap();
    let page = world.waits(&world.people[0]).await;
    let bytes = heliograph_protocol::json_bytes(&page);
    assert!(
        bytes < heliograph_protocol::limits::FRAME_BYTES_MAX,
        "{bytes}"
    );
    let receipts = world.drain(&world.people[0]).await.receipts;
    assert_eq!(receipts.len(), 510);
}

/// Who had a message and is gone does not count for those who wait for its content.
#[tokio::test]
async fn a_content_stays_until_the_last_of_those_who_are_there_has_it() {
    let world = World::of(3).await;
    let [alice, bob, carol] = &world.people[..] else {
        panic!()
    };
    let content = "Ab3/".repeat(10_000);
    world.send(alice, &content).await;
    let jobs = world.stage.jobs.take();
    let cx = world.stage.app.context();
    world.stage.app.queue.send(&cx, jobs.clone()).await.unwrap();
    world.stage.work().await.unwrap();
    world.drain(bob).await;
    world.stage.work().await.unwrap();
    usecases::delete_account(&world.stage.app, &cx, bob)
        .await
        .unwrap();
    // Carried once more, now that he is gone.
    world.stage.app.queue.send(&cx, jobs).await.unwrap();
    world.stage.work().await.unwrap();
    let got = world.drain(carol).await.messages;
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].content, content);
}

/// What a process had queued and not done is found by the next one, and by the one after that.
#[tokio::test]
async fn what_was_queued_is_found_after_any_restart() {
    let world = World::of(2).await;
    world.send(&world.people[0], "Zm9v").await;
    for down_ms in [0, 3_600_000, 10] {
        world.stage.jobs.take();
        world.stage.clock.advance(down_ms);
        let cx = world.stage.app.context();
        usecases::carry_left(&world.stage.app, &cx).await.unwrap();
    }
    world.stage.work().await.unwrap();
    assert_eq!(world.drain(&world.people[1]).await.messages.len(), 1);
    let cx = world.stage.app.context();
    usecases::carry_left(&world.stage.app, &cx).await.unwrap();
    let left = world.stage.jobs.take();
    let fan_outs = left.iter().filter(|job| job.group_id().is_some());
    assert_eq!(fan_outs.count(), 0, "the note is gone");
}
