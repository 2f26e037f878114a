//! Route selection: a frame's `action` names the function that takes it.

use super::outbox::{Outbox, Outgoing};
use crate::server::Server;
use heliograph_domain::app::App;
use heliograph_domain::ports::ConnectionId;
use heliograph_domain::{Address, Context};
use heliograph_lambda::Body;
use heliograph_lambda::jobs::{Trigger, TriggerReply};
use heliograph_lambda::socket::{SocketEvent, SocketReply, context_of};
use heliograph_protocol::peek;
use heliograph_protocol::request::{
    Ack, BlocksList, BlocksPut, BlocksRemove, ContactsList, ContactsPut, ContactsRemove,
    DevicesLink, DevicesList, DevicesRemove, GroupsAdd, GroupsCreate, GroupsDemote, GroupsGet,
    GroupsInvite, GroupsJoin, GroupsLeave, GroupsList, GroupsPromote, GroupsRemove,
    GroupsRevokeInvite, GroupsUpdate, KeysFetch, KeysUpload, MediaComplete, MediaDelete,
    MediaDownload, MediaUpload, PresenceSubscribe, PresenceUnsubscribe, PrivacyGet, PrivacySet,
    ProfileGet, ProfileSet, PushKey, PushRegister, PushUnregister, Request, Send, Status, Sync,
};
use std::sync::Arc;

/// The actions that have a route; any other frame is `$default`'s.
pub(crate) const ACTIONS: [&str; 40] = [
    Send::ACTION,
    Ack::ACTION,
    Sync::ACTION,
    Status::ACTION,
    KeysUpload::ACTION,
    KeysFetch::ACTION,
    DevicesList::ACTION,
    DevicesLink::ACTION,
    DevicesRemove::ACTION,
    ProfileSet::ACTION,
    ProfileGet::ACTION,
    ContactsPut::ACTION,
    ContactsRemove::ACTION,
    ContactsList::ACTION,
    BlocksPut::ACTION,
    BlocksRemove::ACTION,
    BlocksList::ACTION,
    PrivacySet::ACTION,
    PrivacyGet::ACTION,
    PresenceSubscribe::ACTION,
    PresenceUnsubscribe::ACTION,
    PushRegister::ACTION,
    PushUnregister::ACTION,
    PushKey::ACTION,
    GroupsCreate::ACTION,
    GroupsGet::ACTION,
    GroupsList::ACTION,
    GroupsUpdate::ACTION,
    GroupsAdd::ACTION,
    GroupsRemove::ACTION,
    GroupsLeave::ACTION,
    GroupsPromote::ACTION,
    GroupsDemote::ACTION,
    GroupsInvite::ACTION,
    GroupsRevokeInvite::ACTION,
    GroupsJoin::ACTION,
    MediaUpload::ACTION,
    MediaComplete::ACTION,
    MediaDownload::ACTION,
    MediaDelete::ACTION,
];

/// A socket's identity, as its events carry it.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) device: Address,
    pub(super) id: ConnectionId,
    pub(super) connected_at: u64,
}

/// Runs the function of a frame and queues its reply.
pub(super) async fn dispatch(
    server: Arc<Server>,
    identity: Arc<Identity>,
    outbox: Arc<Outbox>,
    body: String,
) {
    let seen = peek(&body);
    let route = ACTIONS
        .into_iter()
        .find(|action| Some(*action) == seen.action.as_deref())
        .unwrap_or("$default");
    let event = event(&server, &identity, route, Some(body));
    let app = &server.app;
    let cx = app.context();
    let (group, _) = route.split_once('.').unwrap_or((route, ""));
    let answer = match group {
        "send" => heliograph_send::handle(app, &cx, event).await,
        "ack" => heliograph_ack::handle(app, &cx, event).await,
        "sync" | "status" => heliograph_sync::handle(app, &cx, event).await,
        "keys" => heliograph_keys::handle(app, &cx, event).await,
        "devices" | "push" => heliograph_devices::handle(app, &cx, event).await,
        "profile" | "contacts" | "blocks" | "privacy" => {
            heliograph_people::handle(app, &cx, event).await
        }
        "groups" => heliograph_groups::handle(app, &cx, event).await,
        "media" => heliograph_media::handle(app, &cx, event).await,
        "presence" => presence(app, &cx, event).await,
        _ => heliograph_default::handle(app, &cx, event),
    };
    server.metrics.invoked(route, &cx);
    if let Some(json) = text(answer) {
        // A socket that has closed needs no reply.
        let _ = outbox.push(Outgoing::Reply(json));
    }
}

/// Calls a function that is behind a queue, too.
async fn presence(app: &App, cx: &Context, event: SocketEvent) -> SocketReply {
    let frame = Trigger::Frame(Box::new(event));
    match heliograph_presence::handle(app, cx, frame).await {
        TriggerReply::Frame(reply) => *reply,
        TriggerReply::Jobs(_) => SocketReply::default(),
    }
}

/// Makes the event that API Gateway would send.
pub(super) fn event(
    server: &Server,
    identity: &Identity,
    route: &str,
    body: Option<String>,
) -> SocketEvent {
    let mut event = SocketEvent::default();
    event.body = body;
    let context = &mut event.request_context;
    context.route_key = Some(route.to_owned());
    context.connection_id = Some(identity.id.as_str().to_owned());
    context.connected_at = i64::try_from(identity.connected_at).unwrap_or(i64::MAX);
    context.request_time_epoch = i64::try_from(server.app.clock.now_ms()).unwrap_or(i64::MAX);
    context.authorizer = context_of(&identity.device);
    event
}

fn text(answer: SocketReply) -> Option<String> {
    match answer.body? {
        Body::Text(text) => Some(text),
        _ => None,
    }
}
