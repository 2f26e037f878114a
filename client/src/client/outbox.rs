//! What is sent.

use super::event::Event;
use super::shared::{STORE_AGAIN, Shared, next_connection};
use crate::e2ee::KeyChange;
use crate::engine::{Answered, BeginError, Outgoing};
use crate::store::StoreError;
use crate::transport::{Again, RequestError};
use heliograph_protocol::ErrorCode;
use heliograph_protocol::UserId;
use heliograph_protocol::reply::{KeysFetchOk, SendOk, SendResult};
use heliograph_protocol::request::{KeysFetch, OutgoingMessage, Send};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

/// How long the next frame waits for what else is to be sent, unless one is full already. Chosen here: the
/// first message goes at once, and whoever writes much sends few frames.
const FRAMES_APART: Duration = Duration::from_millis(50);
/// After how long a message is sent again that the service did not take for now.
const SEND_AGAIN: Duration = Duration::from_secs(2);

/// How often somebody's keys are fetched while one thing after another is sent.
const FETCHES_MAX: u32 = 3;

/// Says what fetching somebody's keys has come to.
pub(super) enum Fetched {
    /// Their devices are known now; whether the user was told of new keys among them.
    Learnt { is_told: bool },
    /// There are none, or none to be trusted, or not now.
    Nothing,
    /// There is no connection.
    Offline,
}

/// Sends what waits whenever there is something, for as long as there is a client.
pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        shared.to_send.notified().await;
        while shared.flush().await.is_err() {
            shared.tell(Event::StoreFailed);
            sleep(STORE_AGAIN).await;
        }
        shared.is_done.notify_waiters();
    }
}

impl Shared {
    /// Sends all that may be sent.
    async fn flush(self: &Arc<Self>) -> Result<(), StoreError> {
        // How often whose keys were fetched: not for ever, whatever the server says of their devices.
        let mut fetches: BTreeMap<UserId, u32> = BTreeMap::new();
        let (mut told, mut connected) = (BTreeSet::new(), self.connected.subscribe());
        loop {
            let Outgoing {
                messages,
                is_full,
                unknown,
                changed,
                failed,
            } = self.step(|step, me| me.outgoing(step)).await?;
            for progress in failed {
                self.tell(progress.into());
            }
            for user_id in changed {
                // Whoever writes to them has to know why nothing goes out.
                if told.insert(user_id.clone()) {
                    self.tell(Event::KeysChanged { user_id });
                }
            }
            // Whether it is worth another look.
            let mut goes_on = !messages.is_empty();
            for user_id in unknown {
                let fetches = fetches.entry(user_id.clone()).or_default();
                if *fetches == FETCHES_MAX {
                    continue;
                }
                *fetches += 1;
                match self.fetch_keys(&user_id).await? {
                    Fetched::Learnt { is_told } => {
                        goes_on = true;
                        if is_told {
                            told.insert(user_id);
                        }
                    }
                    Fetched::Offline => {
                        goes_on = true;
                        *fetches -= 1;
                        next_connection(&mut connected).await;
                    }
                    Fetched::Nothing => {
                        *fetches = FETCHES_MAX;
                        self.tell(Event::Unreachable { user_id });
                    }
                }
            }
            if !goes_on {
                return Ok(());
            }
            if !messages.is_empty() {
                let next = Instant::now() + FRAMES_APART;
                if !self.send(messages).await? {
                    sleep(SEND_AGAIN).await;
                }
                if !is_full {
                    sleep_until(next).await;
                }
            }
        }
    }

    /// Sends a frame, and takes the answer; tells whether the next one may go at once.
    async fn send(self: &Arc<Self>, messages: Vec<OutgoingMessage>) -> Result<bool, StoreError> {
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
        let answered = self.step(move |step, me| {
            let answers = results.iter().map(|result| me.answered(step, result));
            answers.collect::<Result<Vec<_>, StoreError>>()
        });
        let answered = answered.await?;
        let goes_on = !answered.is_empty() && !answered.contains(&Answered::Later);
        for answer in answered {
            if let Answered::Settled(Some(progress)) = answer {
                self.tell(progress.into());
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

    /// Gives up what waits for somebody who is not there.
    async fn give_up(self: &Arc<Self>, user_id: &UserId) -> Result<(), StoreError> {
        let whose = user_id.clone();
        let given_up = self.step(move |step, me| me.give_up(step, &whose));
        for progress in given_up.await? {
            self.tell(progress.into());
        }
        Ok(())
    }

    /// Learns somebody's devices, and begins a session with each.
    pub(super) async fn fetch_keys(
        self: &Arc<Self>,
        user_id: &UserId,
    ) -> Result<Fetched, StoreError> {
        let is_own = *user_id == self.me.address().user_id;
        let whose = user_id.clone();
        let asked = self.connection.ask(|id| KeysFetch { id, user_id: whose });
        let devices = match asked.await {
            Ok(KeysFetchOk { devices }) if devices.is_empty() && !is_own => {
                return Ok(Fetched::Nothing);
            }
            Ok(KeysFetchOk { devices }) => devices,
            Err(error) if error.again() == Again::WhenConnected => return Ok(Fetched::Offline),
            Err(error) if is_not_found(&error) => {
                self.give_up(user_id).await?;
                return Ok(Fetched::Nothing);
            }
            Err(_) => return Ok(Fetched::Nothing),
        };
        let whose = user_id.clone();
        let learnt = self.step(move |step, me| me.learn(step, &whose, &devices));
        match learnt.await {
            Ok(change) => {
                // Of one's own devices there is none that the user does not know of.
                let is_told = change == KeyChange::Changed || change == KeyChange::New && is_own;
                if is_told {
                    let user_id = user_id.clone();
                    self.tell(Event::KeysChanged { user_id });
                }
                Ok(Fetched::Learnt { is_told })
            }
            Err(BeginError::Store(error)) => Err(error),
            Err(BeginError::Bundle(_)) => Ok(Fetched::Nothing),
        }
    }
}

fn is_not_found(error: &RequestError) -> bool {
    matches!(error, RequestError::Refused(error) if error.code == ErrorCode::NotFound)
}
