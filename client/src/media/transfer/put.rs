//! Putting: asks, puts, and notes what became of it.

use super::files::Part;
use super::http::PutAnswer;
use super::job::{End, Job};
use super::meter::Meter;
use super::setback::Setback;
use super::transfers::Transfers;
use super::upload::{Put, Upload, UploadStep};
use super::{JobId, MediaService};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

impl Transfers {
    /// Goes on with an upload until the file is there or something keeps it. `failures` is 0 after a
    /// part was put.
    pub(super) async fn put<S: MediaService + ?Sized>(
        &self,
        id: JobId,
        mut upload: Upload,
        service: &S,
        failures: &mut u32,
    ) -> Result<End, Setback> {
        let (put, all) = (upload.put_bytes(), upload.sealed_bytes());
        let meter = Arc::new(Meter::new(id, put, all, &self.listener));
        loop {
            let now_ms = self.clock.now_ms();
            let gone = match upload.step(now_ms) {
                UploadStep::Ask(request) => match service.upload(request).await {
                    Ok(answer) => upload.place(answer, now_ms),
                    Err(error) => Err(Setback::of_asking(&error)),
                },
                UploadStep::Put(puts) => {
                    let puts = self.put_parts((id, &mut upload), puts, &meter, failures);
                    puts.await
                }
                UploadStep::Complete(request) => match service.complete(request).await {
                    Ok(_) => {
                        upload.complete();
                        Ok(())
                    }
                    Err(error) => Err(Setback::of_completing(&error)),
                },
                UploadStep::Done(attachment) => return Ok(End::Uploaded(Box::new(attachment))),
            };
            let is_stale = gone == Err(Setback::Stale);
            let gone = if is_stale {
                upload.begin_anew().and(gone)
            } else {
                gone
            };
            meter.set(upload.put_bytes());
            self.note_upload(id, &upload).await?;
            gone?;
        }
    }

    /// Puts parts, some at a time. After the first that fails no other is begun; those under way go on,
    /// unless they are of no use.
    async fn put_parts(
        &self,
        (id, upload): (JobId, &mut Upload),
        puts: Vec<Put>,
        meter: &Arc<Meter>,
        failures: &mut u32,
    ) -> Result<(), Setback> {
        let is_over = AtomicBool::new(false);
        let puts = puts.into_iter();
        let mut going: FuturesUnordered<_> = puts
            .map(|put| self.put_part(id, put, meter, &is_over))
            .collect();
        let mut passing = None;
        while let Some((index, answer)) = going.next().await {
            let put = answer.and_then(|answer| match answer {
                Some(answer) => {
                    upload.put(index, answer.status, answer.etag, answer.retry_after_ms)
                }
                None => Ok(()),
            });
            match put {
                Ok(()) if is_over.load(Ordering::Relaxed) => {}
                Ok(()) => *failures = 0,
                Err(setback @ Setback::Passing { .. }) => {
                    is_over.store(true, Ordering::Relaxed);
                    passing.get_or_insert(setback);
                }
                Err(other) => return Err(other),
            }
            self.note_upload(id, upload).await?;
        }
        passing.map_or(Ok(()), Err)
    }

    /// Puts a part when it is its turn; nothing where it is over by then.
    async fn put_part(
        &self,
        id: JobId,
        put: Put,
        meter: &Arc<Meter>,
        is_over: &AtomicBool,
    ) -> (usize, Result<Option<PutAnswer>, Setback>) {
        let _turn = self.requests.acquire().await;
        if is_over.load(Ordering::Relaxed) {
            return (put.index, Ok(None));
        }
        let bytes = put.bytes.end - put.bytes.start;
        let answer = match self.open_part(id, put.bytes).await {
            Ok(part) => self.http.put(&put.request, part, bytes, meter).await,
            Err(setback) => Err(setback),
        };
        (put.index, answer.map(Some))
    }

    async fn open_part(&self, id: JobId, bytes: Range<u64>) -> Result<Part, Setback> {
        let part = self.files.part(id, bytes).await;
        part.map_err(|error| Setback::of_spool(&error))
    }

    async fn note_upload(&self, id: JobId, upload: &Upload) -> Result<(), Setback> {
        let job = Job::Upload(Box::new(upload.clone()));
        let noted = self.note(id, job).await;
        noted.map_err(|error| Setback::of_disk(&error))
    }
}
