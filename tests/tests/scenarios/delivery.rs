//! What becomes of messages that are not quite ordinary.

use heliograph_protocol::limits::{CONTENT_BYTES_MAX, FRAME_BYTES_MAX};
use heliograph_protocol::request::OutgoingMessage;
use heliograph_protocol::{DeviceId, ErrorCode, MessageId, UserId};
use heliograph_tests::{Deployment, message, message_id_at, now_ms, scenarios};
use std::collections::{BTreeMap, BTreeSet};

scenarios!(
    a_message_id_sent_twice_is_one_message,
    a_message_id_of_somebody_else_is_another_message,
    an_ephemeral_message_reaches_only_who_is_connected,
    contents_are_for_exactly_the_recipients_devices,
    ids_from_far_away_in_time_are_refused,
    nobody_gets_messages_to_nobody,
    big_messages_come_page_by_page,
    a_message_that_would_not_fit_a_frame_is_too_large,
    any_text_comes_as_it_was_sent,
);

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

async fn a_message_id_sent_twice_is_one_message(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let mut a = alice.connect().await;
    let first = message(&bob, "first");
    let again = OutgoingMessage {
        payload: "second".into(),
        ..first.clone()
    };
    let accepted = a.send_one(first).await.accepted();
    assert_eq!(a.send_one(again.clone()).await.accepted(), accepted);

    // Twice in one frame, and on another connection.
    let mut a = alice.connect().await;
    for sent in a.send_all(vec![again.clone(), again.clone()]).await {
        assert_eq!(sent.accepted(), accepted);
    }

    // To who is connected it may come again, under the same id, and still is stored once.
    let mut b = bob.connect().await;
    assert_eq!(a.send_one(again).await.accepted(), accepted);
    let got = b.drain().await;
    assert_eq!(got.len(), 1);
    assert_eq!(
        (got[0].message_id, got[0].content.as_str()),
        (accepted.0, "first")
    );
    assert!(b.unseen().iter().all(|it| it.message_id == accepted.0));
    b.has_empty_inbox().await;
}

async fn a_message_id_of_somebody_else_is_another_message(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let eve = stack.person("eve").await;
    let (mut a, mut e) = (alice.connect().await, eve.connect().await);
    let original = message(&bob, "mine");
    a.send_one(original.clone()).await.accepted();
    e.send_one(original).await.accepted();
    let mut b = bob.connect().await;
    let got = b.drain().await;
    let from: BTreeSet<&UserId> = got.iter().map(|it| &it.from_user_id).collect();
    assert_eq!(from, BTreeSet::from([alice.user_id(), eve.user_id()]));
    assert_eq!(got.len(), 2);
    b.has_empty_inbox().await;
}

async fn an_ephemeral_message_reaches_only_who_is_connected(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let mut a = alice.connect().await;
    let typing = || message(&bob, "typing").ephemeral(true);

    a.send_one(typing()).await.accepted();
    let mut b = bob.connect().await;
    b.has_empty_inbox().await;

    let (id, _) = a.send_one(typing()).await.accepted();
    assert_eq!(b.next_message().await.message_id, id);
    b.has_empty_inbox().await;
}

async fn contents_are_for_exactly_the_recipients_devices(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let device = |number| DeviceId::new(number).unwrap();
    let contents = |numbers: &[u8]| -> BTreeMap<DeviceId, String> {
        let content = |number: &u8| (device(*number), format!("for {number}"));
        numbers.iter().map(content).collect()
    };

    for (named, missing, extra) in [
        (vec![2], vec![1], vec![2]),
        (vec![1, 2, 127], vec![], vec![2, 127]),
        (vec![], vec![1], vec![]),
    ] {
        let sent = a.send_one(message(&bob, contents(&named))).await;
        let error = sent.refused(ErrorCode::MismatchedDevices);
        let differs = error.devices.unwrap();
        let numbers = |ids: &[DeviceId]| ids.iter().map(|id| id.get()).collect::<Vec<_>>();
        assert_eq!(numbers(&differs.missing), missing);
        assert_eq!(numbers(&differs.extra), extra);
        assert!(differs.stale.is_empty());
    }
    b.has_empty_inbox().await;

    a.send_one(message(&bob, contents(&[1]))).await.accepted();
    assert_eq!(b.next_message().await.content, "for 1");
}

async fn ids_from_far_away_in_time_are_refused(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let mut a = alice.connect().await;
    let at = |created_at| {
        let id = message_id_at(created_at);
        OutgoingMessage::new(id, bob.user_id().clone(), "when?")
    };
    let minute = 60_000;
    let sent = a
        .send_all(vec![
            at(now_ms() + DAY_MS + minute),
            at(now_ms() + DAY_MS - minute),
            at(now_ms() - 30 * DAY_MS - minute),
            at(now_ms() - 30 * DAY_MS + minute),
            at(0),
            at((1 << 48) - 1),
        ])
        .await;
    let mut accepted: Vec<MessageId> = Vec::new();
    for (index, sent) in sent.into_iter().enumerate() {
        match index {
            1 | 3 => accepted.push(sent.accepted().0),
            _ => drop(sent.refused(ErrorCode::BadRequest)),
        }
    }
    accepted.sort();
    let got = bob.connect().await.drain().await;
    let got: Vec<MessageId> = got.into_iter().map(|it| it.message_id).collect();
    assert_eq!(
        got, accepted,
        "one that is refused does not keep the others back"
    );
}

async fn nobody_gets_messages_to_nobody(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let nobody: UserId = "nobody".parse().unwrap();
    let group: heliograph_protocol::GroupId = "nothing".parse().unwrap();
    let mut to_nobody = message(&bob, "anybody?");
    to_nobody.to = nobody.into();
    let mut to_no_group = message(&bob, "anybody?");
    to_no_group.to = group.into();
    let mut sent = a
        .send_all(vec![to_nobody, to_no_group, message(&bob, "you?")])
        .await;
    sent.pop().unwrap().accepted();
    for sent in sent {
        sent.refused(ErrorCode::NotFound);
    }
    assert_eq!(b.next_message().await.content, "you?");
}

/// Pages hold as many as a frame of 128 KB does, and no message is too big for one.
async fn big_messages_come_page_by_page(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let mut a = alice.connect().await;
    let content = |size: usize| "a".repeat(size);
    let sizes = [100_000, 60_000, 60_000, 60_000, 10, 120_000];
    for size in sizes {
        a.send(&bob, &content(size)).await.accepted();
    }
    let mut b = bob.connect().await;
    let got: Vec<usize> = b.drain().await.iter().map(|it| it.content.len()).collect();
    assert_eq!(got, sizes);

    for size in sizes {
        a.send(&bob, &content(size)).await.accepted();
        assert_eq!(b.next_message().await.content.len(), size);
    }
}

/// On its way out a message has more around it than on its way in; what is accepted can be delivered.
async fn a_message_that_would_not_fit_a_frame_is_too_large(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let largest = "a".repeat(CONTENT_BYTES_MAX - 2);
    a.send(&bob, &largest).await.accepted();
    assert_eq!(b.next_message().await.content.len(), largest.len());
    assert_eq!(b.drain().await.len(), 1);

    let too_large = [
        "a".repeat(CONTENT_BYTES_MAX - 1),
        "a".repeat(FRAME_BYTES_MAX - 300),
        "\u{1}".repeat(CONTENT_BYTES_MAX / 6 + 1),
    ];
    for text in too_large {
        a.send(&bob, &text).await.refused(ErrorCode::TooLarge);
    }
    b.has_empty_inbox().await;
    assert_eq!(b.unseen().len(), 0);
}

/// Content is opaque: base64 or not, it is given back unchanged.
async fn any_text_comes_as_it_was_sent(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let mut a = alice.connect().await;
    let texts = [
        "",
        "aGVsaW9ncmFwaA",
        "aGVsaW9ncmFwaA==",
        "aB",
        "\0\u{1}\"\\\n",
        "\u{1F4A1} ☀ naïve",
        "{\"event\":\"displaced\"}",
        "null",
    ];
    for text in texts {
        a.send(&bob, text).await.accepted();
    }
    let got = bob.connect().await.drain().await;
    let got: Vec<&str> = got.iter().map(|it| it.content.as_str()).collect();
    assert_eq!(got, texts);
}
