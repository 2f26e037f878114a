//! All that was said in a chat.

use crate::print::Printer;
use anyhow::Result;
use heliograph_client::client::Client;
use heliograph_protocol::request::Recipient;

/// How many messages are read at a time.
const PAGE: usize = 1_000;

/// Prints it, oldest first, for scripts.
pub(super) async fn export(client: &Client, chat: &Recipient) -> Result<()> {
    let out = Printer { json: true };
    // Pages go back: where each begins is found first, so that one is in memory at a time.
    let mut ends = vec![None];
    while let Some(end) = ends.last() {
        let page = client.messages(chat, *end, PAGE).await?;
        match page.first() {
            Some(first) if page.len() == PAGE => ends.push(Some(first.position)),
            _ => break,
        }
    }
    for end in ends.into_iter().rev() {
        for message in client.messages(chat, end, PAGE).await? {
            out.message(chat, &message);
        }
    }
    Ok(())
}
