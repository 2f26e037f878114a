//! Sending something, and waiting until the server has it.

use crate::print::{Printer, status};
use anyhow::{Result, bail};
use heliograph_client::client::{Client, Event, Events};
use heliograph_client::content::Body;
use heliograph_client::store::messages::Status;
use heliograph_protocol::request::Recipient;
use serde_json::json;
use std::io::Read;
use std::time::Duration;
use tokio::time::timeout;

/// Gives a text as it was said, or from the standard input.
pub(super) fn text(text: &str) -> Result<String> {
    if text != "-" {
        return Ok(text.to_owned());
    }
    let mut read = String::new();
    std::io::stdin().read_to_string(&mut read)?;
    Ok(read.trim_end().to_owned())
}

pub(super) async fn send(
    client: &Client,
    mut events: Events,
    (to, says): (&Recipient, Body),
    wait: Duration,
    out: Printer,
) -> Result<()> {
    let message_id = client.send(to, says).await?;
    let settled = async {
        loop {
            match events.next().await {
                Some(Event::Progress {
                    message_id: of,
                    status,
                    ..
                }) if of == message_id => return Some(status),
                Some(event @ (Event::KeysChanged { .. } | Event::Unreachable { .. })) => {
                    out.event(&event, &client.address().user_id);
                }
                Some(_) => {}
                None => return None,
            }
        }
    };
    let at = timeout(wait, settled).await.ok().flatten();
    let at = at.unwrap_or(Status::Pending);
    let json = json!({"message_id": message_id, "status": status(at)});
    match at {
        Status::Refused => {
            bail!("the server refused it: is there such a user, or may you write in this group?")
        }
        Status::Pending => out.line(&json, "kept: it goes out with the next connection"),
        _ => out.line(&json, "sent"),
    }
    Ok(())
}
