//! What an app writes.

use super::Client;
use super::error::{AskError, SendError};
use super::shared::events;
use crate::content::{Body, Delete, Edit, Reaction, Reply, Text, Timer, Typing};
use crate::engine::WriteError;
use crate::history::MessageRef;
use crate::random;
use crate::store::StoreError;
use heliograph_protocol::MessageId;
use heliograph_protocol::reply::SendOk;
use heliograph_protocol::request::{Recipient, Send};

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

    /// Has what is written in a chat from now on disappear so many seconds, 1 to
    /// [`TIMER_S_MAX`](crate::content::TIMER_S_MAX), after it came to a device; `None`: no more. Whoever is in the
    /// chat may say so, the last one counts.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn disappear_after(
        &self,
        to: impl Into<Recipient>,
        timer_s: Option<u32>,
    ) -> Result<MessageId, SendError> {
        self.send(to, Timer { timer_s }).await
    }

    /// Tells whoever of a chat is connected now that this user is writing there, or no longer. It is kept by
    /// nobody, and not told where keys are to be fetched or shared first, nor in groups of more than 32.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn typing(
        &self,
        chat: impl Into<Recipient>,
        is_typing: bool,
    ) -> Result<(), AskError> {
        let (chat, now_ms) = (chat.into(), self.shared.clock.now_ms());
        let sealed = self
            .shared
            .step(move |step, me| me.signal(step, &chat, Typing { is_typing }, now_ms));
        let Some(message) = sealed.await? else {
            return Ok(());
        };
        let sent = self
            .shared
            .connection
            .ask(move |id| Send::new(id, vec![message]));
        let SendOk { .. } = sent.await?;
        Ok(())
    }

    /// Sets something for all of this user's devices, which the app makes sense of; `None` takes it back. The last
    /// write counts.
    ///
    /// # Errors
    /// [`WriteError`].
    pub async fn set(&self, name: &str, value: Option<Vec<u8>>) -> Result<(), WriteError> {
        let (name, now_ms) = (name.to_owned(), self.shared.clock.now_ms());
        let set = self.shared.write(move |step, shared| {
            shared.me.set(step, &name, value, now_ms)?;
            Ok(Vec::new())
        });
        set.await
    }

    /// Reads what is set; `None` where it is not.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let name = name.to_owned();
        self.shared
            .step(move |step, me| me.setting(step, &name))
            .await
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
        let written = self.shared.write(move |step, shared| {
            let shown = shared.me.write(step, (&chat, message_id), body, now_ms)?;
            events(step, &chat, shown).map_err(WriteError::from)
        });
        written.await?;
        Ok(message_id)
    }
}
