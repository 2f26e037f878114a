//! Printing what happens.

use crate::print::Printer;
use anyhow::Result;
use heliograph_client::client::{Client, Event, Events};
use std::time::Duration;
use tokio::time::timeout;

pub(super) async fn listen(
    client: &Client,
    mut events: Events,
    (seconds, messages): (Option<u64>, Option<usize>),
    out: Printer,
) -> Result<()> {
    let me = &client.address().user_id;
    let prints = async {
        let mut heard = 0;
        while messages.is_none_or(|most| heard < most) {
            let Some(event) = events.next().await else {
                return Ok(());
            };
            out.event(&event, me);
            if let Event::Message { message, .. } = &event {
                heard += usize::from(message.author != *me);
            }
            if let Event::SignedOut(_) = event {
                return Ok(());
            }
        }
        super::settle(client).await
    };
    match seconds {
        Some(seconds) => {
            let printed = timeout(Duration::from_secs(seconds), prints).await;
            printed.unwrap_or(Ok(()))
        }
        None => prints.await,
    }
}
