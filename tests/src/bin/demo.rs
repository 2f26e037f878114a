//! Two people talk on a running deployment, and what they do is printed line by line.

use clap::Parser;
use heliograph_client::store::messages::Status;
use heliograph_protocol::MessageId;
use heliograph_protocol::request::Recipient;
use heliograph_tests::{Addresses, Phone, Site};
use std::sync::Arc;
use std::time::Duration;

/// Lets Alice and Bob register, talk, miss each other and catch up.
#[derive(Debug, Parser)]
#[command(name = "demo")]
struct Args {
    /// Where HTTP calls go, e.g. http://127.0.0.1:8080
    http: String,

    /// Where sockets are opened, e.g. ws://127.0.0.1:8080/ws
    ws: String,

    /// Who tells the code of a text message; {http}/dev/sms when not given
    #[arg(long, value_name = "URL")]
    sms_url: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    std::panic::set_hook(Box::new(|panic| give_up(panic.payload_as_str())));
    let args = Args::parse();
    let sms = args.sms_url.unwrap_or(format!("{}/dev/sms", args.http));
    let (http, ws) = (args.http, args.ws);
    let addresses = Addresses { http, ws, sms };
    talk(&Arc::new(Site::new(addresses, Duration::from_secs(60)))).await;
}

async fn talk(site: &Arc<Site>) {
    say(
        "",
        "What they write is encrypted on one phone and opened on the other: the server cannot read it.",
    );
    let mut alice = register(site, "Alice").await;
    let mut bob = register(site, "Bob").await;

    let hi = write("Alice", &alice, &bob, "hi Bob").await;
    hear("Bob", &mut bob, &alice, 1).await;
    ticks("Alice", &mut alice, &[hi]).await;
    let answer = write("Bob", &bob, &alice, "hi Alice, off to the train").await;
    hear("Alice", &mut alice, &bob, 1).await;
    ticks("Bob", &mut bob, &[answer]).await;

    bob.end().await;
    say("Bob", "switches his phone off");
    let mut missed = Vec::new();
    for text in [
        "which train?",
        "I could pick you up",
        "or bring an umbrella",
    ] {
        missed.push(write("Alice", &alice, &bob, text).await);
    }
    bob.open().await;
    say("Bob", "switches it on again");
    hear("Bob", &mut bob, &alice, missed.len()).await;
    ticks("Alice", &mut alice, &missed).await;

    let number = alice.client().safety_number(&bob.user_id).await;
    let (number, _) = number.expect("they have talked");
    say(
        "",
        &format!(
            "Their safety number, the same on both phones: {}",
            number.digits()
        ),
    );
}

async fn register(site: &Arc<Site>, name: &str) -> Phone {
    let phone = Phone::register(site).await;
    say(name, "registers with a code from a text message");
    phone
}

async fn write(name: &str, from: &Phone, to: &Phone, text: &str) -> MessageId {
    let message_id = from.write(to, text).await;
    say(name, &format!("→ {text}"));
    message_id
}

/// Prints the next messages, and reads them.
async fn hear(name: &str, phone: &mut Phone, from: &Phone, count: usize) {
    for _ in 0..count {
        let message = phone.hears(from).await;
        say(name, &format!("← {}", message.says.text().unwrap_or("?")));
        let chat = Recipient::User(from.user_id.clone());
        let read = phone.client().mark_read(&chat, message.position).await;
        read.expect("it is noted");
    }
}

/// Waits until messages are read.
async fn ticks(name: &str, phone: &mut Phone, messages: &[MessageId]) {
    for message_id in messages {
        phone.sees(*message_id, Status::Read).await;
    }
    say(name, "  ✓✓ read");
}

/// The phones panic where something is not as it should be; who watches needs only to know what.
#[expect(clippy::print_stderr, reason = "what this program is for")]
fn give_up(why: Option<&str>) {
    eprintln!("demo: {}", why.unwrap_or("it failed"));
    std::process::exit(1);
}

#[expect(clippy::print_stdout, reason = "what this program is for")]
fn say(name: &str, text: &str) {
    println!("{name:>6}  {text}");
}
