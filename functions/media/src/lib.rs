//! `media.*`: where encrypted files are put and got (protocol §9).
#![deny(missing_docs)]

use heliograph_domain::Context;
use heliograph_domain::app::App;
use heliograph_domain::usecases::media;
use heliograph_lambda::socket::{SocketEvent, SocketReply, refuse, serve};
use heliograph_protocol::request::{
    MediaComplete, MediaDelete, MediaDownload, MediaUpload, Request,
};

/// Handles a frame of any of the routes.
pub async fn handle(app: &App, cx: &Context, event: SocketEvent) -> SocketReply {
    match event.request_context.route_key.as_deref() {
        Some(MediaUpload::ACTION) => serve(app, cx, &event, media::upload).await,
        Some(MediaComplete::ACTION) => serve(app, cx, &event, media::complete).await,
        Some(MediaDownload::ACTION) => serve(app, cx, &event, media::download).await,
        Some(MediaDelete::ACTION) => serve(app, cx, &event, media::delete).await,
        _ => refuse(&event),
    }
}
