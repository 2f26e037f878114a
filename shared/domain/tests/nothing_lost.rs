//! Whatever dies whenever: what was accepted arrives, and a client that knows ids sees it once.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use heliograph_domain::ports::ConnectionId;
use heliograph_domain::testing::stage::Stage;
use heliograph_domain::{Address, usecases};
use heliograph_protocol::MessageId;
use heliograph_protocol::RequestId;
use heliograph_protocol::reply::SendOutcome;
use heliograph_protocol::request::{Ack, OutgoingMessage, ReceiptStatus, Send};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A step of a story between a sender and a recipient.
#[derive(Clone, Debug)]
enum Step {
    /// Sends a new message; the function dies at a call to the store, or not at all.
    Send {
        dies_at: Option<(usize, bool)>,
    },
    /// Sends the last message that got no answer again.
    Resend,
    Connect,
    /// The socket closes; `$disconnect` may get lost.
    Disconnect {
        is_lost: bool,
    },
    /// The recipient's client takes what its socket got and acks it, or dies before.
    Ack {
        dies_at: Option<(usize, bool)>,
    },
    Sync,
    Wait {
        seconds: u64,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let death = prop::option::weighted(0.4, (1_usize..5, any::<bool>()));
    let step = prop_oneof![
        4 => death.clone().prop_map(|dies_at| Step::Send { dies_at }),
        2 => Just(Step::Resend),
        2 => Just(Step::Connect),
        1 => any::<bool>().prop_map(|is_lost| Step::Disconnect { is_lost }),
        3 => death.prop_map(|dies_at| Step::Ack { dies_at }),
        1 => Just(Step::Sync),
        1 => (1_u64..100).prop_map(|seconds| Step::Wait { seconds }),
    ];
    prop::collection::vec(step, 1..60)
}

struct Story {
    stage: Stage,
    alice: Address,
    bob: Address,
    socket: Option<ConnectionId>,
    unanswered: Vec<MessageId>,
    accepted: BTreeSet<MessageId>,
    shown: BTreeSet<MessageId>,
    sent: BTreeSet<MessageId>,
}

impl Story {
    async fn begin(seed: u64) -> Self {
        let stage = Stage::new(seed).unwrap();
        let (alice, _) = stage.register("+46700000001").await.unwrap();
        let (bob, _) = stage.register("+46700000002").await.unwrap();
        Self {
            stage,
            alice,
            bob,
            socket: None,
            unanswered: Vec::new(),
            accepted: BTreeSet::new(),
            shown: BTreeSet::new(),
            sent: BTreeSet::new(),
        }
    }

    async fn go(&mut self, step: Step) {
        match step {
            Step::Send { dies_at } => {
                self.stage.clock.advance(1);
                let id = self.stage.message_id().unwrap();
                self.send(id, dies_at).await;
            }
            Step::Resend => {
                if let Some(id) = self.unanswered.pop() {
                    self.send(id, None).await;
                }
            }
            Step::Connect => {
                self.stage.clock.advance(1);
                self.socket = self.stage.connect(&self.bob).await.ok();
            }
            Step::Disconnect { is_lost } => {
                if let Some(socket) = self.socket.take() {
                    self.stage.sockets.close(&socket);
                    if !is_lost {
                        self.stage.disconnect(&self.bob, &socket).await.unwrap();
                    }
                }
            }
            Step::Ack { dies_at } => self.ack(dies_at).await,
            Step::Sync => self.drain().await,
            Step::Wait { seconds } => self.stage.clock.advance(seconds * 1000),
        }
    }

    async fn send(&mut self, id: MessageId, dies_at: Option<(usize, bool)>) {
        self.sent.insert(id);
        let (app, cx) = (&self.stage.app, self.stage.app.context());
        let message = OutgoingMessage::new(id, self.bob.user_id.clone(), "aGk");
        let request = Send::new(RequestId::from(1), vec![message]);
        let mut answer = None;
        let work = async { answer = Some(usecases::send(app, &cx, &self.alice, request).await) };
        match dies_at {
            Some((calls, is_done)) => drop(self.stage.die_at(calls, is_done, work)),
            None => work.await,
        }
        match answer.map(|answer| answer.results[0].outcome.clone()) {
            Some(SendOutcome::Accepted { .. }) => drop(self.accepted.insert(id)),
            _ => self.unanswered.push(id),
        }
    }

    /// The client stores what it got before it acks.
    async fn ack(&mut self, dies_at: Option<(usize, bool)>) {
        let Some(socket) = &self.socket else { return };
        let got = self.stage.sockets.got(socket).messages();
        self.shown
            .extend(got.iter().map(|message| message.message_id));
        let tokens = got
            .into_iter()
            .rev()
            .take(50)
            .map(|message| message.ack_token)
            .collect();
        let request = Ack::new(RequestId::from(1), ReceiptStatus::Delivered, tokens);
        let (app, cx) = (&self.stage.app, self.stage.app.context());
        let work = async { drop(usecases::ack(app, &cx, &self.bob, request).await) };
        match dies_at {
            Some((calls, is_done)) => drop(self.stage.die_at(calls, is_done, work)),
            None => work.await,
        }
    }

    async fn drain(&mut self) {
        let mut after = None;
        loop {
            let (page, _) = self.stage.sync(&self.bob, after).await.unwrap();
            self.shown
                .extend(page.messages.iter().map(|message| message.message_id));
            let tokens = page
                .messages
                .into_iter()
                .map(|message| message.ack_token)
                .collect();
            self.stage
                .ack(&self.bob, ReceiptStatus::Delivered, tokens)
                .await
                .unwrap();
            after = page.next;
            if !page.more {
                break;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn what_was_accepted_arrives_and_nothing_else(seed: u64, steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (accepted, shown, sent) = runtime.block_on(async {
            let mut story = Story::begin(seed).await;
            for step in steps {
                story.go(step).await;
            }
            while let Some(id) = story.unanswered.pop() {
                story.send(id, None).await;
            }
            story.drain().await;
            let (page, _) = story.stage.sync(&story.bob, None).await.unwrap();
            assert_eq!(page.messages, [], "the inbox is empty in the end");
            (story.accepted, story.shown, story.sent)
        });
        prop_assert_eq!(&accepted, &sent, "every send is accepted in the end");
        prop_assert_eq!(&shown, &accepted);
    }

    /// A device that has an open socket and does not sync gets all the same what is sent to it.
    #[test]
    fn whoever_is_connected_is_told_without_asking(seed: u64, steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut story = Story::begin(seed).await;
            for step in steps {
                story.go(step).await;
            }
            story.go(Step::Connect).await;
            story.drain().await;
            let id = story.stage.message_id().unwrap();
            story.send(id, None).await;
            let socket = story.socket.clone().unwrap();
            let got = story.stage.sockets.got(&socket).messages();
            assert!(got.iter().any(|message| message.message_id == id));
        });
    }
}
