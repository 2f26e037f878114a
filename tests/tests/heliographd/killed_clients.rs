//! Programs of the client that are killed.

use heliograph_tests::{Killed, OneMachine, killed_conversation};

#[tokio::test]
async fn each_message_is_in_each_history_once() {
    let machine = OneMachine::start(&["--dev", "--no-limits"]).await;
    let killed = killed_conversation(machine.site(), 1, 2_000).await;
    assert!(killed.kills > 4, "{killed:?}");
    let kills = killed.kills;
    let expected = Killed {
        kills,
        ..Killed::default()
    };
    assert_eq!(killed, expected);
}
