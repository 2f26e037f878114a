//! A large group that changes while its members write: everybody ends with exactly what the roster
//! at each message's acceptance says.
//!
//! The messages and changes of a group are in one order. So who joins has all messages from some `seq`
//! on, who is removed has all up to some `seq`, and everybody else has all of them: that is checked
//! without a hole. Where that `seq` lies is checked by what was answered before the change was asked
//! for, and by what was asked for after it was answered.

use futures_util::future::{join, join_all};
use futures_util::{StreamExt, stream};
use heliograph_protocol::event::Envelope;
use heliograph_protocol::groups::Group;
use heliograph_protocol::{GroupId, MessageId};
use heliograph_tests::{Deployment, Person, Socket, scenarios};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::time::Instant;

scenarios!(a_large_group);

/// How many do what.
struct Plan {
    members: usize,
    writers: usize,
    messages: u64,
    /// How many are removed, and how many join in their places.
    changes: usize,
}

const LARGE: Plan = Plan {
    members: 256,
    writers: 20,
    messages: 1_000,
    changes: 10,
};
/// Where a call takes 100 ms.
const SMALL: Plan = Plan {
    members: 30,
    writers: 5,
    messages: 40,
    changes: 3,
};

/// How many register at a time.
const AT_ONCE: usize = 8;
/// How long somebody reads before they ack, and look whether it is over.
const PAUSE: Duration = Duration::from_millis(500);

async fn a_large_group(stack: Deployment) {
    let plan = match &stack {
        Deployment::OneMachine(_) => LARGE,
        Deployment::Aws(_) => SMALL,
    };
    let mut members = register(&stack, plan.members).await;
    let joining = register(&stack, plan.changes).await;
    let mut admin = members.remove(0).connect().await;
    let all: Vec<&Person> = members.iter().collect();
    let group_id = admin.create_group("All", &all).await.group_id;

    let mut readers = members.split_off(plan.writers);
    let stay = readers.split_off(plan.changes);
    let leaving = readers.clone();
    let (stay, left) = (Client::some_of(stay).await, Client::some_of(readers).await);
    let mut writers = Vec::new();
    for writer in members {
        writers.push(Client::online(writer).await);
    }
    let log = Arc::new(Log::default());
    let total = plan.messages;
    let share = total / plan.writers as u64;

    let (group, log_of) = (group_id.clone(), log.clone());
    let writing = spawn(writers, move |mut writer| {
        let (group_id, log) = (group.clone(), log_of.clone());
        async move {
            writer.write(&group_id, (share, total), &log).await;
            writer
        }
    });
    let read = |readers| {
        let log = log.clone();
        spawn(readers, move |mut reader: Client| {
            let log = log.clone();
            async move {
                reader.read_until_over(&log).await;
                reader
            }
        })
    };
    let reading = join(read(stay), read(left));
    let work = async {
        let changing = change(&plan, &mut admin, &group_id, leaving, joining, &log);
        let done = join(writing, changing).await;
        log.lock().is_over = true;
        done
    };
    let ((mut writers, changes), (mut stay, mut left)) = join(work, reading).await;

    // Who sends a message has it.
    let all = writers.iter_mut().map(|it| (it, plan.messages - share));
    for (client, due) in all.chain(stay.iter_mut().map(|it| (it, plan.messages))) {
        client.read_until_all(due).await;
    }
    let seqs: BTreeMap<u64, MessageId> = stay.iter().flat_map(|it| it.got.clone()).collect();
    let every: Vec<u64> = (1..=plan.messages).collect();
    assert!(seqs.keys().eq(&every), "no gaps");
    for client in &stay {
        assert!(client.got == seqs, "{}", client.person.name);
    }
    for client in &writers {
        let others = seqs.iter().filter(|(_, id)| !client.wrote.contains(id));
        assert!(client.got.iter().eq(others), "{}", client.person.name);
    }
    // Of the last message, some inboxes may still be written to.
    tokio::time::sleep(PAUSE * 4).await;
    for (client, changed) in left.iter_mut().zip(&changes) {
        client.come().await;
        let last = client.got.len() as u64;
        assert!(
            client.got.iter().eq(seqs.range(..=last)),
            "{}",
            client.person.name
        );
        changed.removed.has(last, &seqs, &log);
    }
    for changed in changes {
        let mut client = changed.client;
        client.come().await;
        let before = plan.messages - client.got.len() as u64;
        assert!(
            client.got.iter().eq(seqs.range(before + 1..)),
            "{}",
            client.person.name
        );
        changed.joined.has(before, &seqs, &log);
    }
    assert_eq!(admin.group(&group_id).await.members.len(), plan.members);
}

/// Lets each client go on by itself.
async fn spawn<F>(clients: Vec<Client>, work: impl Fn(Client) -> F) -> Vec<Client>
where
    F: Future<Output = Client> + Send + 'static,
{
    let tasks: Vec<_> = clients
        .into_iter()
        .map(|it| tokio::spawn(work(it)))
        .collect();
    let done = join_all(tasks).await.into_iter();
    done.map(|client| client.expect("it has not panicked"))
        .collect()
}

async fn register(stack: &Deployment, count: usize) -> Vec<Person> {
    let names: Vec<String> = (0..count).map(|n| format!("person {n}")).collect();
    let people: Vec<_> = names.iter().map(|name| stack.person(name)).collect();
    stream::iter(people).buffered(AT_ONCE).collect().await
}

/// One who joined in the place of one who was removed.
struct Changed {
    removed: Span,
    joined: Span,
    client: Client,
}

/// Makes the changes, evenly over the time in which messages are written.
async fn change(
    plan: &Plan,
    admin: &mut Socket,
    group_id: &GroupId,
    leaving: Vec<Person>,
    joining: Vec<Person>,
    log: &Log,
) -> Vec<Changed> {
    let invite = admin.invite(group_id, 256).await;
    let step = plan.messages / (plan.changes as u64 + 1);
    let mut changes = Vec::new();
    for (n, (leaver, joiner)) in leaving.iter().zip(joining).enumerate() {
        while (log.lock().sent.len() as u64) < (n as u64 + 1) * step {
            tokio::time::sleep(PAUSE / 50).await;
        }
        let mut client = Client::online(joiner).await;
        let asked = log.tick();
        admin.remove_members(group_id, &[leaver]).await;
        let removed = log.span_since(asked);
        let asked = log.tick();
        let _: Group = client.socket().join_group(&invite).await.ok();
        let joined = log.span_since(asked);
        if n % 3 == 0 {
            client.go_away().await;
        }
        changes.push(Changed {
            removed,
            joined,
            client,
        });
    }
    changes
}

/// What was asked for and answered when, by a clock that goes on with each.
#[derive(Default)]
struct Log(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    clock: u64,
    sent: BTreeMap<MessageId, Span>,
    is_over: bool,
}

#[derive(Clone, Copy)]
struct Span {
    asked: u64,
    answered: u64,
}

impl Log {
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap()
    }

    fn tick(&self) -> u64 {
        let mut entries = self.lock();
        entries.clock += 1;
        entries.clock
    }

    fn span_since(&self, asked: u64) -> Span {
        let answered = self.tick();
        Span { asked, answered }
    }
}

impl Span {
    /// Checks that a change may have come behind so many messages.
    fn has(&self, messages: u64, seqs: &BTreeMap<u64, MessageId>, log: &Log) {
        let sent = &log.lock().sent;
        for (seq, id) in seqs {
            let message = sent[id];
            assert!(
                *seq <= messages || message.answered > self.asked,
                "{seq} {messages}"
            );
            assert!(
                *seq > messages || message.asked < self.answered,
                "{seq} {messages}"
            );
        }
    }
}

/// A client as it should be: it keeps what it gets before it acks, each message once.
struct Client {
    person: Person,
    socket: Option<Socket>,
    got: BTreeMap<u64, MessageId>,
    wrote: Vec<MessageId>,
}

impl Client {
    async fn online(person: Person) -> Self {
        Self {
            socket: Some(person.connect().await),
            person,
            got: BTreeMap::new(),
            wrote: Vec::new(),
        }
    }

    /// The clients of people of whom each third is away.
    async fn some_of(people: Vec<Person>) -> Vec<Self> {
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

    fn socket(&mut self) -> &mut Socket {
        self.socket.as_mut().expect("online")
    }

    async fn go_away(&mut self) {
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
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let next = self.socket().try_message_within(left).await.unwrap();
            let Some(message) = next else { break };
            messages.push(message);
        }
        self.keep(&messages);
        self.socket().delivered(&messages).await;
    }

    async fn read_until_over(&mut self, log: &Log) {
        while self.socket.is_some() && !log.lock().is_over {
            self.read(PAUSE).await;
        }
    }

    /// Comes if it is away, and takes what waits.
    async fn come(&mut self) {
        if self.socket.is_none() {
            self.socket = Some(self.person.connect().await);
        }
        let drained = self.socket().drain().await;
        self.keep(&drained);
        let unseen = self.socket().unseen();
        self.keep(&unseen);
    }

    async fn read_until_all(&mut self, due: u64) {
        self.come().await;
        while (self.got.len() as u64) < due {
            self.read(PAUSE).await;
        }
    }

    /// Writes its share, and reads meanwhile.
    async fn write(&mut self, group_id: &GroupId, (share, total): (u64, u64), log: &Log) {
        for n in 0..share {
            let asked = log.tick();
            let sent = self.socket().send_to_group(group_id, &n.to_string()).await;
            let (id, _) = sent.accepted();
            let span = log.span_since(asked);
            log.lock().sent.insert(id, span);
            self.wrote.push(id);
            self.read(Duration::ZERO).await;
        }
        // Who does not read is closed.
        while (log.lock().sent.len() as u64) < total {
            self.read(PAUSE).await;
        }
    }
}
