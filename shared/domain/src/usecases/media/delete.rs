//! Deleting a file.

use super::{MediaError, check_owner, find};
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::ports::BlobKey;
use crate::tables::media;
use heliograph_protocol::reply::Empty;
use heliograph_protocol::request::MediaDelete;

/// Deletes a file of the caller's, and what is kept of it as a photo. The file goes first: whoever
/// asks meanwhile is sent where nothing is, and deleting again is safe. What is kept is read after
/// that, as a sweep may just be copying the file.
///
/// # Errors
/// [`MediaError`].
pub async fn delete(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: MediaDelete,
) -> Result<Empty, MediaError> {
    let media_id = &request.media_id;
    let known = media::get(&*app.store, cx, media_id).await?;
    let owner = match (&known.file, &known.incoming, known.kept.first()) {
        (Some(file), ..) => file.owner.clone(),
        (None, Some(incoming), _) => incoming.owner.clone(),
        (None, None, Some((_, kept))) => kept.owner.clone(),
        (None, None, None) => find(app, cx, media_id, &known).await?.owner,
    };
    check_owner(app, media_id, caller, &owner)?;
    app.blobs
        .delete(cx, &BlobKey::media(media_id.as_str()))
        .await?;
    let known = media::get(&*app.store, cx, media_id).await?;
    for (of, _) in &known.kept {
        app.blobs.delete(cx, &media::kept_key(media_id, of)).await?;
    }
    // Its parts, if it has not come yet, go with the day.
    let writes = media::remove(media_id, &known);
    app.store.batch_write(cx, writes).await?;
    Ok(Empty {})
}
