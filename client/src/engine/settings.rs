//! What a user's devices have to agree on, by name: the last write counts.

use super::{Me, Outcome, WriteError};
use crate::DeviceAddress;
use crate::content::{Content, Setting};
use crate::history::{self, Clock, Position, Registers};
use crate::random;
use crate::store::{StoreError, chats, outbox, settings};
use heliograph_protocol::MessageId;
use heliograph_protocol::request::Recipient;
use rusqlite::Transaction;

/// Under which name the registers are kept.
pub(super) const REGISTERS: &str = "engine.registers";

impl Me {
    /// Sets something for all of this user's devices; `None` takes it back.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn set(
        &self,
        step: &Transaction<'_>,
        name: &str,
        value: Option<Vec<u8>>,
        now_ms: u64,
    ) -> Result<(), WriteError> {
        let own = Recipient::User(self.address.user_id.clone());
        let message_id = MessageId::new(now_ms, &random::bytes()?);
        let setting = Setting {
            name: name.to_owned(),
            value,
        };
        let mut content = Content::new(setting.clone());
        let (clock, _) = self.place_own(step, &own, message_id, now_ms)?;
        let position = clock.position(message_id);
        content.clock = Some(clock);
        let bytes = content.encode()?;
        apply(step, setting, position)?;
        let others = self.recipients(step, &self.address.user_id)?;
        if others.is_none_or(|others| !others.is_empty()) {
            outbox::add(step, &own, message_id, &bytes)?;
        }
        Ok(())
    }

    /// Reads what is set; `None` where it is not.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn setting(
        &self,
        step: &Transaction<'_>,
        name: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let registers: Option<Registers> = settings::get(step, REGISTERS)?;
        Ok(registers.and_then(|it| it.get(name).map(<[u8]>::to_vec)))
    }

    /// Takes what another one of this user's devices has set.
    pub(super) fn hear_setting(
        &self,
        step: &Transaction<'_>,
        (from, message_id, clock): (&DeviceAddress, MessageId, Option<Clock>),
        setting: Setting,
        now_ms: u64,
    ) -> Result<Outcome, StoreError> {
        let own = Recipient::User(self.address.user_id.clone());
        let message = history::Message {
            id: message_id,
            from: from.clone(),
            clock,
            seq: None,
        };
        let position = message.position();
        let mut history = self.chat(step, &own)?;
        // So that what is set here later is later.
        history.receive(message, now_ms);
        chats::put_history(step, &own, &history)?;
        let name = setting.name.clone();
        Ok(match apply(step, setting, position)? {
            true => Outcome::Set(name),
            false => Outcome::Ignored,
        })
    }
}

/// Takes a value; tells whether it is the last.
fn apply(step: &Transaction<'_>, setting: Setting, at: Position) -> Result<bool, StoreError> {
    let mut registers: Registers = settings::get(step, REGISTERS)?.unwrap_or_default();
    let is_last = registers.set(&setting.name, setting.value, at);
    if is_last {
        settings::set(step, REGISTERS, &registers)?;
    }
    Ok(is_last)
}
