//! The clock, the ids, the sockets, the queue and the notifier of a stage.

use crate::ports::{
    Clock, ConnectionId, Ids, Job, Notifier, NotifyError, NotifyErrorKind, PostError,
    PostErrorKind, Pusher, Queue, QueueError, Registration, TargetError,
};
use crate::{Address, Context};
use async_trait::async_trait;
use heliograph_protocol::event::{Envelope, Event, Receipt};
use heliograph_protocol::people::Presence;
use heliograph_protocol::request::PushTarget;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A clock that moves only when it is told to.
#[derive(Debug)]
pub struct VirtualClock(AtomicU64);

impl VirtualClock {
    /// Starts at a time, in milliseconds since the Unix epoch.
    pub fn at(now_ms: u64) -> Self {
        Self(AtomicU64::new(now_ms))
    }

    /// Reads the time.
    pub fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Moves on.
    pub fn advance(&self, by_ms: u64) {
        self.0.fetch_add(by_ms, Ordering::Relaxed);
    }
}

impl Clock for VirtualClock {
    fn now_ms(&self) -> u64 {
        self.read()
    }
}

/// Ids from a seed.
#[derive(Debug)]
pub struct SeededIds(Mutex<StdRng>);

impl SeededIds {
    /// Takes the seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Ids for SeededIds {
    fn fill(&self, bytes: &mut [u8]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(bytes);
    }
}

/// What one socket got.
#[derive(Clone, Debug, Default)]
pub struct Posted {
    /// The events, in order.
    pub events: Vec<Event>,
    /// Whether the service closed it.
    pub is_closed: bool,
}

impl Posted {
    /// The messages among the events.
    pub fn messages(&self) -> Vec<Envelope> {
        let messages = self.events.iter().filter_map(|event| match event {
            Event::Messages(messages) => Some(messages.clone()),
            _ => None,
        });
        messages.flatten().collect()
    }

    /// The presence among the events.
    pub fn presence(&self) -> Vec<Presence> {
        let presence = self.events.iter().filter_map(|event| match event {
            Event::Presence(presence) => Some(presence.clone()),
            _ => None,
        });
        presence.collect()
    }

    /// The receipts among the events.
    pub fn receipts(&self) -> Vec<Receipt> {
        let receipts = self.events.iter().filter_map(|event| match event {
            Event::Receipts(receipts) => Some(receipts.clone()),
            _ => None,
        });
        receipts.flatten().collect()
    }
}

/// Sockets that write down what is posted to them.
#[derive(Debug, Default)]
pub struct Sockets(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    opened: u64,
    open: BTreeMap<String, Posted>,
    refusal: Option<PostErrorKind>,
    refusals_in_100: u32,
    posts_left: Option<usize>,
    dice: Option<StdRng>,
    close_refusal: Option<PostErrorKind>,
}

impl Sockets {
    /// Opens a socket.
    pub fn open(&self, device: &Address) -> ConnectionId {
        let mut state = self.state();
        state.opened += 1;
        let id = format!("{}-{}", device.device_id, state.opened);
        state.open.insert(id.clone(), Posted::default());
        ConnectionId::new(id)
    }

    /// Closes a socket from the client's side; what it got is gone with it.
    pub fn close(&self, id: &ConnectionId) {
        self.state().open.remove(id.as_str());
    }

    /// What a socket got so far.
    pub fn got(&self, id: &ConnectionId) -> Posted {
        self.state()
            .open
            .get(id.as_str())
            .cloned()
            .unwrap_or_default()
    }

    /// Makes every post fail so, until told otherwise.
    pub fn refuse(&self, kind: Option<PostErrorKind>) {
        self.state().refusal = kind;
    }

    /// Makes so many posts of a hundred fail as throttled, drawn from a seed; 0 ends it.
    pub fn throttle(&self, in_100: u32, seed: u64) {
        let mut state = self.state();
        state.refusals_in_100 = in_100;
        state.dice = Some(StdRng::seed_from_u64(seed));
    }

    /// Lets so many posts through, after which none returns; `None` ends it.
    pub fn hang_after(&self, posts: Option<usize>) {
        self.state().posts_left = posts;
    }

    /// What becomes of the next post: refused, or never answered.
    fn fate(&self) -> Result<(), Option<PostErrorKind>> {
        let mut state = self.state();
        if let Some(left) = &mut state.posts_left {
            *left = left.checked_sub(1).ok_or(None)?;
        }
        let (in_100, refusal) = (state.refusals_in_100, state.refusal);
        let dice = state.dice.as_mut();
        let is_throttled = dice.is_some_and(|dice| dice.next_u32() % 100 < in_100);
        match refusal.or(is_throttled.then_some(PostErrorKind::Throttled)) {
            Some(kind) => Err(Some(kind)),
            None => Ok(()),
        }
    }

    /// Makes every close fail so, until told otherwise.
    pub fn refuse_close(&self, kind: Option<PostErrorKind>) {
        self.state().close_refusal = kind;
    }

    /// How many sockets have got an event of that name.
    pub fn told(&self, name: &str) -> usize {
        let state = self.state();
        let has = |posted: &&Posted| posted.events.iter().any(|event| event.name() == name);
        state.open.values().filter(has).count()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(
        &self,
        id: &ConnectionId,
        act: impl FnOnce(&mut Posted) -> T,
    ) -> Result<T, PostError> {
        match self.state().open.get_mut(id.as_str()) {
            Some(posted) if !posted.is_closed => Ok(act(posted)),
            _ => Err(PostError::new(PostErrorKind::Gone)),
        }
    }
}

#[async_trait]
impl Pusher for Sockets {
    async fn post(
        &self,
        cx: &Context,
        connection: &ConnectionId,
        event: Event,
    ) -> Result<(), PostError> {
        cx.meter.post();
        match self.fate() {
            Ok(()) => self.with(connection, |posted| posted.events.push(event)),
            Err(Some(kind)) => Err(PostError::new(kind)),
            Err(None) => std::future::pending().await,
        }
    }

    async fn close(&self, _cx: &Context, connection: &ConnectionId) -> Result<(), PostError> {
        if let Some(kind) = self.state().close_refusal {
            return Err(PostError::new(kind));
        }
        self.with(connection, |posted| posted.is_closed = true)
    }
}

/// Jobs that wait until the stage works them off.
#[derive(Debug, Default)]
pub struct Jobs(Mutex<Vec<Job>>);

impl Jobs {
    /// Takes what waits.
    pub fn take(&self) -> Vec<Job> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Queue for Jobs {
    async fn send(&self, cx: &Context, jobs: Vec<Job>) -> Result<(), QueueError> {
        cx.meter.queue_request();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend(jobs);
        Ok(())
    }
}

/// Writes down who was woken, or fails as it is told to.
#[derive(Debug, Default)]
pub struct Bell {
    woken: Mutex<Vec<PushTarget>>,
    refusal: Mutex<Option<NotifyErrorKind>>,
}

impl Bell {
    /// Who was woken, in order; forgets it.
    pub fn take(&self) -> Vec<PushTarget> {
        std::mem::take(&mut self.woken.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes every notification fail so, until told otherwise.
    pub fn refuse(&self, kind: Option<NotifyErrorKind>) {
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = kind;
    }
}

#[async_trait]
impl Notifier for Bell {
    fn accepts(&self, target: &PushTarget) -> Result<(), TargetError> {
        match target {
            PushTarget::Fcm { .. } => Err(TargetError::Kind),
            PushTarget::Apns { .. } | PushTarget::Web { .. } => Ok(()),
        }
    }

    fn web_push_key(&self) -> Option<String> {
        Some("a key".to_owned())
    }

    async fn notify(&self, to: &Registration, _now_ms: u64) -> Result<(), NotifyError> {
        let refusal = *self.refusal.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kind) = refusal {
            return Err(NotifyError::new(kind));
        }
        let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        woken.push(to.target.clone());
        Ok(())
    }
}
