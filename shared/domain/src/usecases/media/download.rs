//! Signing where a file is.

use super::{MediaError, find};
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::ports::{BlobKey, SIGNED_MS};
use crate::tables::media;
use heliograph_protocol::media::Sha256;
use heliograph_protocol::reply::MediaDownloadOk;
use heliograph_protocol::request::MediaDownload;

/// Signs where a file is, for whoever knows its id: one read unit. The first to ask for a file that
/// its owner has not completed costs a call to the store of files and a write.
///
/// # Errors
/// [`MediaError`].
pub async fn download(
    app: &App,
    cx: &Context,
    _caller: &Address,
    request: MediaDownload,
) -> Result<MediaDownloadOk, MediaError> {
    let media_id = &request.media_id;
    let known = media::get(&*app.store, cx, media_id).await?;
    let (key, file) = match (&known.file, known.kept.first()) {
        // What is kept outlives what was uploaded.
        (None, Some((of, kept))) => (media::kept_key(media_id, of), kept.clone()),
        _ => {
            let file = find(app, cx, media_id, &known).await?;
            (BlobKey::media(media_id.as_str()), file)
        }
    };
    Ok(MediaDownloadOk {
        url: app.blobs.sign_download(&key).await?,
        size: file.size,
        sha256: Sha256(file.sha256),
        expires_at: cx.now_ms() + SIGNED_MS,
    })
}
