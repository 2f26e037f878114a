//! The messenger on the whole screen of a terminal.
//!
//! [`state`] holds what is shown: [keys](keys) and [events](events) change it, and ask for [`action`]s, without
//! I/O; [`actions`] does those with the client and tells the state what came of it; [`view`] draws the state.

mod action;
mod actions;
mod events;
mod input;
mod keys;
mod names;
mod open;
mod parts;
mod popup;
mod rows;
mod scroll;
mod state;
mod terminal;
#[cfg(test)]
mod tests;
mod typing;
mod view;
mod wrap;

use action::Action;
use anyhow::{Context, Result, bail, ensure};
use crossterm::event::{Event as TerminalEvent, EventStream};
use futures_util::{FutureExt, StreamExt};
use heliograph_client::client::{Client, Events};
use heliograph_protocol::request::Recipient;
use state::Screen;
use std::io::IsTerminal;
use std::time::Duration;
use terminal::Whole;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// How many events are taken before it is drawn again.
const AT_ONCE: usize = 1_000;
/// How long the end waits until the server knows what was written and read.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Shows chats until the user has enough, at first the one that is named.
pub(crate) async fn run(client: &Client, events: Events, first: Option<Recipient>) -> Result<()> {
    let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    ensure!(is_terminal, "`chat` needs a terminal");
    let mut screen = Screen::new(client.address().user_id.clone());
    actions::act(client, &mut screen, Action::List).await;
    if let Some(chat) = first {
        actions::act(client, &mut screen, Action::Open { chat, at: None }).await;
    }
    let mut whole = Whole::take().context("failed to take the terminal")?;
    let shown = show(client, events, &mut screen, &mut whole).await;
    drop(whole);
    shown?;
    if screen.link == parts::Link::Connected {
        // What is not sent by then goes out the next time.
        _ = timeout(LAST_WORDS, client.settled()).await;
    }
    Ok(())
}

async fn show(
    client: &Client,
    mut events: Events,
    screen: &mut Screen,
    whole: &mut Whole,
) -> Result<()> {
    let mut keys = EventStream::new();
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let ended = told_to_end();
    tokio::pin!(ended);
    loop {
        whole.terminal.draw(|frame| view::draw(screen, frame))?;
        let asked = tokio::select! {
            event = keys.next() => {
                on_terminal(screen, event.context("the terminal has ended")??)
            }
            event = events.next() => {
                screen.on_event(event.context("the client has ended")?);
                take_further(screen, &mut events);
                None
            }
            _ = seconds.tick() => {
                screen.on_tick();
                None
            }
            () = whole.panicked.notified() => bail!("it has failed"),
            () = &mut ended => return Ok(()),
        };
        match asked {
            Some(Action::End) => return Ok(()),
            Some(action) => actions::act(client, screen, action).await,
            None => {}
        }
        while let Some(action) = screen.due() {
            actions::act(client, screen, action).await;
        }
    }
}

/// Does what the terminal tells of; gives what is to be done.
fn on_terminal(screen: &mut Screen, event: TerminalEvent) -> Option<Action> {
    match event {
        TerminalEvent::Key(key) => return screen.on_key(key),
        TerminalEvent::Paste(text) => return screen.on_paste(&text),
        TerminalEvent::FocusGained => screen.is_in_front = true,
        TerminalEvent::FocusLost => screen.is_in_front = false,
        _ => {}
    }
    None
}

/// Takes what else has happened, so that many messages at once are drawn once.
fn take_further(screen: &mut Screen, events: &mut Events) {
    for _ in 0..AT_ONCE {
        match events.next().now_or_never().flatten() {
            Some(event) => screen.on_event(event),
            None => return,
        }
    }
}

/// Waits until the system wants this to end.
#[cfg(unix)]
async fn told_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = [SignalKind::terminate(), SignalKind::hangup()].map(signal);
    match signals {
        [Ok(mut terminate), Ok(mut hangup)] => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
        }
        _ => std::future::pending().await,
    }
}

/// Waits until the system wants this to end.
#[cfg(not(unix))]
async fn told_to_end() {
    std::future::pending().await
}
