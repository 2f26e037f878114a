//! Getting: asks, gets, opens, and gives the file its name.

use super::download::{Address, Body, Download, DownloadStep};
use super::files::PartialFile;
use super::http::GetAnswer;
use super::job::{End, Job};
use super::meter::Meter;
use super::receiver::{Receiver, Verdict};
use super::setback::{Setback, TransferError};
use super::transfers::Transfers;
use super::{JobId, MediaService, RetryReason};
use crate::tasks::off_runtime;
use bytes::Bytes;
use futures_util::future::join;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Is what receives a file, off the runtime.
type Shared = Arc<Mutex<Receiver<PartialFile>>>;

impl Transfers {
    /// Goes on with a download until the file is here or something keeps it. `failures` is 0 after some
    /// of it came.
    pub(super) async fn get<S: MediaService + ?Sized>(
        &self,
        id: JobId,
        mut download: Download,
        service: &S,
        failures: &mut u32,
    ) -> Result<End, Setback> {
        let receiver = self.resume(id, &download).await?;
        let found = lock(&receiver).next_byte();
        let gone = self.receive((id, &mut download), service, &receiver).await;
        if lock(&receiver).next_byte() > found {
            *failures = 0;
            download.come();
        }
        // Nobody writes any more: who gives it its name, or goes on with it, opens it anew.
        drop(receiver);
        let end = End::Downloaded(download.to().to_owned());
        let job = match &gone {
            // Who is given up from here on has not to get it again.
            Ok(()) => Job::Ended(end.clone()),
            Err(_) => Job::Download(Box::new(download.clone())),
        };
        self.entries.keep(id, job);
        gone?;
        let published = self.files.publish(id, download.to().to_owned()).await;
        published.map_err(|error| Setback::of_writing(&error))?;
        Ok(end)
    }

    /// Gives a file that came before its name, unless it has it.
    pub(super) async fn publish_again(&self, id: JobId, to: PathBuf) -> Result<End, Setback> {
        match self.files.publish(id, to.clone()).await {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Setback::of_writing(&error)),
            _ => Ok(End::Downloaded(to)),
        }
    }

    async fn resume(&self, id: JobId, download: &Download) -> Result<Shared, Setback> {
        let partial = self.files.partial(id, download.to().to_owned()).await;
        let partial = partial.map_err(|error| Setback::of_writing(&error))?;
        let of = download.attachment().clone();
        let resumed = off_runtime(move || Receiver::resume(&of, partial)).await;
        let receiver = resumed.map_err(|error| Setback::of_opening(&error))?;
        Ok(Arc::new(Mutex::new(receiver)))
    }

    /// Gets until all is there and is what the message tells of.
    async fn receive<S: MediaService + ?Sized>(
        &self,
        (id, download): (JobId, &mut Download),
        service: &S,
        receiver: &Shared,
    ) -> Result<(), Setback> {
        let come = lock(receiver).next_byte();
        let all = download.attachment().sealed_bytes;
        let meter = Meter::new(id, come, all, &self.listener);
        loop {
            if lock(receiver).is_whole() {
                let verdict = lock(receiver).verdict();
                match verdict {
                    Verdict::Genuine => return settle(receiver).await,
                    Verdict::Forged => return Err(Setback::Final(TransferError::Forged)),
                    Verdict::Again => restart(receiver, &meter).await?,
                }
            }
            let now_ms = self.clock.now_ms();
            match download.step(now_ms) {
                DownloadStep::Ask(request) => {
                    let answer = service.download(request).await;
                    let answer = answer.map_err(|error| Setback::of_asking(&error))?;
                    download.place(answer, now_ms)?;
                }
                DownloadStep::Get(address) => {
                    let got = self.get_from(&address, receiver, &meter).await;
                    meter.set(lock(receiver).next_byte());
                    if got == Err(Setback::Stale) {
                        download.begin_anew()?;
                    }
                    got?;
                }
            }
        }
    }

    /// Gets the rest of a file from an address, or as much of it as one answer has.
    async fn get_from(
        &self,
        address: &Address,
        receiver: &Shared,
        meter: &Meter,
    ) -> Result<(), Setback> {
        let _turn = self.requests.acquire().await;
        let from = lock(receiver).next_byte();
        let answer = self.http.get(&address.url, from).await?;
        let body = Download::begin(from, &answer.head)?;
        if body == Body::Whole && from > 0 {
            restart(receiver, meter).await?;
        }
        receive_all(answer, body, receiver, meter).await?;
        let receiver = lock(receiver);
        let next = receiver.next_byte();
        let has_come = match body {
            // What ends within a chunk has to come again, and what brought nothing is waited for.
            Body::Rest(bytes) => next > from && next == from.saturating_add(bytes),
            Body::Whole => receiver.is_whole(),
        };
        has_come.then_some(()).ok_or_else(cut_off)
    }
}

/// Opens each piece while the next one comes. The rest of a file is to be as long as was promised: what
/// goes on behind more or less than that would go on somewhere else.
async fn receive_all(
    mut answer: GetAnswer,
    body: Body,
    receiver: &Shared,
    meter: &Meter,
) -> Result<(), Setback> {
    let mut left = match body {
        Body::Rest(bytes) => bytes,
        Body::Whole => u64::MAX,
    };
    let mut next = answer.next().await?;
    while let Some(mut piece) = next {
        let is_more = cut(&mut piece, &mut left);
        let (shared, bytes) = (Arc::clone(receiver), piece.len());
        let pushed = off_runtime(move || lock(&shared).push(&piece));
        let (pushed, come) = join(pushed, answer.next()).await;
        pushed.map_err(|error| Setback::of_opening(&error))?;
        meter.add(bytes);
        if is_more {
            return Err(cut_off());
        }
        next = come?;
    }
    match body {
        Body::Rest(_) if left > 0 => Err(cut_off()),
        _ => Ok(()),
    }
}

/// Cuts off what of a piece was not promised; tells whether there is any such.
fn cut(piece: &mut Bytes, left: &mut u64) -> bool {
    let promised = usize::try_from(*left).unwrap_or(usize::MAX);
    let is_more = piece.len() > promised;
    piece.truncate(promised);
    *left -= piece.len() as u64;
    is_more
}

fn cut_off() -> Setback {
    Setback::passing(RetryReason::CutOff)
}

/// Waits until all that came is on the disk.
async fn settle(receiver: &Shared) -> Result<(), Setback> {
    let shared = Arc::clone(receiver);
    let settled = off_runtime(move || lock(&shared).settle()).await;
    settled.map_err(|error| Setback::of_writing(&error))
}

async fn restart(receiver: &Shared, meter: &Meter) -> Result<(), Setback> {
    let shared = Arc::clone(receiver);
    let restarted = off_runtime(move || lock(&shared).restart()).await;
    restarted.map_err(|error| Setback::of_opening(&error))?;
    meter.set(0);
    Ok(())
}

fn lock(receiver: &Shared) -> MutexGuard<'_, Receiver<PartialFile>> {
    // Whoever panicked with it has left a hash that tells.
    receiver.lock().unwrap_or_else(PoisonError::into_inner)
}
