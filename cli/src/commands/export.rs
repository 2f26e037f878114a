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
    let mut last = None;
    loop {
        let page = client.messages_after(chat, last, PAGE).await?;
        let Some(end) = page.last() else {
            return Ok(());
        };
        last = Some(end.position);
        for message in &page {
            out.message(chat, message);
        }
    }
}
