//! The store of files as somebody has it who looks behind.

use crate::store::items;
use heliograph_domain::store::Table;
use heliograph_protocol::ErrorCode;
use heliograph_protocol::media::MediaId;
use heliograph_protocol::reply::MediaUploadOk;
use heliograph_tests::http::Answer;
use heliograph_tests::{Deployment, Socket};
use std::time::Duration;

/// Longer than any sweep takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many rows there are of a file. One machine is stopped for it, and starts again: sockets should be
/// closed before.
pub(crate) async fn rows(stack: &mut Deployment, media_id: &MediaId) -> usize {
    items(stack, Table::Media, media_id.as_str()).await
}

/// What a schedule does every minute. One machine is stopped for it, and starts again.
pub(crate) async fn sweep(stack: &mut Deployment) {
    match stack {
        Deployment::OneMachine(machine) => {
            machine.stop().await;
            machine.start_again().await;
            let swept = "heliograph_invocations_total{route=\"sweep\"} 1";
            machine.metric_becomes(swept, PATIENCE).await;
        }
        Deployment::Aws(aws) => aws.invoke("sweep").await,
    }
}

/// A file as the header of a copy names it.
pub(crate) fn copy_source(stack: &Deployment, media_id: &MediaId) -> String {
    let bucket = match stack {
        Deployment::OneMachine(_) => "blobs",
        Deployment::Aws(aws) => aws.bucket(),
    };
    format!("/{bucket}/media/{}", media_id.as_str())
}

/// A refusal says so; nothing else of an answer to a stranger is promised.
#[track_caller]
pub(crate) fn refused(what: &str, answer: &Answer) {
    assert!(answer.status.is_client_error(), "{what}: {}", answer.status);
}

/// Nobody finds a file that was refused.
pub(crate) async fn is_not_there(socket: &mut Socket, signed: &MediaUploadOk) {
    let error = socket.try_download(&signed.media_id).await.error();
    assert_eq!(error.code, ErrorCode::NotFound);
}
