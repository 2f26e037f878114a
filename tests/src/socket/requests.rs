//! What a client asks.

use super::{Closed, Socket};
use crate::messages::message;
use crate::person::Person;
use crate::reply::{Reply, Sent};
use heliograph_protocol::MessageId;
use heliograph_protocol::event::Envelope;
use heliograph_protocol::reply::{AckOk, Empty, MessageStatus, SendOk, StatusOk, SyncOk};
use heliograph_protocol::request::{
    Ack, OutgoingMessage, Ping, ReceiptStatus, Request, Send, Status, StatusQuery, Sync,
};
use heliograph_protocol::{RequestId, limits::ACK_TOKENS_MAX};
use tokio_tungstenite::tungstenite::Message;

impl Socket {
    /// Sends one message.
    pub async fn send(&mut self, to: &Person, text: &str) -> Sent {
        self.send_one(message(to, text)).await
    }

    /// Sends one message that was made before.
    pub async fn send_one(&mut self, message: OutgoingMessage) -> Sent {
        let mut sent = self.send_all(vec![message]).await;
        sent.pop().expect("one result")
    }

    /// Sends messages in one frame; the results are in their order.
    pub async fn send_all(&mut self, messages: Vec<OutgoingMessage>) -> Vec<Sent> {
        let sent = self.try_send_all(messages).await;
        sent.unwrap_or_else(|closed| panic!("{}: {closed:?} instead of a reply", self.name))
    }

    /// Sends messages in one frame, unless the socket closes before there is a reply.
    pub async fn try_send_all(
        &mut self,
        messages: Vec<OutgoingMessage>,
    ) -> Result<Vec<Sent>, Closed> {
        let ids: Vec<MessageId> = messages.iter().map(|message| message.message_id).collect();
        let reply = self.try_ask(|id| Send::new(id, messages)).await?;
        let SendOk { results } = reply.ok();
        let answered: Vec<MessageId> = results.iter().map(|result| result.message_id).collect();
        assert_eq!(answered, ids, "one result a message, in their order");
        Ok(results.into_iter().map(Sent).collect())
    }

    /// Says that messages are on disk here.
    pub async fn delivered(&mut self, messages: &[Envelope]) {
        self.ack(ReceiptStatus::Delivered, messages).await;
    }

    /// Says that messages have been seen.
    pub async fn read(&mut self, messages: &[Envelope]) {
        self.ack(ReceiptStatus::Read, messages).await;
    }

    async fn ack(&mut self, status: ReceiptStatus, messages: &[Envelope]) {
        for messages in messages.chunks(ACK_TOKENS_MAX) {
            let tokens: Vec<String> = messages.iter().map(|it| it.ack_token.clone()).collect();
            let acked = self.ack_tokens(status, tokens).await.ok::<AckOk>().acked;
            assert_eq!(usize::try_from(acked), Ok(messages.len()));
        }
    }

    /// Acknowledges whatever tokens.
    pub async fn ack_tokens(&mut self, status: ReceiptStatus, tokens: Vec<String>) -> Reply {
        self.ask(|id| Ack::new(id, status, tokens)).await
    }

    /// Reads one page of what waits.
    pub async fn sync(&mut self, after: Option<String>) -> SyncOk {
        self.ask(|id| Sync::new(id, after)).await.ok()
    }

    /// Reads and acknowledges what waits, page by page until there is nothing; messages only.
    pub async fn drain(&mut self) -> Vec<Envelope> {
        let mut drained = Vec::new();
        let ended = self.try_drain(|envelope| drained.push(envelope)).await;
        ended.unwrap_or_else(|closed| panic!("{}: {closed:?} while draining", self.name));
        drained
    }

    /// As [`Socket::drain`], unless the socket closes; each message is kept before it is acked.
    pub async fn try_drain(&mut self, mut keep: impl FnMut(Envelope)) -> Result<(), Closed> {
        let mut after = None;
        loop {
            let page: SyncOk = self.try_ask(|id| Sync::new(id, after)).await?.ok();
            let receipts = page.receipts.iter().filter_map(|it| it.ack_token.clone());
            let changes = page.group_events.iter().map(|it| it.ack_token.clone());
            let messages = page.messages.iter().map(|it| it.ack_token.clone());
            let tokens: Vec<String> = messages.chain(receipts).chain(changes).collect();
            page.messages.into_iter().for_each(&mut keep);
            if !tokens.is_empty() {
                let ack = |id| Ack::new(id, ReceiptStatus::Delivered, tokens);
                let _: AckOk = self.try_ask(ack).await?.ok();
            }
            if !page.more {
                return Ok(());
            }
            after = page.next;
        }
    }

    /// Checks that nothing waits.
    pub async fn has_empty_inbox(&mut self) {
        let page = self.sync(None).await;
        let name = &self.name;
        assert!(page.messages.is_empty(), "{name}: {:?}", page.messages);
        assert!(page.receipts.is_empty(), "{name}: {:?}", page.receipts);
        let changes = &page.group_events;
        assert!(changes.is_empty(), "{name}: {changes:?}");
        assert!(!page.more, "{name}: there is more");
    }

    /// Asks how far messages got.
    pub async fn status(&mut self, to: &Person, ids: &[MessageId]) -> Vec<MessageStatus> {
        let query = |id: &MessageId| StatusQuery {
            message_id: *id,
            to: to.user_id().clone().into(),
        };
        let queries = ids.iter().map(query).collect();
        let StatusOk { statuses } = self.ask(|id| Status::new(id, queries)).await.ok();
        statuses
    }

    /// Checks that the socket still works.
    pub async fn ping(&mut self) {
        let _: Empty = self.ask(Ping::new).await.ok();
    }

    /// Asks and waits for the reply.
    pub async fn ask<R: Request>(&mut self, request: impl FnOnce(RequestId) -> R) -> Reply {
        let reply = self.try_ask(request).await;
        reply.unwrap_or_else(|closed| panic!("{}: {closed:?} instead of a reply", self.name))
    }

    /// Asks and waits for the reply, or the end of the socket.
    pub async fn try_ask<R: Request>(
        &mut self,
        request: impl FnOnce(RequestId) -> R,
    ) -> Result<Reply, Closed> {
        let id = self.begin(request).await?;
        self.end(&id).await
    }

    /// Asks, and does not wait.
    pub async fn begin<R: Request>(
        &mut self,
        request: impl FnOnce(RequestId) -> R,
    ) -> Result<RequestId, Closed> {
        self.requests += 1;
        let id = RequestId::from(self.requests);
        let request = request(id.clone());
        self.send_raw(Message::text(request.to_json())).await?;
        Ok(id)
    }

    /// Waits for the reply to what was asked.
    pub async fn end(&mut self, id: &RequestId) -> Result<Reply, Closed> {
        self.reply(|reply| reply.id.as_deref() == Some(id.as_str()))
            .await
    }

    /// Sends any text, and waits for any reply.
    pub async fn say(&mut self, text: &str) -> Reply {
        let said = self.send_raw(Message::text(text)).await;
        let reply = match said {
            Ok(()) => self.reply(|_| true).await,
            Err(closed) => Err(closed),
        };
        reply.unwrap_or_else(|closed| panic!("{}: {closed:?} after {text}", self.name))
    }
}
