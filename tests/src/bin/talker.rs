//! Writes so many messages to somebody, and waits for as many of theirs: a program to be killed.

use clap::Parser;
use heliograph_client::client::{Client, Event};
use heliograph_protocol::UserId;
use heliograph_protocol::request::Recipient;
use heliograph_tests::{Addresses, config};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Takes up a conversation where the process before has left it.
#[derive(Debug, Parser)]
struct Args {
    http: String,
    ws: String,
    /// The phone's folder
    folder: PathBuf,
    /// Whom to talk to
    with: UserId,
    /// How many messages each writes
    count: usize,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let args = Args::parse();
    let addresses = Addresses {
        http: args.http,
        ws: args.ws,
        sms: String::new(),
    };
    let opened = Client::open(config(addresses, &args.folder)).await;
    let (client, mut events) = opened.expect("it is registered");
    let chat = Recipient::User(args.with.clone());
    let read = || async {
        let page = client.messages(&chat, None, usize::MAX).await;
        page.expect("the store is read")
            .into_iter()
            .map(|it| (it.position.message_id, it.author))
            .partition::<BTreeMap<_, _>, _>(|(_, author)| *author == args.with)
    };
    let (mut heard, own) = read().await;
    for number in own.len()..args.count {
        let sent = client.send_text(&args.with, &number.to_string()).await;
        sent.expect("it is written");
    }
    while heard.len() < args.count {
        match events.next().await.expect("the client has not ended") {
            Event::Message { message, .. } if message.author == args.with => {
                heard.insert(message.position.message_id, message.author);
            }
            Event::Missed => (heard, _) = read().await,
            _ => {}
        }
    }
    client.settled().await.expect("the store is read");
}
