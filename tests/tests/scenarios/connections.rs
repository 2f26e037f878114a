//! Sockets that come and go.

use heliograph_protocol::MessageId;
use heliograph_tests::{Deployment, scenarios};

scenarios!(
    a_second_connection_displaces_the_first,
    no_wake_up_is_lost_between_connecting_and_syncing,
    sockets_that_were_left_open_do_no_harm,
);

async fn a_second_connection_displaces_the_first(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let mut a = alice.connect().await;
    let mut first = bob.connect().await;
    let mut second = bob.connect().await;
    first.is_displaced().await;
    first.is_closed().await;

    a.send(&bob, "to the second").await.accepted();
    assert_eq!(second.next_message().await.content, "to the second");
    second.ping().await;
}

/// Bob connects and syncs once while Alice sends: by one way or the other he gets every message.
async fn no_wake_up_is_lost_between_connecting_and_syncing(stack: Deployment) {
    let rounds = match stack {
        Deployment::OneMachine(_) => 100,
        Deployment::Aws(_) => 10,
    };
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let mut a = alice.connect().await;
    for round in 0..rounds {
        let text = format!("round {round}");
        let comes = async {
            let mut b = bob.connect().await;
            let synced = b.drain().await;
            (b, synced)
        };
        let sends = async {
            // Later and later within the other's connecting.
            for _ in 0..round % 20 {
                tokio::task::yield_now().await;
            }
            a.send(&bob, &text).await.accepted().0
        };
        let ((mut b, synced), id) = tokio::join!(comes, sends);
        let synced: Vec<MessageId> = synced.iter().map(|it| it.message_id).collect();
        if synced.is_empty() {
            let pushed = b.next_message().await;
            assert_eq!(pushed.message_id, id, "{text}");
            b.delivered(&[pushed]).await;
        } else {
            assert_eq!(synced, [id], "{text}");
        }
        b.close().await;
    }
}

/// A client that vanishes without a close, again and again.
async fn sockets_that_were_left_open_do_no_harm(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let mut a = alice.connect().await;
    let mut ids = Vec::new();
    for round in 0..10 {
        drop(bob.connect().await);
        ids.push(a.send(&bob, &format!("{round}")).await.accepted().0);
    }
    let mut b = bob.connect().await;
    let got: Vec<MessageId> = b.drain().await.iter().map(|it| it.message_id).collect();
    assert_eq!(got, ids);
}
