//! What the server is told of what came.

use super::shared::Shared;
use crate::store::{StoreError, acks};
use crate::transport::RequestError;
use heliograph_protocol::limits::ACK_TOKENS_MAX;
use heliograph_protocol::reply::AckOk;
use heliograph_protocol::request::{Ack, ReceiptStatus};
use std::sync::Arc;

/// How many acks are taken from the store at once.
const AT_ONCE: usize = 10 * ACK_TOKENS_MAX;

/// Pays what is owed whenever there is something, for as long as there is a client.
pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        shared.to_ack.notified().await;
        while shared.pay().await.is_err() {
            shared.store_failed().await;
        }
        shared.is_done.notify_waiters();
    }
}

impl Shared {
    async fn pay(self: &Arc<Self>) -> Result<(), StoreError> {
        for status in [ReceiptStatus::Delivered, ReceiptStatus::Read] {
            while self.pay_some(status).await? {}
        }
        Ok(())
    }

    /// Pays some of what is owed for a status; tells whether there was any.
    async fn pay_some(self: &Arc<Self>, status: ReceiptStatus) -> Result<bool, StoreError> {
        let owed = self.step(move |step, _| acks::some(step, status, AT_ONCE));
        let tokens = owed.await?;
        if tokens.is_empty() {
            return Ok(false);
        }
        for some in tokens.chunks(ACK_TOKENS_MAX) {
            if self.ack(status, some).await.is_err() {
                // The server does not know one of them, and never will; the others are not to blame.
                for token in some.chunks(1) {
                    _ = self.ack(status, token).await;
                }
            }
        }
        self.step(move |step, _| acks::paid(step, status, &tokens))
            .await?;
        Ok(true)
    }

    async fn ack(&self, status: ReceiptStatus, tokens: &[String]) -> Result<AckOk, RequestError> {
        let tokens = tokens.to_vec();
        self.ask(move |id| Ack::new(id, status, tokens)).await
    }
}
