//! What a device that was linked gets from the one that has linked it: contacts, settings and what was said lately.

use super::Me;
use super::place::{obey, words};
use super::settings::REGISTERS;
use crate::content::Content;
use crate::history::{Chat, Marks, MessageRef, Position, Register, Registers, Start};
use crate::store::messages::{self, Message, Status};
use crate::store::{StoreError, chats, contacts, marks, settings};
use heliograph_protocol::people::Contact;
use heliograph_protocol::request::Recipient;
use heliograph_protocol::{MessageId, UserId};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};

/// Bounds the messages of a chat that are handed over, and the bytes of all of them. Chosen here: it is held in
/// memory.
const MESSAGES_EACH_MAX: usize = 1_000;
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// Is what is handed over.
#[derive(Default, Serialize, Deserialize)]
struct Handover {
    contacts: Vec<Contact>,
    registers: Registers,
    chats: Vec<HandedChat>,
}

#[derive(Serialize, Deserialize)]
struct HandedChat {
    chat: Recipient,
    timer: Option<Register<Option<u32>>>,
    messages: Vec<HandedMessage>,
}

#[derive(Serialize, Deserialize)]
struct HandedMessage {
    height: u64,
    #[serde(with = "crate::history::message_id")]
    message_id: MessageId,
    author: UserId,
    status: i64,
    gone_at: Option<u64>,
    #[serde(with = "serde_bytes")]
    body: Vec<u8>,
    marks: Marks,
}

impl Me {
    /// Packs what this device knows, the newest of each chat.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn pack_handover(&self, step: &Transaction<'_>) -> Result<Vec<u8>, StoreError> {
        let mut handover = Handover {
            contacts: contacts::list(step)?,
            registers: settings::get(step, REGISTERS)?.unwrap_or_default(),
            chats: Vec::new(),
        };
        let mut left = BYTES_MAX;
        for chat in chats::list(step)? {
            let mut handed = Vec::new();
            for message in messages::page(step, &chat, None, MESSAGES_EACH_MAX)?
                .into_iter()
                .rev()
            {
                let message = hand(step, &chat, message)?;
                let bytes = rmp_serde::to_vec_named(&message).map_err(|_| StoreError::Corrupt)?;
                let Some(rest) = left.checked_sub(bytes.len()) else {
                    break;
                };
                left = rest;
                handed.push(message);
            }
            handover.chats.push(HandedChat {
                timer: chats::timer(step, &chat)?,
                messages: handed,
                chat,
            });
        }
        rmp_serde::to_vec_named(&handover).map_err(|_| StoreError::Corrupt)
    }

    /// Takes what another device has packed; what is known here already stays as it is. Gives how many messages
    /// there were.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Corrupt`] where it is not understood.
    pub fn take_handover(
        &self,
        step: &Transaction<'_>,
        packed: &[u8],
    ) -> Result<usize, StoreError> {
        let handover: Handover = rmp_serde::from_slice(packed).map_err(|_| StoreError::Corrupt)?;
        for contact in &handover.contacts {
            contacts::put(step, contact)?;
        }
        let mut registers: Registers = settings::get(step, REGISTERS)?.unwrap_or_default();
        registers.merge(handover.registers);
        settings::set(step, REGISTERS, &registers)?;
        let mut taken = 0;
        for HandedChat {
            chat,
            timer,
            messages,
        } in handover.chats
        {
            if chats::history(step, &chat)?.is_none() {
                let begun = Chat::new(self.address.clone(), Start::Later);
                chats::put_history(step, &chat, &begun)?;
            }
            let mut latest = chats::timer(step, &chat)?;
            Register::merge(&mut latest, timer);
            if let Some(latest) = latest {
                chats::put_timer(step, &chat, &latest)?;
            }
            for message in messages {
                taken += usize::from(take(step, &chat, message)?);
            }
        }
        Ok(taken)
    }
}

fn hand(
    step: &Transaction<'_>,
    chat: &Recipient,
    message: Message,
) -> Result<HandedMessage, StoreError> {
    Ok(HandedMessage {
        marks: marks::get(step, chat, &message.name())?,
        height: message.position.height,
        message_id: message.position.message_id,
        author: message.author,
        status: message.status as i64,
        gone_at: message.gone_at,
        body: message.body,
    })
}

/// Keeps a message that is not known here; tells whether it was not.
fn take(
    step: &Transaction<'_>,
    chat: &Recipient,
    handed: HandedMessage,
) -> Result<bool, StoreError> {
    let known = messages::get(step, chat, &handed.author, handed.message_id)?;
    if known.is_some_and(|it| !it.body.is_empty()) {
        return Ok(false);
    }
    let name = MessageRef {
        author: handed.author.clone(),
        message_id: handed.message_id,
    };
    let message = Message {
        position: Position {
            height: handed.height,
            message_id: handed.message_id,
        },
        author: handed.author,
        status: Status::read(handed.status)?,
        is_shown: true,
        gone_at: handed.gone_at,
        body: handed.body,
    };
    let content = Content::decode(&message.body).ok();
    let said = content.as_ref().map_or("", |it| words(&it.body));
    messages::put(step, chat, &message, said)?;
    // What was done to it since may be here already.
    let mut marks = marks::get(step, chat, &name)?;
    marks.merge(handed.marks);
    marks::put(step, chat, &name, &marks)?;
    obey(step, chat, &message, &marks)?;
    Ok(true)
}
