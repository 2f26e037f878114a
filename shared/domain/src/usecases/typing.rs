//! What is ephemeral in a group, as typing is: to who is connected and may know of the sender's
//! presence, and never stored.

use super::relation::Circle;
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::content::Content;
use crate::privacy::Setting;
use crate::store::{Consistency, Key, StoreError};
use crate::tables::connections::{self, Connection, Connections};
use crate::tables::groups::Group;
use crate::tables::inbox::{EntryId, EnvelopeId};
use crate::tokens::AckTokens;
use crate::usecases::push;
use futures_util::future::join_all;
use heliograph_protocol::event::{Envelope, Event};
use heliograph_protocol::{GroupId, MessageId, UserId};

/// Tells members something; what fails is lost, as it may be.
pub(super) async fn tell(
    app: &App,
    cx: &Context,
    from: &Address,
    group: (&GroupId, &Group),
    message_id: MessageId,
    content: Content,
) {
    let (group_id, group) = group;
    let connected = match connected(app, cx, from, group).await {
        Ok(connected) => connected,
        Err(error) => {
            tracing::warn!(error = crate::chain(&error), "nobody told");
            return;
        }
    };
    let posts = connected.into_iter().map(|(to, connection)| {
        let tokens = AckTokens::of(&app.keys, &to);
        let id = EntryId::Envelope(EnvelopeId {
            message_id,
            from_user_id: from.user_id.clone(),
            slot: None,
        });
        let envelope = Envelope {
            message_id,
            from_user_id: from.user_id.clone(),
            from_device_id: from.device_id,
            to_user_id: to.user_id.clone(),
            group_id: Some(group_id.clone()),
            seq: None,
            content: content.clone().into_text(),
            timestamp: cx.now_ms(),
            urgent: false,
            ack_token: tokens.seal(&id),
        };
        async move {
            let _slot = app.groups.posts().acquire().await;
            push::post(app, cx, &to, &connection, Event::Messages(vec![envelope])).await
        }
    });
    join_all(posts).await;
}

/// The devices that are connected now and may know of the sender's presence.
async fn connected(
    app: &App,
    cx: &Context,
    from: &Address,
    group: &Group,
) -> Result<Vec<(Address, Connection)>, StoreError> {
    let members = &group.roster.members;
    let keys: Vec<Key> = members
        .iter()
        .map(|it| connections::key(&it.user_id))
        .collect();
    let items = app
        .store
        .batch_get(cx, &keys, Consistency::Eventual)
        .await?;
    let there = std::iter::zip(members, items).filter_map(|(member, item)| {
        let connections = Connections::from_item(Some(item?));
        Some((member, connections))
    });
    let there: Vec<_> = there.collect();
    let ids: Vec<&UserId> = there.iter().map(|(member, _)| &member.user_id).collect();
    let Some(circle) = Circle::load(app, cx, &from.user_id, ids).await? else {
        return Ok(Vec::new());
    };
    let sender = group.roster.get(&from.user_id);
    if !sender.is_some_and(|member| member.is_of(circle.me.created_at)) {
        return Ok(Vec::new());
    }
    let mut connected = Vec::new();
    for (member, connections) in there {
        let user = if member.user_id == from.user_id {
            &circle.me
        } else {
            match circle.get(&member.user_id) {
                Some((user, relation)) if relation.they_see(Setting::Online, &circle.me, user) => {
                    user
                }
                _ => continue,
            }
        };
        if !member.is_of(user.created_at) {
            continue;
        }
        for device in user.addresses(&member.user_id) {
            let connection = connections.of(&device, cx.now_ms());
            if let Some(connection) = connection.filter(|_| device != *from) {
                connected.push((device, connection));
            }
        }
    }
    Ok(connected)
}
