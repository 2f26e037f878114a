//! Files: put into the store, then told of in a message; got from there when they are wanted.

use super::error::{SendError, SendFileError};
use super::event::Event;
use super::local::{self, LocalFile};
use super::shared::{STORE_AGAIN_MS, Shared, events};
use super::{Client, link};
use crate::content::Media;
use crate::engine::{Me, WriteError};
use crate::media::image::{PhotoOptions, Probed, prepare, probe};
use crate::media::transfer::{
    About, Clock, Event as TransferEvent, JobId, OpenTransfersError, Source, StartError,
    TransferOptions, Transfers,
};
use crate::random;
use crate::store::uploads;
use crate::tasks::{off_runtime, spawn};
use futures_util::FutureExt;
use futures_util::future::{Either, select};
use heliograph_protocol::MessageId;
use heliograph_protocol::limits::MEDIA_BYTES_MAX;
use heliograph_protocol::request::Recipient;
use rusqlite::Transaction;
use std::io;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, OnceLock, Weak};

/// How much of a file is looked at to tell what it is, in bytes. Chosen here: the headers of pictures are
/// within.
const LOOKED_AT_BYTES: u64 = 256 * 1024;

/// How often, and how far apart, a folder is opened that is in use.
const OPEN_TRIES: u32 = 250;
const OPEN_AGAIN_MS: u64 = 20;

impl Client {
    /// Sends a file: a photo upright, at most 1,600 pixels long and without a word of where it was taken, any
    /// other file as it is, 100 MiB at most. Gives the transfer, of which [`Event::Transfer`] tells. Once the
    /// file is in the store, the message takes its place in the chat; that is so, too, if this process ends
    /// meanwhile and the client is opened anew. When this returns, the file may change or go.
    ///
    /// # Errors
    /// [`SendFileError`].
    pub async fn send_file(
        &self,
        to: impl Into<Recipient>,
        file: impl Into<LocalFile>,
        caption: Option<&str>,
    ) -> Result<JobId, SendFileError> {
        let (chat, file) = (to.into(), file.into());
        let caption = caption.filter(|it| !it.is_empty()).map(str::to_owned);
        self.may_write(&chat, caption.as_deref()).await?;
        let (source, probed, about) = look(file).await?;
        let transfers = &self.shared.transfers;
        let id = transfers.upload(source, probed.kind, about).await?;
        let now_ms = self.shared.clock.now_ms();
        let said = self.shared.write(move |step, shared| {
            uploads::say(step, id, &chat, caption.as_deref())?;
            send_arrived(step, &shared.me, id, now_ms)
        });
        said.await.map_err(SendError::from)?;
        Ok(id)
    }

    /// Gets a file that a message tells of. Gives the transfer, of which [`Event::Transfer`] tells; it goes on, too,
    /// if this process ends meanwhile and the client is opened anew. What is at `to` by then is replaced.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn get_file(
        &self,
        media: &Media,
        to: impl Into<PathBuf>,
    ) -> Result<JobId, StartError> {
        self.shared.transfers.download(&media.attachment, to).await
    }

    /// Stops a transfer, and removes what there is of it; tells whether there was one.
    ///
    /// # Errors
    /// The disk's.
    pub async fn cancel_transfer(&self, id: JobId) -> io::Result<bool> {
        let was_there = self.shared.transfers.cancel(id).await?;
        let forgotten = self.shared.step(move |step, _| uploads::forget(step, id));
        forgotten.await.map_err(io::Error::other)?;
        Ok(was_there)
    }

    /// Lists the transfers that have not ended, the oldest first; what is handed over to a device that was linked is
    /// among them.
    pub fn transfers(&self) -> Vec<JobId> {
        self.shared.transfers.pending()
    }

    /// Finds before a file is put what would keep it from being told of.
    async fn may_write(&self, chat: &Recipient, caption: Option<&str>) -> Result<(), SendError> {
        let checked = caption.map_or(Ok(()), Media::check_caption);
        checked.map_err(WriteError::from)?;
        match chat {
            Recipient::User(user_id) if *user_id == self.address().user_id => {
                Err(SendError::ToOneself)
            }
            Recipient::User(_) => Ok(()),
            Recipient::Group(group_id) => {
                let known = self.group(group_id).await.map_err(WriteError::from)?;
                known.map(drop).ok_or(WriteError::NotInGroup.into())
            }
        }
    }
}

/// Is where transfers find the client that they are of, which is made after them.
pub(super) type Holder = Arc<OnceLock<Weak<Shared>>>;

/// Opens the transfers that lie in a folder. Whoever has the store has the folder, too; but what a client before
/// this one had begun there may be coming to its end.
pub(super) async fn open(
    folder: &Path,
    clock: &Arc<dyn Clock>,
    holder: &Holder,
) -> Result<Transfers, OpenTransfersError> {
    let mut tries = OPEN_TRIES;
    loop {
        let holder = Arc::clone(holder);
        let listener = move |event| {
            if let Some(shared) = holder.get().and_then(Weak::upgrade) {
                transferred(&shared, event);
            }
        };
        let options = TransferOptions {
            clock: Arc::clone(clock),
            ..TransferOptions::default()
        };
        match Transfers::open(folder, options, listener).await {
            Err(OpenTransfersError::InUse) if tries > 0 => tries -= 1,
            opened => return opened,
        }
        clock.sleep_ms(OPEN_AGAIN_MS).await;
    }
}

/// Puts and gets what there is, for as long as there is a client, and tries all at once when the network is back.
pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        let run = AssertUnwindSafe(shared.transfers.run(&shared.connection)).catch_unwind();
        let again = shared.network_is_back.notified();
        // A bug that one of them meets is not to stop the others for good.
        if let Either::Left((Err(_), _)) = select(pin!(run), pin!(again)).await {
            shared.clock.sleep_ms(STORE_AGAIN_MS).await;
        }
    }
}

/// Looks at a file: what is sent of it, and what is said of that.
async fn look(file: LocalFile) -> Result<(Source, Probed, About), SendFileError> {
    let probed = probe(&local::read(&file, LOOKED_AT_BYTES).await?);
    let name = local::name(&file);
    if !probed.is_photo {
        return Ok((local::source(file), probed, About::file(&probed, name)));
    }
    let bytes = local::read(&file, MEDIA_BYTES_MAX).await?;
    let photo = off_runtime(move || prepare(&bytes, &PhotoOptions::default())).await?;
    let about = About {
        name,
        ..About::from(&photo)
    };
    Ok((Source::Bytes(photo.jpeg.into()), probed, about))
}

/// Says what is to be said of a file, if it is in the store and it is known what.
fn send_arrived(
    step: &Transaction<'_>,
    me: &Me,
    job: JobId,
    now_ms: u64,
) -> Result<Vec<Event>, WriteError> {
    let Some(uploaded) = uploads::take(step, job)? else {
        return Ok(Vec::new());
    };
    let message_id = MessageId::new(now_ms, &random::bytes()?);
    let media = Media {
        attachment: uploaded.attachment,
        caption: uploaded.caption,
    };
    match me.write(step, (&uploaded.chat, message_id), media.into(), now_ms) {
        Ok(shown) => Ok(events(step, &uploaded.chat, shown)?),
        // It may not be said there any more, as this user has left the group.
        Err(WriteError::NotInGroup) => Ok(vec![Event::NotSent { id: job }]),
        Err(error) => Err(error),
    }
}

/// Takes what has become of a transfer. It waits for the disk where it is called, as the transfer is forgotten when
/// it returns.
fn transferred(shared: &Arc<Shared>, event: TransferEvent) {
    if !keep(shared, &event) {
        // What has ended is told once: it is kept here until it can be.
        shared.tell(Event::StoreFailed);
        let clock = Arc::clone(&shared.clock);
        let (shared, event) = (Arc::downgrade(shared), event.clone());
        spawn(async move {
            loop {
                clock.sleep_ms(STORE_AGAIN_MS).await;
                let (shared, event) = (shared.upgrade(), event.clone());
                let kept = move || shared.is_none_or(|shared| keep(&shared, &event));
                if off_runtime(kept).await {
                    return;
                }
            }
        });
    }
    match &event {
        // What the device knows that has linked this one: that is no file of the app's.
        TransferEvent::Downloaded { to, .. } if *to == shared.history_file => link::begin(shared),
        // Another device may wait for the same.
        TransferEvent::Uploaded { .. } => {
            link::begin(shared);
            shared.tell(Event::Transfer(event));
        }
        _ => shared.tell(Event::Transfer(event)),
    }
}

/// Keeps what has become of a transfer; tells whether that was done.
fn keep(shared: &Shared, event: &TransferEvent) -> bool {
    let now_ms = shared.clock.now_ms();
    let kept = match event {
        TransferEvent::Uploaded { id, attachment } => shared.store.step(|step| {
            uploads::arrived(step, *id, attachment)?;
            link::arrived(step, &shared.me, *id, now_ms)?;
            send_arrived(step, &shared.me, *id, now_ms)
        }),
        TransferEvent::Failed { id, .. } => shared.store.step(|step| {
            uploads::forget(step, *id)?;
            link::failed(step, *id)?;
            Ok(Vec::new())
        }),
        _ => Ok(Vec::new()),
    };
    match kept {
        Ok(told) => shared.written(told),
        Err(WriteError::Store(_) | WriteError::NoRandomness(_)) => return false,
        // It can be said nowhere.
        Err(_) => return not_sent(shared, event),
    }
    true
}

/// Forgets a file of which nothing can be said; tells whether that was done.
fn not_sent(shared: &Shared, event: &TransferEvent) -> bool {
    let TransferEvent::Uploaded { id, .. } = event else {
        return true;
    };
    let forgotten = shared.store.step(|step| uploads::forget(step, *id));
    if forgotten.is_ok() {
        shared.tell(Event::NotSent { id: *id });
    }
    forgotten.is_ok()
}
