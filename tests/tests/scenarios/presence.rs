//! Who is there, and who may know.

use heliograph_protocol::people::{Audience, Presence};
use heliograph_protocol::request::{OutgoingMessage, PresenceSubscribe, PrivacySet};
use heliograph_protocol::{ErrorCode, RequestId};
use heliograph_tests::{Deployment, OneMachine, Person, Socket, message_id, scenarios};
use serde_json::json;
use std::time::Duration;

scenarios!(
    who_comes_and_goes_is_told_to_who_watches,
    presence_is_shown_as_both_sides_say,
    typing_goes_where_presence_goes,
    a_socket_that_ended_without_a_word_is_found_by_the_next_post,
    a_socket_that_ended_without_a_word_ends_with_its_lease,
    bad_calls_about_presence_change_nothing,
);

/// How long a connection counts that nobody has ended.
const LEASE: Duration = Duration::from_secs((2 * 60 + 5) * 60);
/// How soon a sweep comes, and what it finds is told.
const SWEPT_WITHIN: Duration = Duration::from_secs(90);

async fn who_comes_and_goes_is_told_to_who_watches(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let mut a = alice.connect().await;
    let asked = a.watch(&[&bob, &alice]).await;
    assert_eq!((asked[0].online, asked[0].last_seen), (Some(false), None));
    assert_eq!(asked[1].online, Some(true));

    let mut b = bob.connect().await;
    let mut on = a.next_presence().await;
    if &on.user_id == alice.user_id() {
        // The word of her own coming was late.
        on = a.next_presence().await;
    }
    assert_eq!((&on.user_id, on.online), (bob.user_id(), Some(true)));
    // A new connection takes the place of the old: nobody has gone.
    let newer = bob.connect().await;
    b.is_closed().await;
    newer.close().await;
    let off = a.next_presence().await;
    assert_eq!(off.online, Some(false));
    assert!(off.last_seen.is_some());
    assert_eq!(a.watch(&[&bob]).await, [off]);

    a.unwatch(&[&bob]).await;
    let b = bob.connect().await;
    b.close().await;
    a.ping().await;
    assert_eq!(a.unseen_presence(), []);
}

async fn set(socket: &mut Socket, online: Audience, last_seen: Audience) {
    let set = |id: RequestId| PrivacySet {
        id,
        online: Some(online),
        last_seen: Some(last_seen),
        read_receipts: None,
        photo: None,
        group_add: None,
    };
    socket.ask(set).await.outcome.expect("settings are taken");
}

async fn presence_is_shown_as_both_sides_say(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (carol, dave) = (stack.person("carol").await, stack.person("dave").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let (mut c, mut d) = (carol.connect().await, dave.connect().await);
    set(&mut b, Audience::Contacts, Audience::Nobody).await;
    let known = [(&alice.number, "Alice"), (&dave.number, "Dave")];
    b.put_numbers(&known).await;
    for friend in [&mut a, &mut d] {
        assert_eq!(friend.watch(&[&bob]).await[0].online, Some(true));
    }
    let stranger = c.watch(&[&bob]).await.remove(0);
    assert_eq!((stranger.online, stranger.last_seen), (None, None));

    b.close().await;
    for friend in [&mut a, &mut d] {
        let off = is_told(friend, false).await;
        assert_eq!(off.last_seen, None);
    }
    // Who hides does not see, from then on and while they watch.
    set(&mut a, Audience::Nobody, Audience::Everyone).await;
    let mut b = bob.connect().await;
    is_told(&mut d, true).await;
    assert_eq!(a.watch(&[&bob]).await[0].online, None);
    set(&mut a, Audience::Everyone, Audience::Everyone).await;
    assert_eq!(a.watch(&[&bob]).await[0].online, Some(true));
    // A block is asked for with every change, not only when somebody begins to watch.
    b.block(&alice).await;
    b.close().await;
    is_told(&mut d, false).await;
    for socket in [&mut a, &mut c] {
        socket.ping().await;
        assert_eq!(socket.unseen_presence(), []);
    }
    assert_eq!(a.watch(&[&bob]).await[0].online, None);
}

/// Waits for the word that somebody is online or not; the same word may come twice.
async fn is_told(socket: &mut Socket, online: bool) -> Presence {
    loop {
        let presence = socket.next_presence().await;
        if presence.online == Some(online) {
            return presence;
        }
    }
}

fn typing(to: &Person) -> OutgoingMessage {
    OutgoingMessage::new(message_id(), to.user_id().clone(), "dHlwaW5n").ephemeral(true)
}

async fn typing_goes_where_presence_goes(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    a.send_one(typing(&bob)).await.accepted();
    assert_eq!(b.next_message().await.content, "dHlwaW5n");
    set(&mut a, Audience::Nobody, Audience::Everyone).await;
    a.send_one(typing(&bob)).await.accepted();
    a.send(&bob, "hello").await.accepted();
    assert_eq!(b.next_message().await.content, "hello");
    set(&mut a, Audience::Everyone, Audience::Everyone).await;
    b.close().await;
    a.send_one(typing(&bob)).await.accepted();
    let mut b = bob.connect().await;
    let waiting = b.drain().await;
    assert_eq!(waiting.len(), 1, "typing is never stored");
}

/// One machine that does not say when a socket has ended; the local API Gateway always does.
async fn without_disconnects(stack: Deployment) -> Deployment {
    match stack {
        Deployment::OneMachine(_) => Deployment::OneMachine(
            OneMachine::start(&["--dev", "--no-limits", "--faults", "lose-disconnect=1"]).await,
        ),
        aws @ Deployment::Aws(_) => aws,
    }
}

/// `$disconnect` is best effort: whoever posts to what is left finds out, and who watches is told.
async fn a_socket_that_ended_without_a_word_is_found_by_the_next_post(stack: Deployment) {
    let stack = without_disconnects(stack).await;
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let mut a = alice.connect().await;
    match &stack {
        Deployment::OneMachine(machine) => {
            bob.connect().await.close().await;
            // A socket that is gone so soon may be one that is still opening.
            machine.advance_clock(Duration::from_secs(30)).await;
        }
        Deployment::Aws(aws) => aws.leave_connection(&bob).await,
    }
    assert_eq!(a.watch(&[&bob]).await[0].online, Some(true));
    a.send(&bob, "are you there?").await.accepted();
    assert_eq!(a.next_presence().await.online, Some(false));
    assert_eq!(a.watch(&[&bob]).await[0].online, Some(false));
}

/// Nobody posts to it: the sweep tells who watches when the longest that a socket may live is over.
async fn a_socket_that_ended_without_a_word_ends_with_its_lease(stack: Deployment) {
    let stack = without_disconnects(stack).await;
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let mut a = match &stack {
        Deployment::OneMachine(machine) => {
            let mut a = alice.connect().await;
            bob.connect().await.close().await;
            assert_eq!(a.watch(&[&bob]).await[0].online, Some(true));
            machine.advance_clock(LEASE / 2).await;
            // Her own connection lives no longer either.
            let mut alice = alice.clone();
            alice.refresh().await.unwrap();
            let mut a = alice.connect().await;
            assert_eq!(a.watch(&[&bob]).await[0].online, Some(true));
            machine.advance_clock(LEASE / 2).await;
            a
        }
        Deployment::Aws(aws) => {
            let mut a = alice.connect().await;
            a.watch(&[&bob]).await;
            aws.leave_lease(&bob).await;
            aws.invoke("sweep").await;
            a
        }
    };
    let gone = a.next_presence_within(SWEPT_WITHIN).await;
    assert_eq!((&gone.user_id, gone.online), (bob.user_id(), Some(false)));
}

async fn bad_calls_about_presence_change_nothing(stack: Deployment) {
    let alice = stack.person("alice").await;
    let mut a = alice.connect().await;
    let nobody: heliograph_protocol::UserId = "nobody".parse().unwrap();
    let user_ids = vec![nobody; 3];
    let asked = a.ask(|id| PresenceSubscribe { id, user_ids }).await;
    let asked: heliograph_protocol::reply::PresenceSubscribeOk = asked.ok();
    assert_eq!(asked.presence.len(), 3);
    assert!(asked.presence.iter().all(|it| it.online.is_none()));
    for body in [
        json!({"action": "presence.subscribe", "id": "1"}),
        json!({"action": "presence.subscribe", "id": "1", "user_ids": []}),
        json!({"action": "presence.subscribe", "id": "1", "user_ids": vec!["u"; 257]}),
        json!({"action": "presence.subscribe", "id": "1", "user_ids": ["no id!"]}),
        json!({"action": "presence.unsubscribe", "id": "1", "user_ids": "u"}),
        json!({"action": "push.register", "id": "1", "kind": "web"}),
        json!({"action": "push.register", "id": "1", "kind": "pigeon", "token": "x"}),
        json!({"action": "push.register", "id": "1", "kind": "web", "endpoint": "http://127.0.0.1:9001/",
               "keys": {"p256dh": "AAAA", "auth": "AAAA"}}),
        json!({"action": "push.register", "id": "1", "kind": "fcm", "token": "no app of that kind"}),
    ] {
        let error = a.say(&body.to_string()).await.error();
        assert_eq!(error.code, ErrorCode::BadRequest, "{body}");
    }
    let error = a
        .say(r#"{"action":"presence.levitate","id":"1"}"#)
        .await
        .error();
    assert_eq!(error.code, ErrorCode::BadRequest);
}
