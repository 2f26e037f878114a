//! The moment between a send's look at connections and its put: who connects and syncs then must be
//! looked for once more. Commits are kept long, so that the moment is; how often it is met is up to
//! the machine (the rule itself has a test without chance: `shared/domain/tests/delivery.rs`).

use heliograph_protocol::limits::MESSAGES_PER_FRAME_MAX;
use heliograph_tests::{OneMachine, Person, message};

#[tokio::test]
async fn who_connects_and_syncs_while_a_message_is_being_stored_gets_it() {
    let machine = OneMachine::start(&["--dev", "--no-limits"]).await;
    let (alice, bob) = (machine.person("alice").await, machine.person("bob").await);
    let (carol, dave) = (machine.person("carol").await, machine.person("dave").await);
    let noise = tokio::spawn(keep_the_store_busy(carol, dave));

    let mut a = alice.connect().await;
    for round in 0..200 {
        let text = format!("round {round}");
        let comes = async {
            // The send is on its way; later and later in it.
            for _ in 0..round % 10 {
                tokio::task::yield_now().await;
            }
            let mut b = bob.connect().await;
            let synced = b.drain().await;
            (b, synced)
        };
        let (sent, (mut b, synced)) = tokio::join!(a.send(&bob, &text), comes);
        let (id, _) = sent.accepted();
        let got = match synced.into_iter().next() {
            Some(synced) => synced,
            None => {
                let pushed = b.next_message().await;
                b.delivered(std::slice::from_ref(&pushed)).await;
                pushed
            }
        };
        assert_eq!(got.message_id, id, "{text}");
        b.close().await;
    }
    noise.abort();
}

async fn keep_the_store_busy(from: Person, to: Person) {
    let mut socket = from.connect().await;
    let content = "x".repeat(3000);
    loop {
        let frame = (0..MESSAGES_PER_FRAME_MAX).map(|_| message(&to, content.as_str()));
        socket.send_all(frame.collect()).await;
    }
}
