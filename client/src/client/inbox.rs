//! What comes.

use super::event::Event;
use super::link;
use super::shared::{STORE_AGAIN_MS, Shared, events};
use crate::connection::{Notice, RequestFailure};
use crate::e2ee::KeyChange;
use crate::engine::{GroupHeard, Me, Outcome, Received};
use crate::store::StoreError;
use crate::transport::{Again, Notices, RequestError};
use futures_util::future::join;
use heliograph_protocol::event::{Envelope, Event as ServerEvent, Receipt};
use heliograph_protocol::groups::GroupEvent;
use heliograph_protocol::reply::{DeviceSummary, DevicesListOk, StatusOk, SyncOk};
use heliograph_protocol::request::{DevicesList, Recipient, Status, Sync};
use rusqlite::Transaction;
use std::iter::zip;
use std::sync::Arc;

/// How often it is looked whether something is due, in milliseconds, at least.
const LOOK_MS: u64 = 60 * 60 * 1_000;

/// Takes what comes, until the connection has ended.
pub(super) async fn run(shared: Arc<Shared>, mut notices: Notices) {
    let mut due = shared.show_due().await;
    loop {
        let wait_ms = wait_ms(&shared, &due);
        let notice = tokio::select! {
            notice = notices.next() => notice,
            // Something was written that is to disappear, or it is time.
            () = shared.to_look.notified() => {
                due = shared.show_due().await;
                continue;
            }
            () = shared.clock.sleep_ms(wait_ms) => {
                due = shared.show_due().await;
                continue;
            }
        };
        let Some(notice) = notice else { return };
        while shared.take(notice.clone()).await.is_err() {
            shared.store_failed().await;
        }
        due = shared.show_due().await;
    }
}

fn wait_ms(shared: &Shared, due: &Result<Option<u64>, StoreError>) -> u64 {
    match due {
        Ok(Some(at)) => at.saturating_sub(shared.clock.now_ms()),
        Ok(None) => LOOK_MS,
        Err(_) => STORE_AGAIN_MS,
    }
}

impl Shared {
    async fn take(self: &Arc<Self>, notice: Notice) -> Result<(), StoreError> {
        match notice {
            Notice::Connected { .. } => {
                self.connected.send_modify(|count| *count += 1);
                self.to_upload.notify_one();
                // Before anything is sent to them.
                self.list_own_devices().await?;
                self.list_groups().await?;
                self.to_send.notify_one();
                if self.sync().await? {
                    self.ask_for_ticks().await?;
                    self.tell(Event::Connected);
                    self.list_contacts().await?;
                }
            }
            Notice::Event(ServerEvent::Messages(messages)) => {
                self.handed_over(page(messages, Vec::new(), Vec::new()))
                    .await?;
            }
            Notice::Event(ServerEvent::Receipts(receipts)) => {
                self.handed_over(page(Vec::new(), receipts, Vec::new()))
                    .await?;
            }
            Notice::Event(ServerEvent::Group(event)) => {
                self.handed_over(page(Vec::new(), Vec::new(), vec![event]))
                    .await?;
            }
            Notice::Event(ServerEvent::Devices(devices)) => self.own_devices(devices).await?,
            Notice::Event(ServerEvent::KeysLow(_)) => self.to_upload.notify_one(),
            Notice::Offline { retry_at } => self.tell(Event::Offline { retry_at }),
            Notice::Displaced => self.tell(Event::Displaced),
            Notice::SignedOut(why) => self.tell(Event::SignedOut(why)),
            _ => {}
        }
        Ok(())
    }

    /// Asks which devices this user has. Where that is not answered, the next connection asks again.
    async fn list_own_devices(self: &Arc<Self>) -> Result<(), StoreError> {
        let user_id = None;
        let asked = self.connection.ask(move |id| DevicesList { id, user_id });
        match asked.await {
            Ok(DevicesListOk { devices }) => self.own_devices(devices).await,
            Err(_) => Ok(()),
        }
    }

    async fn own_devices(self: &Arc<Self>, devices: Vec<DeviceSummary>) -> Result<(), StoreError> {
        let devices = devices.into_iter();
        let devices = devices
            .map(|it| (it.device_id, it.registration_id))
            .collect();
        let own = self.step(move |step, me| me.own_devices(step, devices));
        if own.await? {
            // At once, so that the user is told, and everybody sees the same safety number.
            self.fetch_keys(vec![self.me.address().user_id.clone()])
                .await?;
        }
        Ok(())
    }

    /// Fetches what waits; tells whether that is all here. Where the connection is lost meanwhile, the next one
    /// begins anew.
    async fn sync(self: &Arc<Self>) -> Result<bool, StoreError> {
        let mut page = self.page(None).await;
        while let Some(handed_over) = page {
            let next = handed_over.next.clone().filter(|_| handed_over.more);
            let kept = self.handed_over(handed_over);
            let Some(next) = next else {
                kept.await?;
                return Ok(true);
            };
            // The next page is on its way while this one is kept.
            let (kept, next) = join(kept, self.page(Some(next))).await;
            kept?;
            page = next;
        }
        Ok(false)
    }

    /// Fetches a page; nothing where there is no connection any more.
    async fn page(&self, after: Option<String>) -> Option<SyncOk> {
        loop {
            let after = after.clone();
            let error = match self.connection.ask(|id| Sync::new(id, after)).await {
                Ok(page) => return Some(page),
                Err(error) => error,
            };
            match (error.again(), error) {
                (Again::AfterMs(ms), _) => self.clock.sleep_ms(ms).await,
                (_, RequestError::Failed(RequestFailure::Unknown)) => {}
                _ => return None,
            }
        }
    }

    /// Asks how far those messages got of which there is no receipt.
    async fn ask_for_ticks(self: &Arc<Self>) -> Result<(), StoreError> {
        let asked = self.step(|step, me| me.unticked(step)).await?;
        if asked.is_empty() {
            return Ok(());
        }
        let queries = asked.clone();
        let answered = self.connection.ask(|id| Status::new(id, queries));
        let Ok(StatusOk { statuses }) = answered.await else {
            return Ok(());
        };
        let told = self.step(move |step, me| {
            let answers = zip(&asked, &statuses).map(|answer| me.told(step, answer));
            answers.collect::<Result<Vec<_>, StoreError>>()
        });
        for progress in told.await?.into_iter().flatten() {
            self.tell(progress.into());
        }
        Ok(())
    }

    /// Keeps what was handed over, in one step, and tells of it.
    async fn handed_over(self: &Arc<Self>, page: SyncOk) -> Result<(), StoreError> {
        let now_ms = self.clock.now_ms();
        let SyncOk {
            messages,
            receipts,
            group_events,
            ..
        } = page;
        let kept = self.step(move |step, me| {
            let (mut told, mut is_of_link) = (Vec::new(), false);
            for event in group_events {
                told.extend(group_changed(step, me, event, now_ms)?);
            }
            for envelope in &messages {
                let received = me.receive(step, envelope, now_ms)?;
                let outcome = &received.outcome;
                is_of_link |= matches!(outcome, Outcome::Linked(_) | Outcome::HistoryComes);
                told.extend(events_of(step, envelope, received)?);
            }
            for receipt in &receipts {
                told.extend(me.receipt(step, receipt)?.map(Event::from));
            }
            Ok::<_, StoreError>((told, is_of_link))
        });
        let (told, is_of_link) = kept.await?;
        if is_of_link {
            link::begin(self);
        }
        self.to_ack.notify_one();
        // Something may be asked for again, or be sent again, or a group have changed.
        self.to_send.notify_one();
        for event in told {
            self.tell(event);
        }
        Ok(())
    }

    /// Shows what has waited long enough; tells when the next is due.
    async fn show_due(self: &Arc<Self>) -> Result<Option<u64>, StoreError> {
        let now_ms = self.clock.now_ms();
        let shown = self.step(move |step, me| {
            let mut told = Vec::new();
            while let Some((chat, shown)) = me.show_due(step, now_ms)? {
                told.extend(events(step, &chat, shown)?);
            }
            Ok::<_, StoreError>((told, me.next_due(step)?))
        });
        let (told, next) = shown.await?;
        for event in told {
            self.tell(event);
        }
        Ok(next)
    }
}

/// Is what came unasked, as a page of what waits.
fn page(messages: Vec<Envelope>, receipts: Vec<Receipt>, group_events: Vec<GroupEvent>) -> SyncOk {
    SyncOk {
        messages,
        receipts,
        group_events,
        more: false,
        next: None,
    }
}

/// Takes a change of a group, and tells of it.
fn group_changed(
    step: &Transaction<'_>,
    me: &Me,
    event: GroupEvent,
    now_ms: u64,
) -> Result<Vec<Event>, StoreError> {
    let GroupHeard { is_new, shown } = me.group_changed(step, &event, now_ms)?;
    let GroupEvent {
        group_id, change, ..
    } = event;
    let chat = Recipient::Group(group_id.clone());
    let mut told = events(step, &chat, shown)?;
    if is_new {
        told.push(Event::Group { group_id, change });
    }
    Ok(told)
}

/// Tells what came of a message.
fn events_of(
    step: &Transaction<'_>,
    envelope: &Envelope,
    received: Received,
) -> Result<Vec<Event>, StoreError> {
    let user_id = &envelope.from_user_id;
    let mut told = Vec::new();
    if received.keys == KeyChange::Changed {
        let user_id = user_id.clone();
        told.push(Event::KeysChanged { user_id });
    }
    if let Some((chat, shown)) = received.shown {
        told.extend(events(step, &chat, shown)?);
    }
    match received.outcome {
        Outcome::Shown(chat, shown) => told.extend(events(step, &chat, shown)?),
        Outcome::Typing(chat, is_typing) => told.push(Event::Typing {
            chat,
            user_id: user_id.clone(),
            is_typing,
        }),
        Outcome::Read(chat) => told.push(Event::Read { chat }),
        Outcome::Linked(device_id) => told.push(Event::Linked { device_id }),
        Outcome::Set(name) => told.push(Event::Set { name }),
        Outcome::Unreadable(_) => told.push(Event::Unreadable {
            user_id: user_id.clone(),
        }),
        Outcome::Before | Outcome::Ignored | Outcome::Kept | Outcome::HistoryComes => {}
    }
    Ok(told)
}
