//! `groups.*`: groups, who is in them, and invites (protocol §8).
#![deny(missing_docs)]

use heliograph_domain::Context;
use heliograph_domain::app::App;
use heliograph_domain::usecases::groups;
use heliograph_lambda::socket::{SocketEvent, SocketReply, refuse, serve};
use heliograph_protocol::request::{
    GroupsAdd, GroupsCreate, GroupsDemote, GroupsGet, GroupsInvite, GroupsJoin, GroupsLeave,
    GroupsList, GroupsPromote, GroupsRemove, GroupsRevokeInvite, GroupsUpdate, Request,
};

/// Handles a frame of any of the routes.
pub async fn handle(app: &App, cx: &Context, event: SocketEvent) -> SocketReply {
    match event.request_context.route_key.as_deref() {
        Some(GroupsCreate::ACTION) => serve(app, cx, &event, groups::create).await,
        Some(GroupsGet::ACTION) => serve(app, cx, &event, groups::get).await,
        Some(GroupsList::ACTION) => serve(app, cx, &event, groups::list).await,
        Some(GroupsUpdate::ACTION) => serve(app, cx, &event, groups::update).await,
        Some(GroupsAdd::ACTION) => serve(app, cx, &event, groups::add).await,
        Some(GroupsRemove::ACTION) => serve(app, cx, &event, groups::remove).await,
        Some(GroupsLeave::ACTION) => serve(app, cx, &event, groups::leave).await,
        Some(GroupsPromote::ACTION) => serve(app, cx, &event, groups::promote).await,
        Some(GroupsDemote::ACTION) => serve(app, cx, &event, groups::demote).await,
        Some(GroupsInvite::ACTION) => serve(app, cx, &event, groups::invite).await,
        Some(GroupsRevokeInvite::ACTION) => serve(app, cx, &event, groups::revoke_invite).await,
        Some(GroupsJoin::ACTION) => serve(app, cx, &event, groups::join).await,
        _ => refuse(&event),
    }
}
