//! Two people talk on a running deployment, and what they do is printed line by line.

use clap::Parser;
use heliograph_protocol::event::{Envelope, Receipt};
use heliograph_protocol::request::ReceiptStatus;
use heliograph_tests::{Addresses, Person, Site, Socket};
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
        "Contents here are plain text; the client library encrypts them end to end.",
    );
    let alice = register(site, "Alice").await;
    let bob = register(site, "Bob").await;
    let mut a = connect(&alice).await;
    let mut b = connect(&bob).await;

    send(&mut a, &bob, "hi Bob").await;
    let hi = receive(&mut b, &bob).await;
    read(&mut b, &mut a, &alice, &[hi]).await;
    send(&mut b, &alice, "hi Alice, off to the train").await;
    let answer = receive(&mut a, &alice).await;
    read(&mut a, &mut b, &bob, &[answer]).await;

    b.close().await;
    say("Bob", "goes offline");
    for text in [
        "which train?",
        "I could pick you up",
        "or bring an umbrella",
    ] {
        send(&mut a, &bob, text).await;
    }
    let mut b = connect(&bob).await;
    let missed = b.sync(None).await.messages;
    say("Bob", &format!("finds {} messages:", missed.len()));
    for message in &missed {
        say("Bob", &format!("← {}", message.content));
    }
    read(&mut b, &mut a, &alice, &missed).await;
    b.has_empty_inbox().await;
    say(
        "",
        "Bob's inbox is empty: the server keeps nothing of what was delivered.",
    );
}

async fn register(site: &Arc<Site>, name: &str) -> Person {
    let person = Person::register(site, name).await;
    say(name, "registers with a code from a text message");
    person
}

async fn connect(person: &Person) -> Socket {
    let socket = person.connect().await;
    say(&person.name, "is online");
    socket
}

async fn send(from: &mut Socket, to: &Person, text: &str) {
    from.send(to, text).await.accepted();
    say(from.name(), &format!("→ {text}   ✓ stored"));
}

async fn receive(socket: &mut Socket, person: &Person) -> Envelope {
    let message = socket.next_message().await;
    say(&person.name, &format!("← {}", message.content));
    message
}

/// The reader acks and reads; the sender sees a receipt for each.
async fn read(reader: &mut Socket, sender: &mut Socket, to: &Person, messages: &[Envelope]) {
    reader.delivered(messages).await;
    reader.read(messages).await;
    for _ in 0..2 * messages.len() {
        let Receipt {
            message_id, status, ..
        } = sender.next_receipt().await;
        let message = messages.iter().find(|it| it.message_id == message_id);
        let text = message.map_or("?", |it| &it.content);
        let ticks = match status {
            ReceiptStatus::Delivered => "✓✓ delivered",
            ReceiptStatus::Read => "✓✓ read",
        };
        say(&to.name, &format!("  {text}   {ticks}"));
    }
}

/// The test client panics where something is not as it should be; who watches needs only to know what.
#[expect(clippy::print_stderr, reason = "what this program is for")]
fn give_up(why: Option<&str>) {
    eprintln!("demo: {}", why.unwrap_or("it failed"));
    std::process::exit(1);
}

#[expect(clippy::print_stdout, reason = "what this program is for")]
fn say(name: &str, text: &str) {
    println!("{name:>6}  {text}");
}
