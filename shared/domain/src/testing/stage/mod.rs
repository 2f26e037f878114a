//! A deployment on a stage: the real use cases over a store in memory, a clock that is turned by
//! hand, ids from a seed, and sockets that write down what was posted to them.
//!
//! Everything runs on one thread and nothing happens by itself, so a test can let any call to a port
//! fail, lose its answer, or never return.

mod devices;
mod files;
mod ports;
mod probe;

pub use files::Files;
pub use ports::{Bell, Jobs, Posted, SeededIds, Sockets, VirtualClock};
pub use probe::{Call, Fate, ProbedStore};

use crate::app::{App, Limits};
use crate::ports::{ConnectionId, Job, Sms, SmsError};
use crate::store::MemoryStore;
use crate::testing::keys::TestIdentity;
use crate::tokens::KeyRing;
use crate::usecases;
use crate::{Address, Usage};
use async_trait::async_trait;
use heliograph_protocol::http::{DeviceInfo, PhoneNumber, SessionOk, VerifyRequest};
use heliograph_protocol::reply::{SendOk, SendOutcome, SyncOk};
use heliograph_protocol::request::{Ack, OutgoingMessage, ReceiptStatus, Send, Sync};
use heliograph_protocol::{MessageId, RequestId};
use std::sync::{Arc, Mutex, PoisonError};

/// When every stage begins, in milliseconds since the Unix epoch: the moment of the sample events.
pub const BEGINNING_MS: u64 = 1_764_000_000_000;

/// A deployment and handles on its ports.
pub struct Stage {
    /// What the use cases work with.
    pub app: App,
    /// The store, with a probe between it and the use cases.
    pub store: Arc<ProbedStore>,
    /// The sockets.
    pub sockets: Arc<Sockets>,
    /// The clock.
    pub clock: Arc<VirtualClock>,
    /// The codes that were sent.
    pub codes: Arc<Codes>,
    /// The work that waits.
    pub jobs: Arc<Jobs>,
    /// Who was woken.
    pub bell: Arc<Bell>,
    /// The files.
    pub files: Arc<Files>,
    ids: Arc<SeededIds>,
}

/// The text messages of a stage.
#[derive(Debug, Default)]
pub struct Codes(Mutex<Vec<String>>);

impl Codes {
    /// The last code that was sent.
    pub fn last(&self) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .last()
            .cloned()
    }
}

#[async_trait]
impl Sms for Codes {
    async fn send_code(&self, _to: &PhoneNumber, code: &str) -> Result<(), SmsError> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(code.to_owned());
        Ok(())
    }
}

/// A use case of the stage did not end as the test needs it.
#[derive(Debug, thiserror::Error)]
#[error("the stage could not {0}")]
pub struct StageError(&'static str);

impl Stage {
    /// Sets a stage; the same seed draws the same ids, codes and tokens.
    ///
    /// # Errors
    /// Never, as the stage's secret is long enough.
    pub fn new(seed: u64) -> Result<Self, StageError> {
        let keys =
            KeyRing::derive("stage", &[7; 32], None).map_err(|_| StageError("derive keys"))?;
        let store = Arc::new(ProbedStore::new(MemoryStore::new()));
        let sockets = Arc::new(Sockets::default());
        let clock = Arc::new(VirtualClock::at(BEGINNING_MS));
        let codes = Arc::new(Codes::default());
        let (jobs, bell) = (Arc::new(Jobs::default()), Arc::new(Bell::default()));
        let ids = Arc::new(SeededIds::new(seed));
        let files = Arc::new(Files::new(clock.clone()));
        let app = App {
            store: store.clone(),
            pusher: sockets.clone(),
            queue: jobs.clone(),
            blobs: files.clone(),
            notifier: bell.clone(),
            sms: codes.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            keys: Arc::new(keys),
            limits: Limits::NONE,
            groups: Arc::default(),
            sends: Arc::default(),
        };
        Ok(Self {
            app,
            store,
            sockets,
            clock,
            codes,
            jobs,
            bell,
            files,
            ids,
        })
    }

    /// Registers a number and enters the code.
    ///
    /// # Errors
    /// When either is refused.
    pub async fn register(&self, number: &str) -> Result<(Address, SessionOk), StageError> {
        let cx = self.app.context();
        let number: PhoneNumber = number.parse().map_err(|_| StageError("read the number"))?;
        let begun = usecases::register(&self.app, &cx, number, "198.51.100.7").await;
        let begun = begun.map_err(|_| StageError("register"))?;
        let code = self.codes.last().ok_or(StageError("send a code"))?;
        let request = VerifyRequest {
            code,
            device: device_info(),
        };
        let session = usecases::verify(&self.app, &cx, &begun.registration_id, request).await;
        let session = session.map_err(|_| StageError("verify"))?;
        let address = usecases::authorize(&self.app, &cx, &session.access_token).await;
        Ok((address.map_err(|_| StageError("authorize"))?, session))
    }

    /// Opens a socket for a device.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn connect(&self, device: &Address) -> Result<ConnectionId, StageError> {
        let id = self.sockets.open(device);
        let (cx, now) = (self.app.context(), self.clock.read());
        let connected = usecases::connect(&self.app, &cx, device, &id, now).await;
        connected.map(|()| id).map_err(|_| StageError("connect"))
    }

    /// Closes a socket and says so.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn disconnect(&self, device: &Address, id: &ConnectionId) -> Result<(), StageError> {
        self.sockets.close(id);
        let disconnected = usecases::disconnect(&self.app, &self.app.context(), device, id).await;
        disconnected.map_err(|_| StageError("disconnect"))
    }

    /// Works off the jobs that wait, and those that they make; returns the bill of each.
    ///
    /// # Errors
    /// When one fails; it waits again then.
    pub async fn work(&self) -> Result<Vec<Usage>, StageError> {
        let mut bills = Vec::new();
        loop {
            let jobs = self.jobs.take();
            if jobs.is_empty() {
                return Ok(bills);
            }
            for job in jobs {
                let cx = self.app.context();
                let is_done = match &job {
                    Job::Presence {
                        user_id,
                        moment,
                        after,
                    } => {
                        let (app, after) = (&self.app, after.clone());
                        let told = usecases::presence::announce(app, &cx, user_id, *moment, after);
                        told.await.is_ok()
                    }
                    Job::Notify {
                        device,
                        entry,
                        tried,
                    } => {
                        let tried = tried.as_ref();
                        let woken = usecases::notify(&self.app, &cx, device, entry, tried).await;
                        woken.is_ok()
                    }
                    Job::FanOut { sent, due_at, .. } => {
                        let carried = usecases::Carried {
                            sent: sent.clone(),
                            due_at: *due_at,
                        };
                        let carried = usecases::fan_out(&self.app, &cx, &[carried]).await;
                        carried.is_ok()
                    }
                    Job::Receipts { sent, row, .. } => {
                        let told = usecases::tell_receipts(&self.app, &cx, sent, *row).await;
                        told.is_ok()
                    }
                };
                if !is_done {
                    let again = self.app.queue.send(&cx, vec![job]).await;
                    again.map_err(|_| StageError("queue again"))?;
                    return Err(StageError("work"));
                }
                bills.push(cx.meter.read());
            }
        }
    }

    /// Sends one text to a user; returns the outcome and the bill.
    pub async fn send(
        &self,
        from: &Address,
        to: &Address,
        message_id: MessageId,
        content: &str,
    ) -> (Option<SendOutcome>, Usage) {
        let message = OutgoingMessage::new(message_id, to.user_id.clone(), content);
        let (sent, usage) = self.send_all(from, vec![message]).await;
        (
            sent.results.into_iter().next().map(|result| result.outcome),
            usage,
        )
    }

    /// Sends a frame of messages; returns the reply and the bill.
    pub async fn send_all(
        &self,
        from: &Address,
        messages: Vec<OutgoingMessage>,
    ) -> (SendOk, Usage) {
        let cx = self.app.context();
        let request = Send::new(RequestId::from(1), messages);
        let sent = usecases::send(&self.app, &cx, from, request).await;
        (sent, cx.meter.read())
    }

    /// Acknowledges; returns the bill.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn ack(
        &self,
        device: &Address,
        status: ReceiptStatus,
        ack_tokens: Vec<String>,
    ) -> Result<Usage, StageError> {
        let cx = self.app.context();
        let request = Ack::new(RequestId::from(1), status, ack_tokens);
        let acked = usecases::ack(&self.app, &cx, device, request).await;
        acked
            .map(|_| cx.meter.read())
            .map_err(|_| StageError("ack"))
    }

    /// Reads a page of an inbox; returns the reply and the bill.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sync(
        &self,
        device: &Address,
        after: Option<String>,
    ) -> Result<(SyncOk, Usage), StageError> {
        let cx = self.app.context();
        let request = Sync::new(RequestId::from(1), after);
        let answer = usecases::sync(&self.app, &cx, device, request).await;
        answer
            .map(|answer| (answer, cx.meter.read()))
            .map_err(|_| StageError("sync"))
    }

    /// Makes a message id of the stage's time and seed.
    ///
    /// # Errors
    /// Never, as the id is made as it must be.
    pub fn message_id(&self) -> Result<MessageId, StageError> {
        use crate::ports::Ids;
        let mut random = [0; 10];
        self.ids.fill(&mut random);
        let id = uuid::Builder::from_unix_timestamp_millis(self.clock.read(), &random).into_uuid();
        MessageId::from_uuid(id).ok_or(StageError("make a message id"))
    }

    /// Runs a use case that dies: at the `calls`-th call to the store, before it or, with
    /// `is_done`, right after it has been done, nothing goes on. Tells whether it came that far.
    pub fn die_at<F: Future>(&self, calls: usize, is_done: bool, work: F) -> bool {
        let fate = if is_done {
            Fate::LoseAnswer
        } else {
            Fate::Hang
        };
        self.store.at_call(calls, fate);
        let alive = futures_util::FutureExt::now_or_never(work).is_some();
        self.store.stop_probing();
        !alive
    }
}

/// A device with keys of its own.
pub fn device_info() -> DeviceInfo {
    DeviceInfo {
        name: "stage".to_owned(),
        registration_id: 7,
        keys: TestIdentity::new(7).key_set(2),
    }
}
