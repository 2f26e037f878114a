//! A large group that changes while its members write: everybody ends with exactly what the roster
//! at each message's acceptance says.
//!
//! The messages and changes of a group are in one order. So who joins has all messages from some `seq`
//! on, who is removed has all up to some `seq`, and everybody else has all of them: that is checked
//! without a hole. Where that `seq` lies is checked by what was answered before the change was asked
//! for, and by what was asked for after it was answered.

mod client;

use client::Client;
use futures_util::future::{join, join_all};
use futures_util::{StreamExt, stream};
use heliograph_protocol::groups::Group;
use heliograph_protocol::reply::GroupsOk;
use heliograph_protocol::request::{GroupsGet, GroupsJoin, GroupsRemove};
use heliograph_protocol::{GroupId, MessageId};
use heliograph_tests::{Deployment, Person, scenarios};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

scenarios!(a_large_group);

/// How many do what.
#[derive(Clone, Copy)]
struct Plan {
    members: usize,
    writers: usize,
    messages: u64,
    /// How many are removed, and how many join in their places.
    changes: usize,
    /// How many messages that were sent a writer may not have got yet when it sends one more.
    ahead: u64,
}

const LARGE: Plan = Plan {
    members: 256,
    writers: 20,
    messages: 1_000,
    changes: 10,
    ahead: 1_000,
};
/// Where a call takes 100 ms, and what is sent faster than it is carried would take longer and longer.
const SMALL: Plan = Plan {
    members: 30,
    writers: 5,
    messages: 40,
    changes: 3,
    ahead: 2,
};

impl Plan {
    /// How many messages each writes.
    fn share(&self) -> u64 {
        self.messages / self.writers as u64
    }
}

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
    let mut admin = Client::online(members.remove(0)).await;
    let all: Vec<&Person> = members.iter().collect();
    let group_id = admin.socket().create_group("All", &all).await.group_id;

    let mut readers = members.split_off(plan.writers);
    let stay = readers.split_off(plan.changes);
    let leaving = readers.clone();
    let (stay, left) = (Client::some_of(stay).await, Client::some_of(readers).await);
    let mut writers = Vec::new();
    for writer in members {
        writers.push(Client::online(writer).await);
    }
    let log = Arc::new(Log::default());

    let (group, log_of) = (group_id.clone(), log.clone());
    let writing = spawn(writers, move |mut writer| {
        let (group_id, log) = (group.clone(), log_of.clone());
        async move {
            writer.write(&group_id, plan, &log).await;
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
    let all = writers
        .iter_mut()
        .map(|it| (it, plan.messages - plan.share()));
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
    let get = |id| GroupsGet {
        id,
        group_id: group_id.clone(),
    };
    let group: Group = admin.ask(get).await.ok();
    assert_eq!(group.members.len(), plan.members);
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
    admin: &mut Client,
    group_id: &GroupId,
    leaving: Vec<Person>,
    joining: Vec<Person>,
    log: &Log,
) -> Vec<Changed> {
    let invite = admin.socket().invite(group_id, 256).await;
    let join = |id| GroupsJoin {
        id,
        invite: invite.clone(),
    };
    let step = plan.messages / (plan.changes as u64 + 1);
    let mut changes = Vec::new();
    for (n, (leaver, joiner)) in leaving.iter().zip(joining).enumerate() {
        while log.count() < (n as u64 + 1) * step {
            tokio::time::sleep(PAUSE / 50).await;
        }
        let mut client = Client::online(joiner).await;
        let asked = log.tick();
        let remove = |id| GroupsRemove {
            id,
            group_id: group_id.clone(),
            user_ids: vec![leaver.user_id().clone()],
            expected_epoch: None,
        };
        let _: GroupsOk = admin.ask(remove).await.ok();
        let removed = log.span_since(asked);
        let asked = log.tick();
        let _: Group = client.ask(join).await.ok();
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

    /// How many messages were sent.
    fn count(&self) -> u64 {
        self.lock().sent.len() as u64
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
