//! What is sent.

use super::event::Event;
use super::fetch::Fetched;
use super::shared::{Shared, events};
use crate::engine::{Answered, Me, Outgoing};
use crate::store::StoreError;
use crate::transport::RequestError;
use futures_util::future::join;
use heliograph_protocol::UserId;
use heliograph_protocol::reply::{SendOk, SendResult};
use heliograph_protocol::request::{OutgoingMessage, Send};
use rusqlite::Transaction;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long the next frame waits for what else is to be sent, unless one is full already. Chosen here: the first
/// message goes at once, and whoever writes much sends few frames.
const FRAMES_APART_MS: u64 = 50;
/// After how long a message is sent again that the service did not take for now.
const SEND_AGAIN_MS: u64 = 2_000;

/// How often somebody's keys are fetched while one thing after another is sent.
const FETCHES_MAX: u32 = 3;

/// Sends what waits whenever there is something, for as long as there is a client.
pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        shared.to_send.notified().await;
        while shared.flush().await.is_err() {
            shared.store_failed().await;
        }
        shared.is_done.notify_waiters();
    }
}

impl Shared {
    /// Sends all that may be sent.
    async fn flush(self: &Arc<Self>) -> Result<(), StoreError> {
        let mut known = Known::default();
        loop {
            self.fetch_groups().await?;
            let (without, now_ms) = (known.without.clone(), self.clock.now_ms());
            let outgoing = self.step(move |step, me| me.outgoing(step, &without, now_ms));
            let Outgoing {
                messages,
                is_full,
                unknown,
                changed,
                failed,
                ..
            } = outgoing.await?;
            for progress in failed {
                self.tell(progress.into());
            }
            for user_id in changed {
                // Whoever writes to them has to know why nothing goes out.
                if known.told.insert(user_id.clone()) {
                    self.tell(Event::KeysChanged { user_id });
                }
            }
            let learnt = self.learn(unknown, &mut known).await?;
            if messages.is_empty() && !learnt {
                return Ok(());
            }
            if !messages.is_empty() {
                let sending = self.send(messages, &mut known);
                let goes_on = match is_full {
                    true => sending.await,
                    false => join(sending, self.clock.sleep_ms(FRAMES_APART_MS)).await.0,
                };
                if !goes_on? {
                    self.clock.sleep_ms(SEND_AGAIN_MS).await;
                }
            }
        }
    }

    /// Fetches the keys of those whose are not known, some at a time; tells whether it is worth another look.
    async fn learn(
        self: &Arc<Self>,
        unknown: BTreeSet<UserId>,
        known: &mut Known,
    ) -> Result<bool, StoreError> {
        let (mut goes_on, mut connected) = (false, self.connected.subscribe());
        let asked = unknown.into_iter();
        let asked: Vec<_> = asked.filter(|it| known.asks_for(it)).collect();
        if asked.is_empty() {
            return Ok(false);
        }
        let mut is_offline = false;
        for (user_id, fetched) in self.fetch_keys(asked).await? {
            match fetched {
                Fetched::Learnt { is_told } => {
                    goes_on = true;
                    if is_told {
                        known.told.insert(user_id);
                    }
                }
                Fetched::Offline => {
                    is_offline = true;
                    known.was_not_asked_for(&user_id);
                }
                Fetched::Nothing | Fetched::NotThere => {
                    // A group is written to all the same.
                    goes_on |= known.without.insert(user_id.clone());
                    self.tell(Event::Unreachable { user_id });
                }
            }
        }
        if is_offline {
            self.next_connection(&mut connected).await;
        }
        Ok(goes_on || is_offline)
    }

    /// Sends a frame, and takes the answer; tells whether the next one may go at once.
    async fn send(
        self: &Arc<Self>,
        messages: Vec<OutgoingMessage>,
        known: &mut Known,
    ) -> Result<bool, StoreError> {
        let mut results = Vec::new();
        match self.send_frame(messages.clone()).await {
            Ok(answered) => results = answered,
            // One of them is to blame, and does not take the others with it.
            Err(_) => {
                for message in messages {
                    let message_id = message.message_id;
                    match self.send_frame(vec![message]).await {
                        Ok(answered) => results.extend(answered),
                        Err(RequestError::Refused(error)) => {
                            results.push(SendResult::refused(message_id, error));
                        }
                        Err(_) => {}
                    }
                }
            }
        }
        let now_ms = self.clock.now_ms();
        let answered = self.step(move |step, me| {
            let answer = |result| taken(step, me, result, now_ms);
            results
                .iter()
                .map(answer)
                .collect::<Result<Vec<_>, StoreError>>()
        });
        let answered = answered.await?;
        // Whatever the server answers: unless something has come of it, it is asked again a while later.
        let mut goes_on = answered.iter().any(|it| it.is_done);
        for taken in answered {
            goes_on &= !taken.is_for_later;
            known.without.extend(taken.without);
            for event in taken.told {
                self.tell(event);
            }
        }
        Ok(goes_on)
    }

    async fn send_frame(
        &self,
        messages: Vec<OutgoingMessage>,
    ) -> Result<Vec<SendResult>, RequestError> {
        let SendOk { results } = self.ask(|id| Send::new(id, messages)).await?;
        Ok(results)
    }
}

/// Is what is known of people while one thing after another is sent.
#[derive(Default)]
struct Known {
    /// How often whose keys were fetched: not for ever, whatever the server says of their devices.
    fetches: BTreeMap<UserId, u32>,
    /// Of whose keys the user was told that they have changed.
    told: BTreeSet<UserId>,
    /// Whose keys are not to be had.
    without: BTreeSet<UserId>,
}

impl Known {
    /// Notes that somebody's keys are asked for once more; tells whether they may be.
    fn asks_for(&mut self, user_id: &UserId) -> bool {
        let fetches = self.fetches.entry(user_id.clone()).or_default();
        *fetches += 1;
        if *fetches > FETCHES_MAX {
            self.without.insert(user_id.clone());
        }
        !self.without.contains(user_id)
    }

    /// Takes that back: there was no connection.
    fn was_not_asked_for(&mut self, user_id: &UserId) {
        if let Some(fetches) = self.fetches.get_mut(user_id) {
            *fetches -= 1;
        }
    }
}

/// Is what the server's word on a message has come to.
#[derive(Default)]
struct Taken {
    told: Vec<Event>,
    without: Option<UserId>,
    is_for_later: bool,
    is_done: bool,
}

fn taken(
    step: &Transaction<'_>,
    me: &Me,
    result: &SendResult,
    now_ms: u64,
) -> Result<Taken, StoreError> {
    let answered = me.answered(step, result, now_ms)?;
    let mut taken = Taken {
        is_done: !matches!(answered, Answered::Before | Answered::Later),
        ..Taken::default()
    };
    match answered {
        Answered::Settled {
            progress,
            shown,
            chat,
        } => {
            taken.told = events(step, &chat, shown)?;
            taken.told.extend(progress.map(Event::from));
        }
        Answered::Unshared(user_id) => taken.without = Some(user_id),
        Answered::Later => taken.is_for_later = true,
        Answered::Anew | Answered::Before => {}
    }
    Ok(taken)
}
