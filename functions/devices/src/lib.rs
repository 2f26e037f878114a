//! `devices.list`, `devices.link`, `devices.remove`: the devices of an account (protocol §6);
//! `push.register`, `push.unregister`, `push.key`: how they are woken (protocol §7).
#![deny(missing_docs)]

use heliograph_domain::app::App;
use heliograph_domain::usecases::{
    LinkError, NotifyFailure, link_token, list_devices, push_key, register_push, remove_device,
    unregister_push,
};
use heliograph_domain::{Address, Context};
use heliograph_lambda::socket::{SocketEvent, SocketReply, refuse, serve};
use heliograph_protocol::reply::{DevicesLinkOk, Empty, PushKeyOk};
use heliograph_protocol::request::{
    DevicesLink, DevicesList, DevicesRemove, PushKey, PushRegister, PushUnregister, Request,
};

/// Handles a frame of any of the routes.
pub async fn handle(app: &App, cx: &Context, event: SocketEvent) -> SocketReply {
    match event.request_context.route_key.as_deref() {
        Some(DevicesList::ACTION) => serve(app, cx, &event, list_devices).await,
        Some(DevicesLink::ACTION) => serve(app, cx, &event, link).await,
        Some(DevicesRemove::ACTION) => serve(app, cx, &event, remove_device).await,
        Some(PushRegister::ACTION) => serve(app, cx, &event, register_push).await,
        Some(PushUnregister::ACTION) => serve(app, cx, &event, unregister).await,
        Some(PushKey::ACTION) => serve(app, cx, &event, key).await,
        _ => refuse(&event),
    }
}

async fn link(
    app: &App,
    cx: &Context,
    caller: &Address,
    _: DevicesLink,
) -> Result<DevicesLinkOk, LinkError> {
    link_token(app, cx, caller).await
}

async fn unregister(
    app: &App,
    cx: &Context,
    caller: &Address,
    _: PushUnregister,
) -> Result<Empty, NotifyFailure> {
    unregister_push(app, cx, caller).await
}

async fn key(app: &App, _: &Context, _: &Address, _: PushKey) -> Result<PushKeyOk, NotifyFailure> {
    push_key(app)
}
