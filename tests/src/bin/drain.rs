//! How fast a phone takes what waits for it: from opening the app until all is opened, stored and acked.

use clap::Parser;
use heliograph_client::store::messages::Status;
use heliograph_tests::{OneMachine, Phone};
use std::time::Instant;

/// Writes messages to a phone that is away, and takes the time that it takes them in.
#[derive(Debug, Parser)]
#[command(name = "drain")]
struct Args {
    /// How many messages wait
    #[arg(long, default_value_t = 10_000)]
    messages: usize,
    /// The phone has never answered, so each message begins the session anew
    #[arg(long)]
    unanswered: bool,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "what this program is for")]
async fn main() {
    let args = Args::parse();
    let machine = OneMachine::start(&["--dev", "--no-limits"]).await;
    let site = machine.site();
    let (mut alice, mut bob) = (Phone::register(site).await, Phone::register(site).await);
    if !args.unanswered {
        alice.write(&bob, "hello").await;
        bob.hears(&alice).await;
        bob.write(&alice, "hello").await;
        alice.hears(&bob).await;
        bob.client().settled().await.expect("the store is read");
    }
    let before = bob.chat(&alice).await.len();
    bob.end().await;
    let text = "x".repeat(200);
    let begun = Instant::now();
    let mut last = alice.write(&bob, &text).await;
    for _ in 1..args.messages {
        last = alice.write(&bob, &text).await;
    }
    alice.sees(last, Status::Accepted).await;
    let sent = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    bob.open().await;
    bob.has(&alice, before + args.messages).await;
    bob.client().settled().await.expect("the store is read");
    let drained = begun.elapsed().as_secs_f64();
    let names = match args.unanswered {
        true => ["send, unanswered", "drain, unanswered"],
        false => ["send", "drain"],
    };
    for (name, seconds) in std::iter::zip(names, [sent, drained]) {
        let messages = f64::from(u32::try_from(args.messages).expect("few enough"));
        let per_s = messages / seconds;
        println!(r#"{{"name":"{name}","unit":"messages/s","value":{per_s:.0}}}"#);
    }
}
