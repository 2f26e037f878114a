//! A stage with people and a group on it.

use heliograph_domain::testing::stage::Stage;
use heliograph_domain::usecases::groups::{self, GroupError};
use heliograph_domain::usecases::people as people_cases;
use heliograph_domain::{Address, Usage};
use heliograph_protocol::event::{Envelope, Receipt};
use heliograph_protocol::groups::{Group, GroupEvent};
use heliograph_protocol::reply::{GroupsAddOk, GroupsCreateOk, SendOutcome, SyncOk};
use heliograph_protocol::request::{
    BlocksPut, GroupsAdd, GroupsCreate, GroupsGet, OutgoingMessage, ReceiptStatus, Recipient,
};
use heliograph_protocol::{GroupId, MessageId, RequestId, UserId};

pub(crate) fn id() -> RequestId {
    RequestId::from(1)
}

/// People with a device each, of whom the first has made a group of all.
pub(crate) struct World {
    pub(crate) stage: Stage,
    pub(crate) people: Vec<Address>,
    pub(crate) group_id: GroupId,
}

/// A stage with people on it.
pub(crate) async fn people(count: usize) -> (Stage, Vec<Address>) {
    let stage = Stage::new(7).unwrap();
    let mut people = Vec::new();
    for n in 0..count {
        people.push(stage.register(&format!("+4670{n:07}")).await.unwrap().0);
    }
    (stage, people)
}

pub(crate) fn group_id(n: u8) -> GroupId {
    format!("00000000-0000-4000-8000-0000000000{n:02x}")
        .parse()
        .unwrap()
}

pub(crate) fn ids(people: &[Address]) -> Vec<UserId> {
    people.iter().map(|it| it.user_id.clone()).collect()
}

pub(crate) async fn block(stage: &Stage, owner: &Address, other: &Address) {
    let request = BlocksPut {
        id: id(),
        user_id: other.user_id.clone(),
    };
    let blocked = people_cases::block(&stage.app, &stage.app.context(), owner, request).await;
    blocked.unwrap();
}

pub(crate) async fn create(
    stage: &Stage,
    by: &Address,
    group_id: &GroupId,
    members: &[Address],
) -> Result<GroupsCreateOk, GroupError> {
    let request = GroupsCreate {
        id: id(),
        group_id: group_id.clone(),
        name: "Heliographers".to_owned(),
        photo_media_id: None,
        announce_only: false,
        member_ids: ids(members),
    };
    groups::create(&stage.app, &stage.app.context(), by, request).await
}

impl World {
    pub(crate) async fn of(count: usize) -> Self {
        let (stage, people) = people(count).await;
        let group_id = group_id(1);
        let made = create(&stage, &people[0], &group_id, &people[1..])
            .await
            .unwrap();
        assert_eq!(made.not_added, []);
        stage.work().await.unwrap();
        let world = Self {
            stage,
            people,
            group_id,
        };
        for person in &world.people {
            world.drain(person).await;
        }
        world
    }

    pub(crate) async fn get(&self, by: &Address) -> Result<Group, GroupError> {
        let request = GroupsGet {
            id: id(),
            group_id: self.group_id.clone(),
        };
        groups::get(&self.stage.app, &self.stage.app.context(), by, request).await
    }

    pub(crate) async fn add(
        &self,
        by: &Address,
        people: &[Address],
    ) -> Result<GroupsAddOk, GroupError> {
        let request = GroupsAdd {
            id: id(),
            group_id: self.group_id.clone(),
            user_ids: ids(people),
            expected_epoch: None,
        };
        groups::add(&self.stage.app, &self.stage.app.context(), by, request).await
    }

    pub(crate) fn message(&self, content: &str) -> OutgoingMessage {
        let message_id = self.stage.message_id().unwrap();
        let to = self.people[0].user_id.clone();
        OutgoingMessage {
            to: Recipient::Group(self.group_id.clone()),
            ..OutgoingMessage::new(message_id, to, content)
        }
    }

    /// Sends one message; returns its id, what became of it, and the bill.
    pub(crate) async fn send(
        &self,
        by: &Address,
        content: &str,
    ) -> (MessageId, SendOutcome, Usage) {
        let message = self.message(content);
        let message_id = message.message_id;
        let (sent, usage) = self.stage.send_all(by, vec![message]).await;
        (message_id, sent.results[0].outcome.clone(), usage)
    }

    /// All that waits for somebody, which is left there.
    pub(crate) async fn waits(&self, of: &Address) -> SyncOk {
        self.stage.sync(of, None).await.unwrap().0
    }

    /// Takes all that waits for somebody.
    pub(crate) async fn drain(&self, of: &Address) -> SyncOk {
        let mut all = SyncOk::default();
        loop {
            let page = self.waits(of).await;
            let mut tokens = tokens(&page.messages, &page.group_events, &page.receipts);
            if tokens.is_empty() {
                return all;
            }
            tokens.truncate(100);
            self.stage
                .ack(of, ReceiptStatus::Delivered, tokens)
                .await
                .unwrap();
            all.messages.extend(page.messages);
            all.group_events.extend(page.group_events);
            all.receipts.extend(page.receipts);
        }
    }
}

fn tokens(messages: &[Envelope], events: &[GroupEvent], receipts: &[Receipt]) -> Vec<String> {
    let messages = messages.iter().map(|it| it.ack_token.clone());
    let events = events.iter().map(|it| it.ack_token.clone());
    let receipts = receipts.iter().filter_map(|it| it.ack_token.clone());
    messages.chain(events).chain(receipts).collect()
}

pub(crate) fn seq(outcome: &SendOutcome) -> u64 {
    match outcome {
        SendOutcome::Accepted { seq: Some(seq), .. } => *seq,
        other => panic!("{other:?}"),
    }
}
