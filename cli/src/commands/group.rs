//! Groups.

use super::{ANSWER, by_name};
use crate::args::Group;
use crate::print::{self, Printer, status};
use anyhow::{Context, Result, bail};
use heliograph_client::client::{AskError, Client};
use heliograph_client::transport::RequestError;
use heliograph_protocol::error::ErrorCode;
use heliograph_protocol::groups::Role;
use heliograph_protocol::{GroupId, UserId};
use serde_json::json;
use tokio::time::timeout;

pub(super) async fn run(client: &Client, command: Group, out: Printer) -> Result<()> {
    match timeout(ANSWER, does(client, command, out)).await {
        Ok(done) => done.map_err(explained),
        Err(_) => bail!("no answer from the server: are you connected?"),
    }
}

async fn does(client: &Client, command: Group, out: Printer) -> Result<()> {
    match command {
        Group::Create { name, members } => {
            let members = all(client, &members).await?;
            let (group_id, not_added) = client.create_group(&name, members).await?;
            let json = json!({"group_id": group_id, "not_added": not_added});
            out.line(&json, &format!("{}{group_id}", print::GROUP));
            not_there(&not_added, out);
        }
        Group::Info { group } => info(client, &id(&group.group)?, out).await?,
        Group::Add { group, who } => {
            let who = all(client, &who).await?;
            let not_added = client.add_to_group(&id(&group.group)?, who).await?;
            out.json(&json!({"not_added": not_added}));
            not_there(&not_added, out);
        }
        Group::Remove { group, who } => {
            let who = all(client, &who).await?;
            client.remove_from_group(&id(&group.group)?, who).await?;
        }
        Group::Leave { group } => client.leave_group(&id(&group.group)?).await?,
        Group::Rename { group, name } => client.rename_group(&id(&group.group)?, &name).await?,
        Group::AnnounceOnly { group, only_admins } => {
            let group_id = id(&group.group)?;
            client.announce_only(&group_id, only_admins).await?;
        }
        Group::Promote { group, who } => {
            let who = by_name(client, &who).await?;
            client.promote(&id(&group.group)?, &who).await?;
        }
        Group::Demote { group, who } => {
            let who = by_name(client, &who).await?;
            client.demote(&id(&group.group)?, &who).await?;
        }
        Group::Invite { group } => {
            let invite = client.invite(&id(&group.group)?).await?;
            out.line(&json!({"invite": invite}), &invite);
        }
        Group::Revoke { group, invite } => {
            client.revoke_invite(&id(&group.group)?, &invite).await?;
        }
        Group::Join { invite } => {
            let group_id = client.join_group(&invite).await?;
            let text = format!("{}{group_id}", print::GROUP);
            out.line(&json!({"group_id": group_id}), &text);
        }
        Group::Receipts { group, message_id } => {
            let message_id = message_id.parse().context("not the id of a message")?;
            for (user_id, at) in client.receipts(&id(&group.group)?, message_id).await? {
                let json = json!({"user_id": user_id, "status": status(at)});
                out.line(&json, &format!("{user_id} {}", status(at)));
            }
        }
    }
    Ok(())
}

async fn info(client: &Client, group_id: &GroupId, out: Printer) -> Result<()> {
    let group = client.group(group_id).await?;
    let group = group.context("you are in no such group")?;
    let mut text = format!("{} (epoch {})", group.name, group.epoch);
    if group.announce_only {
        text.push_str(", only admins write");
    }
    out.line(&json!(group), &text);
    for member in &group.members {
        let role = match member.role {
            Role::Admin => " admin",
            Role::Member => "",
        };
        out.hint(&format!("  {}{role}", member.user_id));
    }
    Ok(())
}

/// Says who was not added.
fn not_there(not_added: &[UserId], out: Printer) {
    for user_id in not_added {
        out.hint(&format!(
            "! {user_id} was not added: unknown, or they let nobody"
        ));
    }
}

/// Says in words what the server's refusal means for a group.
fn explained(error: anyhow::Error) -> anyhow::Error {
    let code = match error.downcast_ref::<AskError>() {
        Some(AskError::Request(RequestError::Refused(error))) => error.code,
        _ => return error,
    };
    let hint = match code {
        ErrorCode::NotFound => "there is no such group, or you, or they, are not in it",
        ErrorCode::Forbidden => "that is for admins of the group",
        ErrorCode::Conflict => "it is full, or this would leave it without an admin",
        ErrorCode::Gone => "the invite has ended",
        _ => return error,
    };
    error.context(hint)
}

async fn all(client: &Client, names: &[String]) -> Result<Vec<UserId>> {
    let mut all = Vec::new();
    for name in names {
        all.push(by_name(client, name).await?);
    }
    Ok(all)
}

/// Reads which group is meant.
pub(super) fn id(name: &str) -> Result<GroupId> {
    let id = name.strip_prefix(print::GROUP).unwrap_or(name);
    id.parse().context("not the id of a group")
}
