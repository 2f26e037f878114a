//! Photos of profiles and groups, which stay as long as they are shown.
//!
//! Whoever changes a photo notes it, in the same transaction, for the sweep: that copies the new one to
//! where files stay, and deletes the copy of the one before. Until then a photo is a file like
//! others, so nobody waits for it.

use super::{BlobKey, MediaError, find, is_owner};
use crate::Context;
use crate::app::App;
use crate::store::{StoreError, Write};
use crate::tables::cleanups::{self, Photo, Subject};
use crate::tables::media::{self, Known, Referent, kept_key};
use crate::tables::users::{self, User};
use heliograph_protocol::UserId;
use heliograph_protocol::media::MediaId;

/// What became of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::usecases) enum Settled {
    /// All is as it should be.
    Done,
    /// The photo has not come yet.
    Waiting,
}

/// Notes that a photo has changed, for the sweep.
pub(in crate::usecases) fn note_change(
    of: &Referent,
    by: &UserId,
    (before, after): (Option<&str>, Option<&str>),
    now_ms: u64,
) -> Vec<Write> {
    if before == after {
        return Vec::new();
    }
    let photos = [before, after].into_iter().flatten();
    let note = |media_id: &str| {
        let photo = Photo {
            of: of.clone(),
            media_id: media_id.parse().ok()?,
            by: by.clone(),
        };
        Some(cleanups::note_of(&Subject::Photo(photo), now_ms))
    };
    photos.filter_map(note).collect()
}

/// Notes that a user ceases to show a photo.
pub(in crate::usecases) fn photo_goes(user_id: &UserId, user: &User, now_ms: u64) -> Vec<Write> {
    let before = user.profile.photo_media_id.as_deref();
    let of = Referent::User(user_id.clone());
    note_change(&of, user_id, (before, None), now_ms)
}

/// Keeps a photo that is shown, and lets go of one that is not.
///
/// # Errors
/// The store's, or that of files.
pub(in crate::usecases) async fn settle(
    app: &App,
    cx: &Context,
    photo: &Photo,
) -> Result<Settled, MediaError> {
    let shown = shown(app, cx, &photo.of).await?;
    if shown.as_deref() == Some(photo.media_id.as_str()) {
        return keep(app, cx, photo).await;
    }
    let_go(app, cx, photo).await?;
    Ok(Settled::Done)
}

/// The photo that a profile or group shows now.
async fn shown(app: &App, cx: &Context, of: &Referent) -> Result<Option<String>, StoreError> {
    match of {
        Referent::User(user_id) => {
            let user = users::get(&*app.store, cx, user_id).await?;
            Ok(user.and_then(|user| user.profile.photo_media_id))
        }
        Referent::Group(group_id) => {
            let group = app.groups.load(&*app.store, cx, group_id).await?;
            let group = group.filter(|group| !group.roster.members.is_empty());
            Ok(group.and_then(|group| group.meta.photo_media_id))
        }
    }
}

/// Copies a photo to where files stay, if it is of who shows it: others' files go when their time is
/// over.
async fn keep(app: &App, cx: &Context, photo: &Photo) -> Result<Settled, MediaError> {
    let media_id: &MediaId = &photo.media_id;
    let known: Known = media::get(&*app.store, cx, media_id).await?;
    let kept = known.kept.iter().find(|(of, _)| *of == photo.of);
    if let Some((_, file)) = kept {
        // Who noted that may have died before looking.
        if cx.now_s() < file.expires_at_s() {
            forget_if_deleted(app, cx, photo).await?;
        }
        return Ok(Settled::Done);
    }
    let file = match find(app, cx, media_id, &known).await {
        Ok(file) => file,
        Err(MediaError::NotFound) => {
            // Who copied it may have died before noting that, and then it was deleted.
            let_go(app, cx, photo).await?;
            return Ok(Settled::Waiting);
        }
        Err(error) => return Err(error),
    };
    if !is_owner(app, media_id, &photo.by, &file.owner) {
        return Ok(Settled::Done);
    }
    let from = BlobKey::media(media_id.as_str());
    let copy = kept_key(media_id, &photo.of);
    if !app.blobs.copy(cx, &from, &copy).await? {
        return Ok(Settled::Done);
    }
    let row = media::put_kept(media_id, &photo.of, &file)?;
    app.store.write(cx, row).await?;
    forget_if_deleted(app, cx, photo).await?;
    Ok(Settled::Done)
}

/// Lets go of a copy whose file has been deleted, and has not come to its end. Who deletes a file deletes
/// it before looking for copies: either they have seen the row, or it is seen here that the file is gone.
async fn forget_if_deleted(app: &App, cx: &Context, photo: &Photo) -> Result<(), MediaError> {
    let file = BlobKey::media(photo.media_id.as_str());
    if app.blobs.find(cx, &file).await?.is_none() {
        let_go(app, cx, photo).await?;
    }
    Ok(())
}

/// Deletes the copy of a photo. The row first: nobody is to be sent where nothing is.
async fn let_go(app: &App, cx: &Context, photo: &Photo) -> Result<(), MediaError> {
    let row = media::remove_kept(&photo.media_id, &photo.of);
    app.store.write(cx, row).await?;
    let copy = kept_key(&photo.media_id, &photo.of);
    app.blobs.delete(cx, &copy).await?;
    Ok(())
}
