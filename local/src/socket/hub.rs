//! Every open socket, by the name of its connection; the Pusher of this deployment.

use super::outbox::{Close, Full, Outbox, Outgoing};
use crate::faults::Dice;
use crate::metrics::Metrics;
use async_trait::async_trait;
use heliograph_domain::Context;
use heliograph_domain::ports::{ConnectionId, PostError, PostErrorKind, Pusher};
use heliograph_protocol::event::Event;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Posts to sockets of this process.
pub struct Hub {
    sockets: RwLock<HashMap<ConnectionId, Arc<Outbox>>>,
    dice: Arc<Dice>,
    metrics: Arc<Metrics>,
}

impl Hub {
    /// Starts without sockets.
    pub fn new(dice: Arc<Dice>, metrics: Arc<Metrics>) -> Self {
        Self {
            sockets: RwLock::default(),
            dice,
            metrics,
        }
    }

    /// Makes room for a socket; from now on it can be posted to.
    pub(crate) fn open(&self, id: ConnectionId) -> Arc<Outbox> {
        let outbox = Arc::new(Outbox::default());
        let mut sockets = self.sockets.write().unwrap_or_else(PoisonError::into_inner);
        sockets.insert(id, outbox.clone());
        self.metrics
            .connections
            .set(i64::try_from(sockets.len()).unwrap_or(i64::MAX));
        outbox
    }

    /// Forgets a socket: a post says gone from now on.
    pub(crate) fn forget(&self, id: &ConnectionId) {
        let mut sockets = self.sockets.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(outbox) = sockets.remove(id) {
            outbox.close(Close::Asked);
        }
        self.metrics
            .connections
            .set(i64::try_from(sockets.len()).unwrap_or(i64::MAX));
    }

    /// Closes every socket, when the server stops.
    pub fn close_all(&self) {
        let sockets = self.sockets.read().unwrap_or_else(PoisonError::into_inner);
        for outbox in sockets.values() {
            outbox.close(Close::GoingAway);
        }
    }

    fn find(&self, id: &ConnectionId) -> Result<Arc<Outbox>, PostError> {
        let sockets = self.sockets.read().unwrap_or_else(PoisonError::into_inner);
        sockets
            .get(id)
            .cloned()
            .ok_or(PostError::new(PostErrorKind::Gone))
    }

    /// Fails or delays as AWS may.
    fn misbehave(&self) -> Result<bool, PostError> {
        let faults = &self.dice.faults;
        if self.dice.roll(faults.gone) {
            return Err(PostError::new(PostErrorKind::Gone));
        }
        if self.dice.roll(faults.throttled) {
            return Err(PostError::new(PostErrorKind::Throttled));
        }
        Ok(self.dice.roll(faults.reorder))
    }
}

#[async_trait]
impl Pusher for Hub {
    async fn post(
        &self,
        cx: &Context,
        connection: &ConnectionId,
        event: Event,
    ) -> Result<(), PostError> {
        cx.meter.post();
        let outbox = self.find(connection)?;
        let item = Outgoing::Event(Box::new(event));
        if self.misbehave()? {
            let hold = self.dice.hold();
            tokio::spawn(async move {
                tokio::time::sleep(hold).await;
                let _ = outbox.push(item);
            });
            return Ok(());
        }
        outbox.push(item).map_err(|full| {
            PostError::new(match full {
                Full::Slow => PostErrorKind::Throttled,
                Full::Closing => PostErrorKind::Gone,
            })
        })
    }

    async fn close(&self, _cx: &Context, connection: &ConnectionId) -> Result<(), PostError> {
        self.find(connection)?.close(Close::Asked);
        Ok(())
    }
}
