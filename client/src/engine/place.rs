//! What is said in a chat, put where it belongs.

use super::Me;
use crate::DeviceAddress;
use crate::content::{Body, Content};
use crate::history::{self, Change, Chat, Marks, MessageRef, Position, Register, Start};
use crate::store::messages::{self, Message, Status};
use crate::store::{StoreError, chats, marks, receipts, unread};
use heliograph_protocol::MessageId;
use heliograph_protocol::request::Recipient;
use rusqlite::Transaction;

/// Says what has changed in what is shown of a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A message takes its place.
    Message(Message),
    /// Something was done to a message, which may not be there yet.
    Marked(MessageRef),
    /// Right before this message something is missing.
    GapOpened(Position),
    /// All that was missing before this message is there.
    GapHealed(Position),
    /// This message has disappeared.
    Gone(MessageRef),
}

/// Is a message that is to be put in its place.
pub(super) struct Said<'a> {
    pub(super) chat: &'a Recipient,
    pub(super) from: &'a DeviceAddress,
    pub(super) message_id: MessageId,
    /// Its number among the group's messages.
    pub(super) seq: Option<u64>,
    pub(super) content: &'a Content,
    pub(super) bytes: Vec<u8>,
    pub(super) status: Status,
}

impl Me {
    /// Puts a message where it belongs, at once or when what it answers is there. Tells where that is, and
    /// what is shown now; `None` of an id that its author has used: what was said stays said, unless it could
    /// not be read.
    pub(super) fn place(
        &self,
        step: &Transaction<'_>,
        said: Said<'_>,
        now_ms: u64,
    ) -> Result<Option<(Position, Vec<Shown>)>, StoreError> {
        let known = messages::get(step, said.chat, &said.from.user_id, said.message_id)?;
        if known.is_some_and(|it| !it.body.is_empty()) {
            return Ok(None);
        }
        let mut chat = self.chat(step, said.chat)?;
        let message = history::Message {
            id: said.message_id,
            from: said.from.clone(),
            clock: said.content.clock.clone(),
            seq: said.seq,
        };
        let position = message.position();
        let changes = chat.receive(message, now_ms);
        chats::put_history(step, said.chat, &chat)?;
        put(step, &said, position, now_ms)?;
        Ok(Some((position, show(step, said.chat, changes)?)))
    }

    /// Notes the number of a group's message that nothing is made of: it is not missing.
    pub(super) fn note_seq(
        &self,
        step: &Transaction<'_>,
        chat: &Recipient,
        seq: Option<u64>,
        now_ms: u64,
    ) -> Result<Vec<Shown>, StoreError> {
        let Some(seq) = seq else {
            return Ok(Vec::new());
        };
        let mut history = self.chat(step, chat)?;
        let changes = history.note_seq(seq, now_ms);
        chats::put_history(step, chat, &history)?;
        show(step, chat, changes)
    }

    /// Gives a message that is written here its place: the clock that goes with it, and what is to be shown.
    pub(super) fn place_own(
        &self,
        step: &Transaction<'_>,
        chat: &Recipient,
        message_id: MessageId,
        now_ms: u64,
    ) -> Result<(history::Clock, Vec<Change>), StoreError> {
        let mut history = self.chat(step, chat)?;
        let written = history.write(message_id, now_ms);
        chats::put_history(step, chat, &history)?;
        Ok(written)
    }

    /// Tells when something is due next, in ms since the epoch; `None` where nothing is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn next_due(&self, step: &Transaction<'_>) -> Result<Option<u64>, StoreError> {
        let shown = chats::next_due(step)?.map(|(_, at)| at);
        let gone = messages::next_gone(step)?.map(|(at, ..)| at);
        Ok(shown.into_iter().chain(gone).min())
    }

    /// Shows what has waited long enough, and takes away what is to disappear, in the chat in which that is due
    /// first; `None` where nothing is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn show_due(
        &self,
        step: &Transaction<'_>,
        now_ms: u64,
    ) -> Result<Option<(Recipient, Vec<Shown>)>, StoreError> {
        if let Some((at, chat, author, position)) = messages::next_gone(step)?
            && at <= now_ms
        {
            let message_id = position.message_id;
            messages::remove(step, &chat, &author, message_id)?;
            unread::take(step, &chat, (&author, position))?;
            let message = MessageRef { author, message_id };
            marks::remove(step, &chat, &message)?;
            if let Recipient::Group(group_id) = &chat {
                receipts::remove(step, group_id, message.message_id)?;
            }
            return Ok(Some((chat, vec![Shown::Gone(message)])));
        }
        let due = chats::next_due(step)?.filter(|(_, at)| *at <= now_ms);
        let Some((chat, _)) = due else {
            return Ok(None);
        };
        let mut history = self.chat(step, &chat)?;
        let changes = history.tick(now_ms);
        chats::put_history(step, &chat, &history)?;
        let shown = show(step, &chat, changes)?;
        Ok(Some((chat, shown)))
    }

    pub(super) fn chat(
        &self,
        step: &Transaction<'_>,
        chat: &Recipient,
    ) -> Result<Chat, StoreError> {
        let known = chats::history(step, chat)?;
        // What was written before this device heard of the chat does not come.
        Ok(known.unwrap_or_else(|| Chat::new(self.address.clone(), Start::Later)))
    }
}

/// Keeps a message, not shown yet.
pub(super) fn put(
    step: &Transaction<'_>,
    said: &Said<'_>,
    position: Position,
    now_ms: u64,
) -> Result<(), StoreError> {
    // On each device so long after it came there: whoever was away can read it, too.
    let gone_at = said.content.timer_s;
    let gone_at = gone_at.map(|timer_s| now_ms.saturating_add(u64::from(timer_s) * 1_000));
    let message = Message {
        position,
        author: said.from.user_id.clone(),
        status: said.status,
        is_shown: false,
        gone_at,
        body: said.bytes.clone(),
    };
    messages::put(step, said.chat, &message, words(&said.content.body))
}

/// Does to the messages of a chat what its order says.
pub(super) fn show(
    step: &Transaction<'_>,
    chat: &Recipient,
    changes: Vec<Change>,
) -> Result<Vec<Shown>, StoreError> {
    let mut shown = Vec::new();
    for change in changes {
        match change {
            Change::Insert(position) => {
                for message in messages::show(step, chat, position)? {
                    shown.push(inserted(step, chat, message)?);
                }
            }
            Change::GapOpened(position) => shown.push(Shown::GapOpened(position)),
            Change::GapHealed(position) => shown.push(Shown::GapHealed(position)),
        }
    }
    Ok(shown)
}

/// Shows a message, or does what it does to another one: then it is not kept itself.
fn inserted(
    step: &Transaction<'_>,
    chat: &Recipient,
    mut message: Message,
) -> Result<Shown, StoreError> {
    let own = message.name();
    let content = Content::decode(&message.body).ok();
    if let Some(Body::Timer(timer)) = content.as_ref().map(|it| &it.body) {
        let mut register = chats::timer(step, chat)?;
        if Register::set_in(&mut register, timer.timer_s, message.position)
            && let Some(register) = register
        {
            chats::put_timer(step, chat, &register)?;
        }
    }
    let mark = content.and_then(|content| content.mark(&own.author));
    if let Some((target, mark)) = mark {
        let mut marks = marks::get(step, chat, &target)?;
        marks.apply(mark, &own.author, message.position);
        marks::put(step, chat, &target, &marks)?;
        messages::remove(step, chat, &own.author, own.message_id)?;
        if let Some(marked) = messages::get(step, chat, &target.author, target.message_id)? {
            obey(step, chat, &marked, &marks)?;
        }
        return Ok(Shown::Marked(target));
    }
    // What was done to it may have come before it.
    let marks = marks::get(step, chat, &own)?;
    if obey(step, chat, &message, &marks)? {
        message.body = Vec::new();
    }
    Ok(Shown::Message(message))
}

/// Takes away what a deleted message said, or finds an edited one by what it says now. Tells whether it was
/// deleted.
pub(super) fn obey(
    step: &Transaction<'_>,
    chat: &Recipient,
    message: &Message,
    marks: &Marks,
) -> Result<bool, StoreError> {
    if marks.is_deleted() {
        let erased = Message {
            body: Vec::new(),
            ..message.clone()
        };
        messages::put(step, chat, &erased, "")?;
    } else if let Some(text) = marks.edited() {
        messages::put(step, chat, message, text)?;
    }
    Ok(marks.is_deleted())
}

/// Tells by which words a message is found.
pub(super) fn words(body: &Body) -> &str {
    match body {
        Body::Text(text) => &text.text,
        Body::Reply(reply) => &reply.text,
        Body::Media(media) => media.caption.as_deref().unwrap_or_default(),
        _ => "",
    }
}
