//! What an app shows.

use super::{Client, ShownMessage};
use crate::engine::WriteError;
use crate::history::Position;
use crate::store::{self, StoreError, chats, messages, unread};
use heliograph_protocol::request::Recipient;

/// Is a chat as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatSummary {
    /// With whom, or in which group.
    pub chat: Recipient,
    /// The last message that is shown in it.
    pub last: Option<ShownMessage>,
    /// How many messages were not read.
    pub unread: u64,
}

impl Client {
    /// Lists the chats, the one with the newest message first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn chats(&self) -> Result<Vec<ChatSummary>, StoreError> {
        self.shared
            .step(|step, me| {
                let own = Recipient::User(me.address().user_id.clone());
                let summary = |chat: Recipient| {
                    let last = messages::page(step, &chat, None, 1)?.pop();
                    let last = last.map(|last| ShownMessage::read(step, &chat, last));
                    Ok(ChatSummary {
                        last: last.transpose()?,
                        unread: unread::count(step, &chat)?,
                        chat,
                    })
                };
                // With oneself, devices keep what they have to agree on.
                let listed = chats::list(step)?.into_iter();
                listed.filter(|chat| *chat != own).map(summary).collect()
            })
            .await
    }

    /// Reads the last messages of a chat before a position, or the last of all, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn messages(
        &self,
        chat: impl Into<Recipient>,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Vec<ShownMessage>, StoreError> {
        let chat = chat.into();
        self.shared
            .step(move |step, _| {
                let page = messages::page(step, &chat, before, limit)?.into_iter();
                page.map(|message| ShownMessage::read(step, &chat, message))
                    .collect()
            })
            .await
    }

    /// Reads the next messages of a chat behind a position, or the first of all, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn messages_after(
        &self,
        chat: impl Into<Recipient>,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<ShownMessage>, StoreError> {
        let chat = chat.into();
        self.shared
            .step(move |step, _| {
                let page = messages::page_after(step, &chat, after, limit)?.into_iter();
                page.map(|message| ShownMessage::read(step, &chat, message))
                    .collect()
            })
            .await
    }

    /// Finds messages that hold all of some words, the last as the beginning of one; those that came last
    /// first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn search(
        &self,
        words: &str,
        limit: usize,
    ) -> Result<Vec<(Recipient, ShownMessage)>, StoreError> {
        let words = words.to_owned();
        self.shared
            .step(move |step, _| {
                let found = store::search(step, &words, limit)?.into_iter();
                found
                    .map(|(chat, message)| {
                        let message = ShownMessage::read(step, &chat, message)?;
                        Ok((chat, message))
                    })
                    .collect()
            })
            .await
    }

    /// Notes that a chat was read up to a message; those who wrote it are told, where both sides' settings
    /// allow, and this user's other devices.
    ///
    /// # Errors
    /// [`WriteError`].
    pub async fn mark_read(
        &self,
        chat: impl Into<Recipient>,
        up_to: Position,
    ) -> Result<(), WriteError> {
        let (chat, now_ms) = (chat.into(), self.shared.clock.now_ms());
        let read = self.shared.write(move |step, shared| {
            shared.me.read(step, &chat, up_to, now_ms)?;
            // Whoever looks has to wait for the end of this step.
            shared.to_ack.notify_one();
            Ok(Vec::new())
        });
        read.await
    }
}
