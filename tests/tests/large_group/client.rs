//! What people in a large group write and read with.

use crate::{Log, PAUSE, Plan};
use heliograph_protocol::event::Envelope;
use heliograph_protocol::limits::ACK_TOKENS_MAX;
use heliograph_protocol::reply::{AckOk, SendOk, SendOutcome};
use heliograph_protocol::request::{Ack, OutgoingMessage, ReceiptStatus, Request, Send};
use heliograph_protocol::{ErrorBody, ErrorCode, GroupId, MessageId, RequestId};
use heliograph_tests::{Person, Reply, Socket, message_id};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// How often others may come first.
const OVERTAKEN_MAX: usize = 5;

/// A client as it should be: it keeps what it gets before it acks, each message once; where its socket
/// is closed, as that of one who does not take posts in time, it comes back and asks again.
pub(crate) struct Client {
    pub(crate) person: Person,
    socket: Option<Socket>,
    /// The messages of others, by their `seq`.
    pub(crate) got: BTreeMap<u64, MessageId>,
    pub(crate) wrote: Vec<MessageId>,
}

impl Client {
    pub(crate) async fn online(person: Person) -> Self {
        Self {
            socket: Some(person.connect().await),
            person,
            got: BTreeMap::new(),
            wrote: Vec::new(),
        }
    }

    /// The clients of people of whom each third is away.
    pub(crate) async fn some_of(people: Vec<Person>) -> Vec<Self> {
        let mut clients = Vec::new();
        for (n, person) in people.into_iter().enumerate() {
            let mut client = Self::online(person).await;
            if n % 3 == 0 {
                client.go_away().await;
            }
            clients.push(client);
        }
        clients
    }

    pub(crate) fn socket(&mut self) -> &mut Socket {
        self.socket.as_mut().expect("online")
    }

    pub(crate) async fn go_away(&mut self) {
        if let Some(socket) = self.socket.take() {
            socket.close().await;
        }
    }

    fn keep(&mut self, messages: &[Envelope]) {
        for message in messages {
            let seq = message.seq.expect("of a group");
            let id = *self.got.entry(seq).or_insert(message.message_id);
            assert_eq!(id, message.message_id, "one message has a seq");
        }
    }

    /// Takes what comes for a while, and acks all of it.
    async fn read(&mut self, wait: Duration) {
        let end = Instant::now() + wait;
        let mut messages = Vec::new();
        let ended = loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.socket().try_message_within(left).await {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break Ok(()),
                Err(closed) => break Err(closed),
            }
        };
        self.keep(&messages);
        if ended.is_err() {
            return self.come_back().await;
        }
        let mut tokens: Vec<String> = messages.into_iter().map(|it| it.ack_token).collect();
        while !tokens.is_empty() {
            let rest = tokens.split_off(tokens.len().min(ACK_TOKENS_MAX));
            let ack = |id| Ack::new(id, ReceiptStatus::Delivered, tokens.clone());
            let _: AckOk = self.ask(ack).await.ok();
            tokens = rest;
        }
    }

    /// Asks until there is an answer and others do not come first, which they do a few times at most.
    pub(crate) async fn ask<R: Request>(&mut self, request: impl Fn(RequestId) -> R) -> Reply {
        let mut overtaken = 0;
        while overtaken < OVERTAKEN_MAX {
            match self.socket().try_ask(&request).await {
                Ok(reply) if !is_overtaken(reply.outcome.as_ref().err()) => return reply,
                Ok(_) => overtaken += 1,
                Err(_) => self.come_back().await,
            }
        }
        panic!("{}: others come first again and again", self.person.name);
    }

    pub(crate) async fn read_until_over(&mut self, log: &Log) {
        while self.socket.is_some() && !log.lock().is_over {
            self.read(PAUSE).await;
        }
    }

    /// Comes if it is away, and takes what waits.
    pub(crate) async fn come(&mut self) {
        loop {
            if self.socket.is_none() {
                self.socket = Some(self.person.come_back().await);
            }
            let mut messages = Vec::new();
            let drained = self.socket().try_drain(|it| messages.push(it)).await;
            messages.extend(self.socket().unseen());
            self.keep(&messages);
            if drained.is_ok() {
                return;
            }
            self.socket = None;
        }
    }

    async fn come_back(&mut self) {
        self.socket = None;
        self.come().await;
    }

    pub(crate) async fn read_until_all(&mut self, due: u64) {
        self.come().await;
        while (self.got.len() as u64) < due {
            self.read(PAUSE).await;
        }
    }

    async fn send(&mut self, message: OutgoingMessage) {
        let send = |id| Send::new(id, vec![message.clone()]);
        for _ in 0..OVERTAKEN_MAX {
            let sent: SendOk = self.ask(send).await.ok();
            match &sent.results[0].outcome {
                SendOutcome::Accepted { .. } => return,
                SendOutcome::Refused { error } => assert!(is_overtaken(Some(error)), "{error:?}"),
            }
        }
        panic!("{}: others come first again and again", self.person.name);
    }

    /// Writes its share, and reads meanwhile.
    pub(crate) async fn write(&mut self, group_id: &GroupId, plan: Plan, log: &Log) {
        for n in 0..plan.share() {
            while log.count() > (self.got.len() + self.wrote.len()) as u64 + plan.ahead {
                self.read(PAUSE / 5).await;
            }
            let asked = log.tick();
            let id = message_id();
            self.send(OutgoingMessage::new(id, group_id.clone(), n.to_string()))
                .await;
            let span = log.span_since(asked);
            log.lock().sent.insert(id, span);
            self.wrote.push(id);
            self.read(Duration::ZERO).await;
        }
        // Who does not read is closed.
        while log.count() < plan.messages {
            self.read(PAUSE).await;
        }
    }
}

/// Tells whether so many others came first that it is to be asked for again.
fn is_overtaken(error: Option<&ErrorBody>) -> bool {
    error.is_some_and(|error| error.code == ErrorCode::Unavailable)
}
