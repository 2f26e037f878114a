//! Faults on the way of messages to a group's members, each with its results counted: what was
//! accepted reaches every member once, in its place.
//!
//! The functions run on a stage, behind a queue with the manners of SQS; a client knows messages by
//! their ids.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use futures_util::FutureExt;
use heliograph_domain::Address;
use heliograph_domain::ports::{ConnectionId, Job};
use heliograph_domain::store::{StoreErrorKind, Table};
use heliograph_domain::testing::stage::{Fate, Stage};
use heliograph_domain::usecases::{self, groups};
use heliograph_lambda::jobs::{JobsEvent, JobsReply, event_of};
use heliograph_protocol::reply::SendOutcome;
use heliograph_protocol::request::{GroupsCreate, OutgoingMessage, ReceiptStatus, Send};
use heliograph_protocol::{GroupId, MessageId, RequestId, UserId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
// A lock that makes way for other tasks now and then is not to be taken for a death.
use tokio::task::unconstrained;

/// How often SQS hands a message over before it sets it aside, as in the template.
const RECEIVES_MAX: u32 = 5;
/// How long a message that failed is out of sight, in milliseconds.
const HIDDEN_MS: u64 = 30_000;
/// Sender and others, of whom every other one is away.
const MEMBERS: usize = 60;

/// What became of messages, counted over all who were to get them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    /// Copies that were due: messages times recipients.
    due: usize,
    /// Copies that came, each known by its id.
    once: usize,
    /// Copies that never came.
    lost: usize,
    /// Copies that stayed in an inbox after their ack, or were stored under two names.
    duplicated: usize,
    /// Members to whom a place in the group's order is missing, or belongs to two messages.
    gaps: usize,
}

impl Tally {
    fn all(messages: usize) -> Self {
        let due = messages * (MEMBERS - 1);
        Self {
            due,
            once: due,
            ..Self::default()
        }
    }
}

/// A queue with SQS's manners.
#[derive(Default)]
struct Sqs {
    waiting: Vec<(JobsEvent, u32)>,
    dead: Vec<JobsEvent>,
}

impl Sqs {
    /// Takes what the use cases have queued.
    fn take(&mut self, stage: &Stage) {
        let jobs = stage.jobs.take();
        let fan_outs = jobs.iter().filter(|job| matches!(job, Job::FanOut { .. }));
        self.waiting
            .extend(fan_outs.map(|job| (event_of([job]), 0)));
    }

    /// Hands over all that waits, ten at a time; what fails waits again or is set aside.
    async fn hand_over(&mut self, stage: &Stage) {
        let waiting = std::mem::take(&mut self.waiting);
        for batch in waiting.chunks(10) {
            let mut event = JobsEvent::default();
            for (n, (one, _)) in batch.iter().enumerate() {
                let mut record = one.records[0].clone();
                record.message_id = Some(n.to_string());
                event.records.push(record);
            }
            let reply = carry(stage, event).await;
            for failure in reply.batch_item_failures {
                let n: usize = failure.item_identifier.parse().unwrap();
                let (one, receives) = batch[n].clone();
                match receives + 1 < RECEIVES_MAX {
                    true => self.waiting.push((one, receives + 1)),
                    false => self.dead.push(one),
                }
            }
        }
    }

    /// Hands over until nothing waits.
    async fn work_off(&mut self, stage: &Stage) {
        self.take(stage);
        while !self.waiting.is_empty() {
            self.hand_over(stage).await;
            if !self.waiting.is_empty() {
                stage.clock.advance(HIDDEN_MS);
            }
        }
    }
}

async fn carry(stage: &Stage, event: JobsEvent) -> JobsReply {
    heliograph_fanout::handle(&stage.app, &stage.app.context(), event).await
}

/// A group on a stage, and what its first member has sent.
struct Story {
    stage: Arc<Stage>,
    people: Vec<Address>,
    sockets: BTreeMap<UserId, ConnectionId>,
    group_id: GroupId,
    sqs: Sqs,
    sent: BTreeMap<MessageId, u64>,
}

impl Story {
    async fn begin() -> Self {
        let stage = Stage::new(11).unwrap();
        let mut people = Vec::new();
        for n in 0..MEMBERS {
            people.push(stage.register(&format!("+4670{n:07}")).await.unwrap().0);
        }
        let mut sockets = BTreeMap::new();
        for person in people.iter().skip(1).step_by(2) {
            let socket = stage.connect(person).await.unwrap();
            sockets.insert(person.user_id.clone(), socket);
        }
        let group_id: GroupId = "00000000-0000-4000-8000-000000000001".parse().unwrap();
        let create = GroupsCreate {
            id: RequestId::from(1),
            group_id: group_id.clone(),
            name: "Faults".to_owned(),
            photo_media_id: None,
            announce_only: false,
            member_ids: people[1..].iter().map(|it| it.user_id.clone()).collect(),
        };
        let cx = stage.app.context();
        let made = groups::create(&stage.app, &cx, &people[0], create).await;
        made.unwrap();
        stage.work().await.unwrap();
        stage.clock.advance(60_000);
        Self {
            stage: Arc::new(stage),
            people,
            sockets,
            group_id,
            sqs: Sqs::default(),
            sent: BTreeMap::new(),
        }
    }

    fn message(&self) -> OutgoingMessage {
        let message_id = self.stage.message_id().unwrap();
        OutgoingMessage::new(message_id, self.group_id.clone(), "Zm9v")
    }

    /// Sends; what is accepted is due.
    async fn send(&mut self, message: OutgoingMessage) {
        let request = Send::new(RequestId::from(1), vec![message]);
        let cx = self.stage.app.context();
        let sent = usecases::send(&self.stage.app, &cx, &self.people[0], request).await;
        match &sent.results[0].outcome {
            SendOutcome::Accepted { seq: Some(seq), .. } => {
                self.sent.insert(sent.results[0].message_id, *seq);
            }
            other => panic!("{other:?}"),
        }
    }

    async fn send_new(&mut self, count: usize) {
        for _ in 0..count {
            self.stage.clock.advance(1);
            self.send(self.message()).await;
        }
    }

    /// Lets the sweep run, and what it queues.
    async fn sweep(&mut self) {
        let cx = self.stage.app.context();
        usecases::sweep(&self.stage.app, &cx).await.unwrap();
        self.sqs.work_off(&self.stage).await;
    }

    /// Lets every member take what there is, and counts.
    async fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        let places: BTreeSet<u64> = self.sent.values().copied().collect();
        let every: BTreeSet<u64> = (1..=self.sent.len() as u64).collect();
        for person in &self.people[1..] {
            tally.due += self.sent.len();
            let mut got: BTreeMap<MessageId, u64> = BTreeMap::new();
            if let Some(socket) = self.sockets.get(&person.user_id) {
                let posted = self.stage.sockets.got(socket).messages();
                got.extend(posted.iter().map(|it| (it.message_id, it.seq.unwrap())));
            }
            let mut stored = BTreeSet::new();
            loop {
                let (page, _) = self.stage.sync(person, None).await.unwrap();
                if page.messages.is_empty() {
                    break;
                }
                let mut new = 0;
                for it in &page.messages {
                    new += usize::from(stored.insert(it.message_id));
                    got.insert(it.message_id, it.seq.unwrap());
                }
                tally.duplicated += page.messages.len() - new;
                if new == 0 {
                    break;
                }
                let tokens = page.messages.into_iter().map(|it| it.ack_token).collect();
                let acked = self.stage.ack(person, ReceiptStatus::Delivered, tokens);
                acked.await.unwrap();
            }
            tally.once += got.keys().filter(|id| self.sent.contains_key(id)).count();
            tally.lost += self.sent.keys().filter(|id| !got.contains_key(id)).count();
            tally.gaps += usize::from(got != self.sent || places != every);
        }
        tally
    }
}

/// The function dies before and after each call to the store, and at each post; SQS hands the message
/// over again.
#[tokio::test]
async fn fan_out_is_killed_at_every_await() {
    let mut deaths = 0;
    for is_done in [false, true] {
        for call in 1.. {
            let mut story = Story::begin().await;
            story.send_new(1).await;
            story.sqs.take(&story.stage);
            let event = story.sqs.waiting[0].0.clone();
            let is_dead =
                story
                    .stage
                    .die_at(call, is_done, unconstrained(carry(&story.stage, event)));
            story.sqs.work_off(&story.stage).await;
            assert_eq!(story.tally().await, Tally::all(1), "{call} {is_done}");
            if !is_dead {
                break;
            }
            deaths += 1;
        }
    }
    assert!(deaths > 10, "{deaths}");
    for posts in 0..MEMBERS / 2 {
        let mut story = Story::begin().await;
        story.send_new(1).await;
        story.sqs.take(&story.stage);
        let event = story.sqs.waiting[0].0.clone();
        story.stage.sockets.hang_after(Some(posts));
        assert!(
            unconstrained(carry(&story.stage, event))
                .now_or_never()
                .is_none()
        );
        story.stage.sockets.hang_after(None);
        story.sqs.work_off(&story.stage).await;
        assert_eq!(story.tally().await, Tally::all(1), "{posts}");
    }
}

#[tokio::test]
async fn sqs_delivers_twice_and_out_of_order() {
    let mut story = Story::begin().await;
    story.send_new(30).await;
    story.sqs.take(&story.stage);
    let mut waiting = story.sqs.waiting.clone();
    waiting.reverse();
    let again = waiting.clone();
    waiting.extend(again);
    story.sqs.waiting = waiting;
    story.sqs.work_off(&story.stage).await;
    let tally = story.tally().await;
    assert_eq!(tally, Tally::all(30));
    // Once more when everybody has everything.
    for message in &story.sent {
        let sent = format!("{}!{}", message.0, story.people[0].user_id);
        let group_id = story.group_id.clone();
        let job = Job::FanOut {
            group_id,
            sent,
            due_at: 0,
        };
        let reply = carry(&story.stage, event_of([&job])).await;
        assert!(reply.batch_item_failures.is_empty());
    }
    for person in &story.people[1..] {
        let (page, _) = story.stage.sync(person, None).await.unwrap();
        assert!(page.messages.is_empty(), "nobody is told again");
    }
}

#[tokio::test]
async fn one_record_in_ten_is_poison() {
    let mut story = Story::begin().await;
    story.send_new(9).await;
    story.sqs.take(&story.stage);
    let mut poison = story.sqs.waiting[0].clone();
    poison.0.records[0].body = Some("{\"job\":\"nonsense\"}".to_owned());
    story.sqs.waiting.insert(4, poison);
    story.sqs.work_off(&story.stage).await;
    assert_eq!(story.tally().await, Tally::all(9));
    assert_eq!(story.sqs.dead.len(), 1, "set aside");
    let dead = &story.sqs.dead[0].records[0];
    assert!(dead.body.as_deref().unwrap().contains("nonsense"));
}

#[tokio::test]
async fn thirty_posts_of_a_hundred_are_refused() {
    let mut story = Story::begin().await;
    story.stage.sockets.throttle(30, 5);
    story.send_new(20).await;
    story.sqs.work_off(&story.stage).await;
    let socket = &story.sockets[&story.people[1].user_id];
    let posted = story.stage.sockets.got(socket).messages().len();
    assert!(
        (1..20).contains(&posted),
        "some were refused: {posted} came"
    );
    assert_eq!(story.tally().await, Tally::all(20));
}

/// Every third batch write fails for a minute, after the writes before it were done.
#[tokio::test]
async fn writes_stay_unprocessed_for_a_minute() {
    let mut story = Story::begin().await;
    story.send_new(3).await;
    let (clock, until) = (story.stage.clock.clone(), story.stage.clock.read() + 60_000);
    let mut batches = 0;
    story.stage.store.probe(move |call| {
        if call.name == "batch_write" && clock.read() < until {
            batches += 1;
            if batches % 3 == 0 {
                return Fate::Fail(StoreErrorKind::Throttled);
            }
        }
        Fate::Done
    });
    story.sqs.work_off(&story.stage).await;
    story.stage.store.stop_probing();
    assert!(story.stage.clock.read() >= until, "it came again");
    assert_eq!(story.tally().await, Tally::all(3));
}

/// The store takes nothing until SQS has given up; then the sweep comes.
#[tokio::test]
async fn what_was_set_aside_is_carried_by_the_sweep() {
    let mut story = Story::begin().await;
    story.send_new(2).await;
    story.stage.store.probe(|call| match call.name {
        "batch_write" => Fate::Fail(StoreErrorKind::Unavailable),
        _ => Fate::Done,
    });
    story.sqs.work_off(&story.stage).await;
    story.stage.store.stop_probing();
    assert_eq!(story.sqs.dead.len(), 2);
    story.sweep().await;
    assert_eq!(story.tally().await, Tally::all(2));
    // Moved back by an operator as well, they change nothing.
    story.sqs.waiting = story.sqs.dead.drain(..).map(|it| (it, 0)).collect();
    story.sqs.work_off(&story.stage).await;
    let (page, _) = story.stage.sync(&story.people[1], None).await.unwrap();
    assert!(page.messages.is_empty());
}

/// The sender's function dies at each of its calls, before or after it, and what it has queued may be
/// lost with it. Its client sends again, or never does: the sweep comes after 30 s.
#[tokio::test]
async fn the_sender_is_killed_between_transaction_and_queue() {
    for (is_done, is_sent_again) in [(false, true), (true, true), (true, false)] {
        for call in 1.. {
            let mut story = Story::begin().await;
            // A place of its own, which the dead one's neighbours have around them.
            story.send_new(1).await;
            story.stage.clock.advance(1);
            let message = story.message();
            let request = Send::new(RequestId::from(1), vec![message.clone()]);
            let (app, cx) = (&story.stage.app, story.stage.app.context());
            let send = usecases::send(app, &cx, &story.people[0], request);
            let is_dead = story.stage.die_at(call, is_done, unconstrained(send));
            // Of the first one, too.
            story.stage.jobs.take();
            let key = format!("{}!{}", message.message_id, story.people[0].user_id);
            let rows = story.stage.store.inner.all();
            let is_accepted = rows
                .iter()
                .any(|item| item.key.table == Table::Deliveries && item.key.partition == key);
            if is_sent_again {
                story.send(message).await;
            } else if is_accepted {
                story.sent.insert(message.message_id, 2);
            }
            story.send_new(1).await;
            story.stage.jobs.take();
            story.stage.clock.advance(31_000);
            story.sweep().await;
            let messages = story.sent.len();
            assert_eq!(
                story.tally().await,
                Tally::all(messages),
                "{call} {is_done}"
            );
            assert_eq!(messages, 2 + usize::from(is_sent_again || is_accepted));
            if !is_dead {
                break;
            }
        }
    }
}

/// A member's function dies at each call of an ack; the client acks again. The sender is told.
#[tokio::test]
async fn an_ack_is_killed_at_every_await() {
    let mut deaths = 0;
    for is_done in [false, true] {
        for call in 1.. {
            let mut story = Story::begin().await;
            let alice = story.people[0].clone();
            let socket = story.stage.connect(&alice).await.unwrap();
            story.send_new(1).await;
            story.sqs.work_off(&story.stage).await;
            let bob = story.people[2].clone();
            let (page, _) = story.stage.sync(&bob, None).await.unwrap();
            let tokens = vec![page.messages[0].ack_token.clone()];
            let ack = story
                .stage
                .ack(&bob, ReceiptStatus::Delivered, tokens.clone());
            let is_dead = story.stage.die_at(call, is_done, unconstrained(ack));
            let again = story.stage.ack(&bob, ReceiptStatus::Delivered, tokens);
            again.await.unwrap();
            story.stage.work().await.unwrap();
            let told = story.stage.sockets.got(&socket).receipts();
            let by_bob = told.iter().filter(|it| it.by_user_id == bob.user_id);
            assert_eq!(by_bob.count(), 1, "{call} {is_done}");
            let (page, _) = story.stage.sync(&bob, None).await.unwrap();
            assert!(page.messages.is_empty());
            if !is_dead {
                break;
            }
            deaths += 1;
        }
    }
    // The delete, the word, and the note of who tells.
    assert!(deaths >= 3 * 2, "{deaths}");
}
