//! Files: put into the store, then told of in a message; got from there when they are wanted.

use super::error::{SendError, SendFileError};
use super::event::Event;
use super::shared::{STORE_AGAIN, Shared, events, off_runtime};
use super::{Client, link};
use crate::content::Media;
use crate::engine::{Me, WriteError};
use crate::media::image::{PhotoOptions, Probed, prepare, probe};
use crate::media::transfer::{About, Event as TransferEvent, JobId, Source, StartError};
use crate::random;
use crate::store::uploads;
use heliograph_protocol::MessageId;
use heliograph_protocol::limits::MEDIA_BYTES_MAX;
use heliograph_protocol::request::Recipient;
use rusqlite::Transaction;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::time::sleep;

/// How much of a file is looked at to tell what it is, in bytes. Chosen here: the headers of pictures are
/// within.
const LOOKED_AT_BYTES: u64 = 256 * 1024;

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
        file: impl Into<PathBuf>,
        caption: Option<&str>,
    ) -> Result<JobId, SendFileError> {
        let (chat, file) = (to.into(), file.into());
        self.may_write(&chat).await?;
        let (source, probed, about) = off_runtime(move || read(&file)).await?;
        let transfers = &self.shared.transfers;
        let id = transfers.upload(source, probed.kind, about).await?;
        let caption = caption.map(str::to_owned);
        let now_ms = self.shared.clock.now_ms();
        let said = self.shared.step(move |step, me| {
            uploads::say(step, id, &chat, caption.as_deref())?;
            send_arrived(step, me, id, now_ms)
        });
        for event in said.await.map_err(SendError::from)? {
            self.shared.tell(event);
        }
        self.shared.to_send.notify_one();
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

    /// Lists the transfers that have not ended, the oldest first.
    pub fn transfers(&self) -> Vec<JobId> {
        self.shared.transfers.pending()
    }

    async fn may_write(&self, chat: &Recipient) -> Result<(), SendError> {
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

/// Puts and gets what there is, for as long as there is a client.
pub(super) async fn run(shared: Arc<Shared>) {
    shared.transfers.run(&shared.connection).await;
}

/// Looks at a file: what is sent of it, and what is said of that.
fn read(file: &Path) -> Result<(Source, Probed, About), SendFileError> {
    let mut beginning = Vec::new();
    File::open(file)?
        .take(LOOKED_AT_BYTES)
        .read_to_end(&mut beginning)?;
    let probed = probe(&beginning);
    let name = file.file_name();
    let name = name.and_then(|name| name.to_str()).map(str::to_owned);
    if !probed.is_photo {
        let source = Source::File(file.to_owned());
        return Ok((source, probed, About::file(&probed, name)));
    }
    let mut bytes = Vec::new();
    File::open(file)?
        .take(MEDIA_BYTES_MAX)
        .read_to_end(&mut bytes)?;
    let photo = prepare(&bytes, &PhotoOptions::default())?;
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
pub(super) fn transferred(shared: &Arc<Shared>, event: TransferEvent) {
    if !keep(shared, &event) {
        // What has ended is told once: it is kept here until it can be.
        let (shared, event) = (Arc::clone(shared), event.clone());
        tokio::spawn(async move {
            while !keep(&shared, &event) {
                shared.tell(Event::StoreFailed);
                sleep(STORE_AGAIN).await;
            }
        });
    }
    match &event {
        // What the device knows that has linked this one: that is no file of the app's.
        TransferEvent::Downloaded { to, .. } if *to == shared.history_file => link::begin(shared),
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
        Ok(events) => {
            for event in events {
                shared.tell(event);
            }
            shared.to_send.notify_one();
        }
        Err(WriteError::Store(_) | WriteError::NoRandomness(_)) => return false,
        Err(_) => {}
    }
    true
}
