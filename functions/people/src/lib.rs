//! Profiles, contacts, blocks and privacy settings (protocol §7).
#![deny(missing_docs)]

use heliograph_domain::app::App;
use heliograph_domain::usecases::people::{self, PeopleError};
use heliograph_domain::{Address, Context};
use heliograph_lambda::socket::{SocketEvent, SocketReply, refuse, serve};
use heliograph_protocol::people::Privacy;
use heliograph_protocol::request::{
    BlocksList, BlocksPut, BlocksRemove, ContactsList, ContactsPut, ContactsRemove, PrivacyGet,
    PrivacySet, ProfileGet, ProfileSet, Request,
};

/// Handles a frame of any of the routes.
pub async fn handle(app: &App, cx: &Context, event: SocketEvent) -> SocketReply {
    match event.request_context.route_key.as_deref() {
        Some(ProfileSet::ACTION) => serve(app, cx, &event, people::set_profile).await,
        Some(ProfileGet::ACTION) => serve(app, cx, &event, people::get_profiles).await,
        Some(ContactsPut::ACTION) => serve(app, cx, &event, people::put_contacts).await,
        Some(ContactsRemove::ACTION) => serve(app, cx, &event, people::remove_contacts).await,
        Some(ContactsList::ACTION) => serve(app, cx, &event, people::list_contacts).await,
        Some(BlocksPut::ACTION) => serve(app, cx, &event, people::block).await,
        Some(BlocksRemove::ACTION) => serve(app, cx, &event, people::unblock).await,
        Some(BlocksList::ACTION) => serve(app, cx, &event, people::list_blocks).await,
        Some(PrivacySet::ACTION) => serve(app, cx, &event, people::set_privacy).await,
        Some(PrivacyGet::ACTION) => serve(app, cx, &event, get_privacy).await,
        _ => refuse(&event),
    }
}

async fn get_privacy(
    app: &App,
    cx: &Context,
    caller: &Address,
    _: PrivacyGet,
) -> Result<Privacy, PeopleError> {
    people::get_privacy(app, cx, caller).await
}
