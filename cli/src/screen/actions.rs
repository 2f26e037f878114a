//! Does what the screen asks for.

use super::action::Action;
use super::input::Input;
use super::open::{Draft, PAGE};
use super::parts::{Link, Listed};
use super::popup::{GroupInfo, Safety};
use super::state::Screen;
use crate::print;
use anyhow::{Context, Result};
use heliograph_client::client::{Client, SafetyError, ShownMessage};
use heliograph_client::history::{MessageRef, Position};
use heliograph_protocol::request::Recipient;
use heliograph_protocol::{GroupId, MessageId, UserId};

/// How many messages are found at most.
const FOUND_MAX: usize = 50;
/// How many pages are read to get to a message that was found.
const PAGES_MAX: usize = 100;

/// Does what the screen asks for; what does not work is told on it.
pub(super) async fn act(client: &Client, screen: &mut Screen, action: Action) {
    if let Err(error) = does(client, screen, action).await {
        screen.warn(format!("{error:#}"));
    }
}

async fn does(client: &Client, screen: &mut Screen, action: Action) -> Result<()> {
    match action {
        // That is for the loop.
        Action::End => {}
        Action::List => {
            let contacts = client.contacts().await?.into_iter();
            let named = contacts.filter_map(|it| Some((it.user_id, print::plain(&it.name?))));
            screen.names = named.collect();
            screen.listed(list(client).await?);
        }
        Action::Open { chat, at } => {
            let messages = last_to(client, &chat, at).await?;
            screen.opened(chat, messages, at);
        }
        Action::Refresh { chat, limit } => {
            let messages = client.messages(&chat, None, limit).await?;
            screen.refreshed(&chat, messages);
        }
        Action::Older { chat, before } => {
            let older = client.messages(&chat, Some(before), PAGE).await?;
            screen.prepended(&chat, older);
        }
        Action::MarkRead { chat, up_to } => {
            client.mark_read(&chat, up_to).await?;
            screen.stale.chats = true;
        }
        Action::Send {
            chat,
            text,
            answers,
        } => send(client, screen, (chat, text, answers)).await?,
        Action::Type(chat) => {
            let client = client.clone();
            // Whether it comes there nobody waits for.
            tokio::spawn(async move { client.typing(chat, true).await });
        }
        Action::React { chat, to, emoji } => {
            let reacted = client.react(&chat, to, emoji).await;
            reacted.context("failed to react")?;
        }
        Action::Search(words) => {
            let found = match words.trim().is_empty() {
                true => Vec::new(),
                false => client.search(&words, FOUND_MAX).await?,
            };
            screen.found(&words, found);
        }
        Action::ShowGroup { group_id, own } => show_group(client, screen, &group_id, own).await?,
        Action::ShowSafety(user_id) => show_safety(client, screen, user_id).await?,
        Action::Verified(user_id, number) => {
            client.verified(&user_id, &number).await?;
            screen.tell("noted that you have compared it");
        }
        Action::Accept(user_id) => {
            client.accept_keys(&user_id).await?;
            screen.tell("what you wrote goes out to their new keys");
        }
        Action::Connect => {
            client.connect();
            screen.link = Link::Connecting;
        }
    }
    Ok(())
}

/// Reads which chats there are.
async fn list(client: &Client) -> Result<Vec<Listed>> {
    let mut listed = Vec::new();
    for chat in client.chats().await? {
        let group = match &chat.chat {
            Recipient::Group(group_id) => client.group(group_id).await?,
            Recipient::User(_) => None,
        };
        listed.push(Listed::new(chat, group.map(|it| it.name)));
    }
    Ok(listed)
}

/// Reads the last messages of a chat, back to one of them where that is said.
async fn last_to(
    client: &Client,
    chat: &Recipient,
    at: Option<Position>,
) -> Result<Vec<ShownMessage>> {
    let mut messages = client.messages(chat, None, PAGE).await?;
    for _ in 0..PAGES_MAX {
        let first = messages.first().map(|it| it.position);
        let is_here = at.is_none_or(|at| first.is_none_or(|first| first <= at));
        if is_here {
            break;
        }
        let mut older = client.messages(chat, first, PAGE).await?;
        if older.is_empty() {
            break;
        }
        older.append(&mut messages);
        messages = older;
    }
    Ok(messages)
}

async fn send(
    client: &Client,
    screen: &mut Screen,
    (chat, text, answers): (Recipient, String, Option<MessageRef>),
) -> Result<()> {
    let sent = match answers.clone() {
        Some(to) => client.reply(&chat, to, &text).await,
        None => client.send_text(&chat, &text).await,
    };
    if let Err(error) = sent {
        let input = Input::new(text);
        screen.not_sent(&chat, Draft { input, answers });
        return Err(error).context("not sent");
    }
    Ok(())
}

async fn show_group(
    client: &Client,
    screen: &mut Screen,
    group_id: &GroupId,
    own: Option<MessageId>,
) -> Result<()> {
    let group = client.group(group_id).await?;
    let group = group.context("you are not in this group any more")?;
    let receipts = match own {
        Some(own) => Some(client.receipts(group_id, own).await?),
        None => None,
    };
    screen.show_group(GroupInfo {
        group,
        receipts,
        scrolled: 0,
    });
    Ok(())
}

async fn show_safety(client: &Client, screen: &mut Screen, user_id: UserId) -> Result<()> {
    match client.safety_number(&user_id).await {
        Ok((number, trust)) => screen.show_safety(Safety {
            user_id,
            number,
            trust,
        }),
        Err(SafetyError::NoKeys) => screen.tell("there is none before the first message"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
