//! Runs the machine: takes what happens, does what it says.

use super::Link;
use super::alarm::Alarm;
use super::config::Config;
use super::error::RequestError;
use crate::account::Account;
use crate::connection::{Action, Generation, Input, Machine, Notice, SocketEvent, Tokens};
use crate::tasks::spawn;
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender};
use futures_channel::oneshot;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use heliograph_protocol::RequestId;
use heliograph_protocol::frame::ReplyOk;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Is what a driver is told.
pub(super) enum Message {
    /// Something has happened.
    Input(Input),
    /// The app asks something of the service.
    Ask(Ask),
    /// The app wants the access token.
    AccessToken(oneshot::Sender<String>),
    /// The app has gone.
    End,
}

/// Is a request of the app.
pub(super) struct Ask {
    pub(super) make: Box<dyn FnOnce(RequestId) -> String + Send>,
    pub(super) answer: Answer,
}

type Answer = oneshot::Sender<Result<ReplyOk, RequestError>>;

/// Tells the driver what comes of a socket.
#[derive(Clone)]
pub(super) struct Report {
    of: Generation,
    messages: UnboundedSender<Message>,
}

impl Report {
    /// Tells it; a driver that has ended takes nothing.
    pub(super) fn tell(&self, event: SocketEvent) {
        let input = Input::Socket(self.of, event);
        _ = self.messages.unbounded_send(Message::Input(input));
    }
}

/// Runs a machine.
pub(super) struct Driver {
    machine: Machine,
    config: Config,
    account: Arc<Account>,
    messages: UnboundedSender<Message>,
    notices: UnboundedSender<Notice>,
    links: BTreeMap<Generation, Link>,
    asked: BTreeMap<RequestId, Answer>,
    alarm: Alarm,
    is_ending: bool,
}

impl Driver {
    pub(super) fn new(
        machine: Machine,
        config: Config,
        account: Account,
        messages: UnboundedSender<Message>,
        notices: UnboundedSender<Notice>,
    ) -> Self {
        Self {
            machine,
            config,
            account: Arc::new(account),
            messages,
            notices,
            links: BTreeMap::new(),
            asked: BTreeMap::new(),
            alarm: Alarm::off(),
            is_ending: false,
        }
    }

    /// Runs until the app has gone, and new tokens, if there are any, are stored.
    pub(super) async fn run(mut self, mut messages: UnboundedReceiver<Message>) {
        while !self.is_ending || self.machine.is_busy() {
            match select(messages.next(), self.alarm.ring()).await {
                Either::Left((Some(message), _)) => self.take(message),
                // There is a sender here.
                Either::Left((None, _)) => return,
                Either::Right(_) => {
                    self.alarm = Alarm::off();
                    self.happens(Input::Wake);
                }
            }
            while let Some(action) = self.machine.next_action() {
                self.act(action);
            }
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Input(input) => self.happens(input),
            Message::Ask(ask) => {
                let now_ms = self.config.clock.now_ms();
                let id = self.machine.ask(now_ms, ask.make);
                self.asked.insert(id, ask.answer);
            }
            Message::AccessToken(answer) => {
                _ = answer.send(self.machine.access_token().to_owned());
            }
            Message::End => {
                self.is_ending = true;
                self.happens(Input::Close);
            }
        }
    }

    fn happens(&mut self, input: Input) {
        if let Input::Socket(of, event) = &input
            && event.is_last()
        {
            self.links.remove(of);
        }
        self.machine.take(self.config.clock.now_ms(), input);
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::OpenSocket { token, generation } => {
                let report = Report {
                    of: generation,
                    messages: self.messages.clone(),
                };
                let link = Link::open(&self.config.socket_url, token, report);
                self.links.insert(generation, link);
            }
            Action::SendText { generation, text } => {
                if let Some(link) = self.links.get(&generation) {
                    link.send(text);
                }
            }
            Action::CloseSocket { generation } => drop(self.links.remove(&generation)),
            Action::RefreshToken { refresh_token } => self.refresh(refresh_token),
            Action::StoreTokens(tokens) => self.store(tokens),
            Action::WakeAt(at_ms) => {
                self.alarm = Alarm::at(Arc::clone(&self.config.clock), at_ms);
            }
            Action::Tell(notice) => self.tell(notice),
        }
    }

    fn tell(&mut self, notice: Notice) {
        let (id, outcome) = match notice {
            Notice::Reply { id, outcome } => (id, outcome.map_err(RequestError::Refused)),
            Notice::RequestFailed { id, failure } => (id, Err(failure.into())),
            notice => {
                // Who has no use for notices has dropped their end.
                _ = self.notices.unbounded_send(notice);
                return;
            }
        };
        if let Some(answer) = self.asked.remove(&id) {
            // Who waits for it no more has dropped its end.
            _ = answer.send(outcome);
        }
    }

    fn refresh(&self, refresh_token: String) {
        let (account, messages) = (Arc::clone(&self.account), self.messages.clone());
        spawn(async move {
            let answer = account.refresh(&refresh_token).await.into();
            _ = messages.unbounded_send(Message::Input(Input::Refreshed(answer)));
        });
    }

    fn store(&self, tokens: Tokens) {
        let (store, messages) = (Arc::clone(&self.config.tokens), self.messages.clone());
        spawn(async move {
            let is_stored = store.store(&tokens).await.is_ok();
            _ = messages.unbounded_send(Message::Input(Input::TokensStored(is_stored)));
        });
    }
}
