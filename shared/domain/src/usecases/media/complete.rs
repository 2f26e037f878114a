//! Making a file of its parts.

use super::{MediaError, adopt, check_owner};
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::ports::{BlobKey, BlobsErrorKind, Part};
use crate::tables::media::{self, Incoming, Stored};
use heliograph_protocol::media::{MediaId, PartPut, Sha256};
use heliograph_protocol::reply::MediaCompleteOk;
use heliograph_protocol::request::MediaComplete;

/// Makes a file of its parts, or notes that one is there that was put whole; once more, answers the
/// same.
///
/// # Errors
/// [`MediaError`].
pub async fn complete(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: MediaComplete,
) -> Result<MediaCompleteOk, MediaError> {
    let media_id = &request.media_id;
    let known = media::get(&*app.store, cx, media_id).await?;
    let file = match (known.file, known.incoming) {
        (Some(file), _) => {
            check_owner(app, media_id, caller, &file.owner)?;
            file
        }
        (None, Some(incoming)) => {
            check_owner(app, media_id, caller, &incoming.owner)?;
            join(app, cx, media_id, &incoming, &request.parts).await?
        }
        (None, None) => {
            let file = adopt(app, cx, media_id).await?;
            check_owner(app, media_id, caller, &file.owner)?;
            if !request.parts.is_empty() {
                return Err(MediaError::Parts(0));
            }
            file
        }
    };
    Ok(MediaCompleteOk {
        size: file.size,
        sha256: Sha256(file.sha256),
        expires_at: file.expires_at_s() * 1000,
    })
}

async fn join(
    app: &App,
    cx: &Context,
    media_id: &MediaId,
    incoming: &Incoming,
    put: &[PartPut],
) -> Result<Stored, MediaError> {
    let is_in_order = (1..)
        .zip(put)
        .all(|(number, part)| part.part_number == number);
    if put.len() != incoming.parts.len() || !is_in_order {
        return Err(MediaError::Parts(incoming.parts.len()));
    }
    let parts: Vec<Part> = std::iter::zip(put, &incoming.parts)
        .map(|(put, sha256)| Part {
            number: put.part_number,
            etag: put.etag.clone(),
            sha256: **sha256,
        })
        .collect();
    let key = BlobKey::media(media_id.as_str());
    let joined = app.blobs.join_parts(cx, &key, &incoming.upload_id, &parts);
    match joined.await {
        Ok(()) => {}
        Err(error) => match error.kind() {
            BlobsErrorKind::Refused => return Err(MediaError::Incomplete),
            // The answer to the first time was lost, unless nothing is there.
            BlobsErrorKind::Gone | BlobsErrorKind::Exists => {
                let blob = app.blobs.find(cx, &key).await?;
                let is_ours = blob.is_some_and(|blob| blob.bytes == incoming.size);
                if !is_ours {
                    return Err(MediaError::Over);
                }
            }
            _ => return Err(error.into()),
        },
    }
    let file = Stored {
        owner: incoming.owner.clone(),
        kind: incoming.kind,
        size: incoming.size,
        sha256: incoming.sha256,
        created_at: cx.now_ms(),
    };
    let writes = vec![
        media::put(media_id, &file)?,
        media::remove_incoming(media_id),
    ];
    app.store.transact(cx, writes).await?;
    Ok(file)
}
