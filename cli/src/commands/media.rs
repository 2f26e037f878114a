//! Files.

use super::{chat, settle};
use crate::args::{In, Media};
use crate::print::Printer;
use anyhow::{Context, Result, bail};
use heliograph_client::client::{Client, Event, Events, Says};
use heliograph_client::content::{self, Body};
use heliograph_client::history::Position;
use heliograph_client::media::transfer::{About, Event as TransferEvent, JobId, RetryReason};
use heliograph_protocol::MessageId;
use heliograph_protocol::request::Recipient;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::path::{Path, PathBuf};

/// How many messages are looked through at a time.
const PAGE: usize = 100;

pub(super) async fn run(
    client: &Client,
    events: Events,
    command: Media,
    out: Printer,
) -> Result<()> {
    match command {
        Media::Send { to, file, caption } => {
            let to = chat(client, &to).await?;
            send(client, events, (&to, &file, caption.as_deref()), out).await
        }
        Media::Get { of, message_id, to } => get(client, events, (&of, &message_id, to), out).await,
    }
}

async fn send(
    client: &Client,
    mut events: Events,
    (to, file, caption): (&Recipient, &Path, Option<&str>),
    out: Printer,
) -> Result<()> {
    let id = client.send_file(to, file, caption).await?;
    let own = client.address().user_id.clone();
    let bar = bar(out);
    let mut message_id = None;
    // The message is told of before the transfer's end.
    loop {
        match events.next().await.context("the client has ended")? {
            Event::Message { message, .. } if message.author == own => {
                message_id = Some(message.position.message_id);
            }
            Event::Transfer(event) => match goes_on(&event, id, &bar)? {
                Going::On => {}
                Going::Done => break,
            },
            Event::NotSent { id: it } if it == id => bail!("you are not in this group any more"),
            Event::SignedOut(why) => bail!("signed out: {why}"),
            _ => {}
        }
    }
    bar.finish_and_clear();
    settle(client).await?;
    out.line(&json!({"message_id": message_id}), "sent");
    Ok(())
}

async fn get(
    client: &Client,
    mut events: Events,
    (of, message_id, to): (&In, &str, Option<PathBuf>),
    out: Printer,
) -> Result<()> {
    let message_id = message_id.parse().context("not the id of a message")?;
    let media = find(client, &chat(client, of).await?, message_id).await?;
    let to = place(&media.attachment.about, to)?;
    let id = client.get_file(&media, &to).await?;
    let bar = bar(out);
    loop {
        match events.next().await.context("the client has ended")? {
            Event::Transfer(event) => match goes_on(&event, id, &bar)? {
                Going::On => {}
                Going::Done => break,
            },
            Event::SignedOut(why) => bail!("signed out: {why}"),
            _ => {}
        }
    }
    bar.finish_and_clear();
    out.line(&json!({"file": to}), &to.display().to_string());
    Ok(())
}

/// Says where a file goes: nothing that is there already is replaced, unless it is said by name.
fn place(about: &About, to: Option<PathBuf>) -> Result<PathBuf> {
    let named = |folder: PathBuf| {
        let name = about.safe_name().unwrap_or_else(|| "file".to_owned());
        let path = folder.join(name);
        match path.exists() {
            true => bail!("{} is there already: say where to", path.display()),
            false => Ok(path),
        }
    };
    match to {
        None => named(std::env::current_dir().context("no folder here")?),
        Some(folder) if folder.is_dir() => named(folder),
        Some(file) => Ok(std::path::absolute(file)?),
    }
}

/// Finds the file that a message of a chat tells of.
async fn find(client: &Client, chat: &Recipient, message_id: MessageId) -> Result<content::Media> {
    let mut before: Option<Position> = None;
    loop {
        let page = client.messages(chat, before, PAGE).await?;
        let Some(first) = page.first() else {
            bail!("there is no such message in this chat");
        };
        before = Some(first.position);
        let mut named = page
            .iter()
            .filter(|it| it.position.message_id == message_id);
        if let Some(message) = named.next() {
            return match &message.says {
                Says::Content(Body::Media(media)) => Ok((**media).clone()),
                _ => bail!("this message tells of no file"),
            };
        }
    }
}

/// Says whether a transfer goes on.
enum Going {
    On,
    Done,
}

fn goes_on(event: &TransferEvent, id: JobId, bar: &ProgressBar) -> Result<Going> {
    match event {
        TransferEvent::Progress {
            id: it,
            done_bytes,
            total_bytes,
        } if *it == id => {
            bar.set_length(*total_bytes);
            bar.set_position(*done_bytes);
        }
        TransferEvent::Waiting {
            id: it, because, ..
        } if *it == id => bar.set_message(waits(because)),
        TransferEvent::Uploaded { id: it, .. } | TransferEvent::Downloaded { id: it, .. }
            if *it == id =>
        {
            return Ok(Going::Done);
        }
        TransferEvent::Failed { id: it, error } if *it == id => {
            bar.abandon();
            bail!("given up: {error}");
        }
        _ => {}
    }
    Ok(Going::On)
}

fn waits(because: &RetryReason) -> String {
    format!("waiting: {because}")
}

/// Shows how far it is, on the error output where that is a terminal.
fn bar(out: Printer) -> ProgressBar {
    if out.json {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes} {eta} {msg}");
    let bar = ProgressBar::new(0);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
