//! What an app writes.

use super::Client;
use super::error::SendError;
use super::shared::events;
use crate::content::{Body, Delete, Edit, Reaction, Reply, Text};
use crate::engine::WriteError;
use crate::history::MessageRef;
use crate::random;
use heliograph_protocol::MessageId;
use heliograph_protocol::request::Recipient;

impl Client {
    /// Writes a text to somebody, or to a group; gives the id of the message. It is kept when this returns, and sent when it
    /// can be.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send_text(
        &self,
        to: impl Into<Recipient>,
        text: &str,
    ) -> Result<MessageId, SendError> {
        let text = text.to_owned();
        self.send(to, Text { text }).await
    }

    /// Answers a message.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn reply(
        &self,
        to: impl Into<Recipient>,
        message: MessageRef,
        text: &str,
    ) -> Result<MessageId, SendError> {
        let (to_message, text) = (message, text.to_owned());
        let reply = Reply {
            to: to_message,
            text,
        };
        self.send(to, reply).await
    }

    /// Reacts to a message by an emoji; without one, what was reacted is taken back.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn react(
        &self,
        to: impl Into<Recipient>,
        message: MessageRef,
        emoji: Option<&str>,
    ) -> Result<MessageId, SendError> {
        let emoji = emoji.map(str::to_owned);
        self.send(to, Reaction { to: message, emoji }).await
    }

    /// Writes a message of one's own anew.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn edit(
        &self,
        to: impl Into<Recipient>,
        message_id: MessageId,
        text: &str,
    ) -> Result<MessageId, SendError> {
        let text = text.to_owned();
        self.send(to, Edit { message_id, text }).await
    }

    /// Deletes a message of one's own, for everyone.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn delete(
        &self,
        to: impl Into<Recipient>,
        message_id: MessageId,
    ) -> Result<MessageId, SendError> {
        self.send(to, Delete { message_id }).await
    }

    /// Says anything that has its place in a chat.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send(
        &self,
        to: impl Into<Recipient>,
        says: impl Into<Body>,
    ) -> Result<MessageId, SendError> {
        let (chat, body) = (to.into(), says.into());
        if chat == Recipient::User(self.address().user_id.clone()) {
            return Err(SendError::ToOneself);
        }
        let now_ms = self.shared.clock.now_ms();
        let message_id = MessageId::new(now_ms, &random::bytes()?);
        let written = self.shared.step(move |step, me| {
            let shown = me.write(step, (&chat, message_id), body, now_ms)?;
            events(step, &chat, shown).map_err(WriteError::from)
        });
        for event in written.await? {
            self.shared.tell(event);
        }
        self.shared.to_send.notify_one();
        Ok(message_id)
    }
}
