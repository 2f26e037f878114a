//! Programs of the client that are killed.

use heliograph_tests::{OneMachine, killed_conversation};

#[tokio::test]
async fn each_message_is_in_each_history_once() {
    let machine = OneMachine::start(&["--dev", "--no-limits"]).await;
    let kills = killed_conversation(machine.site(), 1, 2_000).await;
    assert!(kills > 4, "{kills} kills");
}
