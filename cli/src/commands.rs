//! What the commands do.

mod export;
mod group;
mod listen;
mod media;
mod register;
mod send;

use crate::args::{Command, In, Who};
use crate::print::{self, Printer};
use crate::profile::Profile;
use crate::screen;
use anyhow::{Context, Result, bail, ensure};
use heliograph_client::client::{Client, Events, OpenError};
use heliograph_client::content::{Text, Timer};
use heliograph_client::e2ee::Trust;
use heliograph_client::store::OpenStoreError;
use heliograph_protocol::UserId;
use heliograph_protocol::request::Recipient;
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::timeout;

/// How long a question to the server may take where it is not said.
const ANSWER: Duration = Duration::from_secs(30);

/// Does a command.
pub(crate) async fn run(folder: Option<PathBuf>, json: bool, command: Command) -> Result<()> {
    let (profile, out) = (Profile::at(folder)?, Printer { json });
    match command {
        Command::Register {
            number,
            deployment,
            registration,
            code,
        } => {
            let config = profile.make(&deployment)?;
            register::register(config, &number, (registration, code), out).await
        }
        Command::Link { token, deployment } => {
            register::link(profile.make(&deployment)?, &token, out).await
        }
        Command::Chat { .. } if json => {
            bail!("`chat` is for people: `listen --json` and `send --json` are for scripts")
        }
        command => {
            let (client, events) = open(&profile).await?;
            with_account(&client, events, out, command).await
        }
    }
}

async fn open(profile: &Profile) -> Result<(Client, Events)> {
    let opened = Client::open(profile.config("terminal")?).await;
    opened.map_err(|error| match error {
        OpenError::NotRegistered => {
            anyhow::anyhow!("not registered yet: `heliograph register` does it")
        }
        OpenError::Store(OpenStoreError::WrongKey) => {
            anyhow::anyhow!("wrong passphrase, or not a profile of heliograph")
        }
        OpenError::Store(OpenStoreError::InUse) => {
            anyhow::anyhow!("this profile is open in another heliograph")
        }
        error => error.into(),
    })
}

async fn with_account(
    client: &Client,
    events: Events,
    out: Printer,
    command: Command,
) -> Result<()> {
    match command {
        Command::LinkToken => {
            let token = client.link_token().await;
            let token = token.context("only your first device links others")?;
            out.line(&json!({"link_token": token}), &token);
        }
        Command::Find { number } => {
            let user_id = by_number(client, &number).await?;
            out.line(&json!({"user_id": user_id}), user_id.as_str());
        }
        Command::Contacts => {
            for contact in client.contacts().await? {
                out.contact(&contact);
            }
        }
        Command::Name { who, name } => {
            let user_id = user(client, &who).await?;
            let called = timeout(ANSWER, client.call(&user_id, &name)).await;
            let called = called.context("no answer from the server: are you connected?")?;
            let called = called.context("failed to name them")?;
            out.contact(&called.context("there is no such user")?);
        }
        Command::Send { to, text, wait } => {
            let to = chat(client, &to).await?;
            let text = send::text(&text)?;
            let says = Text { text }.into();
            send::send(client, events, (&to, says), Duration::from_secs(wait), out).await?;
        }
        Command::Disappear { of, after, wait } => {
            let chat = chat(client, &of).await?;
            let timer_s = match after.as_str() {
                "never" => None,
                seconds => Some(seconds.parse().context("seconds, or `never`")?),
            };
            let says = Timer { timer_s }.into();
            send::send(
                client,
                events,
                (&chat, says),
                Duration::from_secs(wait),
                out,
            )
            .await?;
        }
        Command::Listen { seconds, messages } => {
            listen::listen(client, events, (seconds, messages), out).await?;
        }
        Command::Chat { chat: of } => {
            let first = match of {
                Some(of) => Some(chat(client, &In { chat: of }).await?),
                None => None,
            };
            screen::run(client, events, first).await?;
        }
        Command::Chats => {
            let contacts = client.contacts().await?;
            for chat in client.chats().await? {
                let group = match &chat.chat {
                    Recipient::Group(group_id) => client.group(group_id).await?,
                    Recipient::User(_) => None,
                };
                out.chat(&chat, group.as_ref(), &contacts);
            }
        }
        Command::Messages { of, limit } => {
            let chat = chat(client, &of).await?;
            for message in client.messages(&chat, None, limit).await? {
                out.message(&chat, &message);
            }
        }
        Command::Read { of } => {
            let chat = chat(client, &of).await?;
            if let Some(last) = client.messages(&chat, None, 1).await?.pop() {
                client.mark_read(&chat, last.position).await?;
                settle(client).await?;
            }
        }
        Command::Group(command) => group::run(client, command, out).await?,
        Command::Media(command) => media::run(client, events, command, out).await?,
        Command::Search { words, limit } => {
            for (chat, message) in client.search(&words, limit).await? {
                out.message(&chat, &message);
            }
        }
        Command::Export { of } => export::export(client, &chat(client, &of).await?).await?,
        Command::SafetyNumber {
            with,
            verified,
            accept,
        } => safety_number(client, &user(client, &with).await?, (verified, accept), out).await?,
        Command::Whoami => {
            let address = client.address();
            let (user_id, device_id) = (&address.user_id, address.device_id);
            let json = json!({"user_id": user_id, "device_id": device_id});
            out.line(&json, &format!("{user_id}, device {device_id}"));
        }
        Command::Register { .. }
        | Command::Link { .. }
        | Command::Completions { .. }
        | Command::Man => {}
    }
    Ok(())
}

/// Waits until the server knows what is to be told, unless there is no connection.
async fn settle(client: &Client) -> Result<()> {
    match timeout(ANSWER, client.settled()).await {
        Ok(settled) => Ok(settled?),
        Err(_) => Ok(()),
    }
}

/// Reads which chat is meant.
async fn chat(client: &Client, of: &In) -> Result<Recipient> {
    match of.chat.starts_with(print::GROUP) {
        true => Ok(Recipient::Group(group::id(&of.chat)?)),
        false => Ok(Recipient::User(by_name(client, &of.chat).await?)),
    }
}

/// Reads who is meant.
async fn user(client: &Client, who: &Who) -> Result<UserId> {
    by_name(client, &who.who).await
}

async fn by_name(client: &Client, name: &str) -> Result<UserId> {
    if name.starts_with('+') {
        return by_number(client, name).await;
    }
    let contacts = client.contacts().await?.into_iter();
    let mut called = contacts.filter(|it| it.name.as_deref() == Some(name));
    match (called.next(), called.next()) {
        (Some(contact), None) => Ok(contact.user_id),
        (Some(_), Some(_)) => bail!("you call several people {name}: say whose number or id"),
        (None, _) => name
            .parse()
            .context("neither a phone number, nor a contact's name, nor a user's id"),
    }
}

async fn by_number(client: &Client, number: &str) -> Result<UserId> {
    let number = number
        .parse()
        .context("a number is written as +46701234567")?;
    match timeout(ANSWER, client.find(&number)).await {
        Ok(Ok(Some(user_id))) => Ok(user_id),
        Ok(Ok(None)) => bail!("nobody with this number has an account"),
        Ok(Err(error)) => Err(error).context("failed to look the number up"),
        Err(_) => bail!("no answer from the server: are you connected?"),
    }
}

async fn safety_number(
    client: &Client,
    with: &UserId,
    (verified, is_accepted): (Option<String>, bool),
    out: Printer,
) -> Result<()> {
    if is_accepted {
        client.accept_keys(with).await?;
    }
    let none = "there is none before the first message";
    let (number, mut trust) = client.safety_number(with).await.context(none)?;
    if let Some(compared) = verified {
        let compared: String = compared.split_whitespace().collect();
        ensure!(
            compared == number.digits(),
            "these are not the digits of now: somebody may be between you"
        );
        client.verified(with, &number).await?;
        trust = Trust::Verified;
    }
    let (name, hint) = match trust {
        Trust::Unverified => ("unverified", "not compared yet"),
        Trust::Verified => ("verified", "compared"),
        Trust::ChangedSinceVerified => (
            "changed_since_verified",
            "CHANGED since it was compared: nothing is sent before --verified DIGITS or --accept",
        ),
    };
    let digits = number.digits();
    let groups: Vec<&str> = (0..digits.len())
        .step_by(5)
        .filter_map(|at| digits.get(at..at + 5))
        .collect();
    let json = json!({"safety_number": digits, "trust": name});
    out.line(&json, &format!("{} ({hint})", groups.join(" ")));
    Ok(())
}
