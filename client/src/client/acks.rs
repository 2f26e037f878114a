//! What the server is told of what came.

use super::event::Event;
use super::shared::{STORE_AGAIN, Shared};
use crate::store::{StoreError, acks};
use heliograph_protocol::limits::ACK_TOKENS_MAX;
use heliograph_protocol::reply::AckOk;
use heliograph_protocol::request::{Ack, ReceiptStatus};
use std::sync::Arc;
use tokio::time::sleep;

/// How many acks are taken from the store at once.
const AT_ONCE: usize = 10 * ACK_TOKENS_MAX;

/// Pays what is owed whenever there is something, for as long as there is a client.
pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        shared.to_ack.notified().await;
        while shared.pay().await.is_err() {
            shared.tell(Event::StoreFailed);
            sleep(STORE_AGAIN).await;
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
            let some = some.to_vec();
            // Where it is refused it always will be: the server does not know one of them.
            _ = self
                .ask::<_, AckOk>(move |id| Ack::new(id, status, some))
                .await;
        }
        self.step(move |step, _| acks::paid(step, status, &tokens))
            .await?;
        Ok(true)
    }
}
