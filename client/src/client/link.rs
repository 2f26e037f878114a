//! A further device of the user, and what it gets of what this one knows (`docs/adr/0016-linking.md`).

use super::error::AskError;
use super::event::Event;
use super::shared::{STORE_AGAIN_MS, Shared};
use super::{Client, local};
use crate::e2ee::LinkSecret;
use crate::engine::{Me, WriteError};
use crate::media::seal::{self, MediaKey};
use crate::media::transfer::{About, JobId, Source};
use crate::store::{StoreError, settings, uploads};
use crate::tasks::{off_runtime, spawn};
use heliograph_protocol::media::MediaKind;
use heliograph_protocol::reply::DevicesLinkOk;
use heliograph_protocol::request::DevicesLink;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Stands between the server's token and the secret, and is in no secret.
const BETWEEN: char = '.';

/// Under which names it is kept which upload, and which download, is the one of what is handed over.
const HANDING_OVER: &str = "client.handing_over";
const GETTING: &str = "client.getting_history";

/// Is what is handed over, on its way.
#[derive(Serialize, Deserialize)]
struct HandingOver {
    job: JobId,
    key: MediaKey,
    secret: LinkSecret,
}

impl Client {
    /// Gets what links a further device of this user, on the primary one:
    /// [`Registration::link`](super::Registration::link) takes it once, within ten minutes. It is for the user's
    /// eyes only: whoever has it is linked, and gets the contacts and what was said lately
    /// ([`Event::Linked`]).
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn link_token(&self) -> Result<String, AskError> {
        let asked = self.shared.connection.ask(|id| DevicesLink { id });
        let DevicesLinkOk { link_token, .. } = asked.await?;
        let secret = LinkSecret::draw()?;
        let link = format!("{link_token}{BETWEEN}{}", secret.text());
        let now_ms = self.shared.clock.now_ms();
        let given = self
            .shared
            .step(move |step, _| Me::give_secret(step, secret, now_ms));
        given.await?;
        Ok(link)
    }
}

/// Parts what links a device into the server's token and the secret, if there is one.
pub(super) fn parts(link: &str) -> (&str, Option<LinkSecret>) {
    match link.rsplit_once(BETWEEN) {
        Some((token, secret)) => match secret.parse() {
            Ok(secret) => (token, Some(secret)),
            Err(_) => (link, None),
        },
        None => (link, None),
    }
}

/// Hands over and gets what is due, in a task of its own, until that is done.
pub(super) fn begin(shared: &Arc<Shared>) {
    let shared = Arc::downgrade(shared);
    spawn(async move {
        // For as long as there is a client.
        while let Some(shared) = shared.upgrade() {
            let alone = shared.linking.lock().await;
            let handed = shared.hand_over().await;
            if handed.is_ok() && shared.get_history().await.is_ok() {
                return;
            }
            shared.tell(Event::StoreFailed);
            let clock = Arc::clone(&shared.clock);
            drop(alone);
            drop(shared);
            clock.sleep_ms(STORE_AGAIN_MS).await;
        }
    });
}

impl Shared {
    /// Packs what this device knows for one that it has linked, and puts it into the store.
    async fn hand_over(self: &Arc<Self>) -> Result<(), StoreError> {
        let known = self.step(|step, _| {
            let under_way: Option<HandingOver> = settings::get(step, HANDING_OVER)?;
            Ok::<_, StoreError>((Me::handover_due(step)?, under_way))
        });
        let (Some(secret), under_way) = known.await? else {
            return Ok(());
        };
        let pending = self.transfers.pending();
        if under_way.is_some_and(|it| pending.contains(&it.job)) {
            return Ok(());
        }
        let packed = self.step(|step, me| me.pack_handover(step)).await?;
        let sealed = off_runtime(move || {
            let (packed, mut sealed) = (Zeroizing::new(packed), Vec::new());
            let facts = seal::seal(&mut packed.as_slice(), &mut sealed);
            facts.map(|facts| (facts.key, sealed))
        });
        // What is not sealed for want of memory or chance is tried again when the client is opened.
        let Ok((key, sealed)) = sealed.await else {
            return Ok(());
        };
        let source = Source::Bytes(sealed.into());
        let about = About {
            mime: "application/octet-stream".to_owned(),
            ..About::default()
        };
        let upload = self.transfers.upload(source, MediaKind::Document, about);
        let Ok(job) = upload.await else {
            return Ok(());
        };
        let now_ms = self.clock.now_ms();
        let handing = HandingOver { job, key, secret };
        let noted = self.step(move |step, me| {
            settings::set(step, HANDING_OVER, &handing)?;
            arrived(step, me, job, now_ms)
        });
        if let Err(WriteError::Store(error)) = noted.await {
            return Err(error);
        }
        self.to_send.notify_one();
        Ok(())
    }

    /// Gets what the device knows that has linked this one, or takes it if it is here.
    async fn get_history(self: &Arc<Self>) -> Result<(), StoreError> {
        let coming = self.step(|step, _| Me::history_coming(step)).await?;
        let Some(coming) = coming else {
            return Ok(());
        };
        match local::take_in(&self.history_file).await {
            Ok(sealed) => return self.take_history(sealed, coming.key).await,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(StoreError::Beside(error)),
        }
        let job: Option<JobId> = self.step(|step, _| settings::get(step, GETTING)).await?;
        let pending = self.transfers.pending();
        if job.is_some_and(|job| pending.contains(&job)) {
            return Ok(());
        }
        let to = self.history_file.as_path();
        match self.transfers.download(&coming.attachment, to).await {
            Ok(job) => {
                self.step(move |step, _| settings::set(step, GETTING, &job))
                    .await
            }
            // No file can be like this.
            Err(_) => self.step(|step, _| Me::history_came(step)).await,
        }
    }

    /// Takes what has come: what is not understood is passed over.
    async fn take_history(
        self: &Arc<Self>,
        sealed: Vec<u8>,
        key: MediaKey,
    ) -> Result<(), StoreError> {
        let packed = off_runtime(move || open(&sealed, &key)).await;
        let taken = match packed {
            Some(packed) => {
                self.step(move |step, me| me.take_handover(step, &packed))
                    .await
            }
            None => Ok(0),
        };
        let messages = match taken {
            Err(StoreError::Corrupt) => 0,
            taken => taken?,
        };
        let noted = self.step(|step, _| {
            Me::history_came(step)?;
            settings::remove(step, GETTING)
        });
        noted.await?;
        self.to_look.notify_one();
        _ = local::remove(&self.history_file).await;
        self.tell(Event::History { messages });
        Ok(())
    }
}

/// Opens the file that has come.
fn open(sealed: &[u8], key: &MediaKey) -> Option<Zeroizing<Vec<u8>>> {
    let mut packed = Zeroizing::new(Vec::with_capacity(sealed.len()));
    let length = u64::try_from(sealed.len()).ok()?;
    seal::open(key, length, &mut &*sealed, &mut *packed).ok()?;
    Some(packed)
}

/// Gives up what was handed over, or was to be got, if this is it.
pub(super) fn failed(step: &Transaction<'_>, job: JobId) -> Result<(), StoreError> {
    let handing: Option<HandingOver> = settings::get(step, HANDING_OVER)?;
    if let Some(handing) = handing.filter(|it| it.job == job) {
        settings::remove(step, HANDING_OVER)?;
        Me::handed_over(step, &handing.secret)?;
    }
    if settings::get(step, GETTING)? == Some(job) {
        settings::remove(step, GETTING)?;
        Me::history_came(step)?;
    }
    Ok(())
}

/// Tells the device that was linked where the file is, if this is it and it is in the store.
pub(super) fn arrived(
    step: &Transaction<'_>,
    me: &Me,
    job: JobId,
    now_ms: u64,
) -> Result<(), WriteError> {
    let handing: Option<HandingOver> = settings::get(step, HANDING_OVER)?;
    let Some(handing) = handing.filter(|it| it.job == job) else {
        return Ok(());
    };
    if let Some(attachment) = uploads::take_unsaid(step, job)? {
        me.hand_over(step, (&handing.secret, &handing.key), attachment, now_ms)?;
        settings::remove(step, HANDING_OVER)?;
    }
    Ok(())
}
