//! Changes that meet each other, that die, or whose answers are lost.

use crate::stage::*;
use heliograph_domain::Address;
use heliograph_domain::store::StoreErrorKind;
use heliograph_domain::testing::stage::{Fate, Stage};
use heliograph_domain::usecases::people::{self, PeopleError};
use heliograph_protocol::people::{Audience, Contact, Privacy, Profile};
use heliograph_protocol::request::{
    BlocksPut, BlocksRemove, ContactsPut, ContactsRemove, PrivacySet,
};
use heliograph_protocol::{ErrorBody, ErrorCode, UserId};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn hiding() -> PrivacySet {
    PrivacySet {
        online: Some(Audience::Nobody),
        ..privacy_set()
    }
}

#[tokio::test]
async fn settings_and_profile_that_are_changed_at_once_both_stay() {
    for step in 1..=2 {
        let (stage, [alice]) = people().await;
        let stage = Arc::new(stage);
        let (world, by, mut calls) = (stage.clone(), alice.clone(), 0);
        stage.store.probe(move |_| {
            calls += 1;
            if calls == step {
                now(say(&world, &by, [Some("A"), None, None]));
            }
            Fate::Done
        });
        set_privacy(&stage, &alice, hiding()).await;
        stage.store.stop_probing();
        assert_eq!(privacy(&stage, &alice).await.online, Audience::Nobody);
        let profile = &profiles(&stage, &alice, vec![alice.user_id.clone()]).await[0];
        assert_eq!(profile.username.as_deref(), Some("A"));
    }
}

#[tokio::test]
async fn a_change_that_others_always_come_before_is_given_up_and_said_to_be_so() {
    let (stage, [alice]) = people().await;
    let stage = Arc::new(stage);
    let (world, by, mut writes) = (stage.clone(), alice.clone(), 0);
    stage.store.probe(move |call| {
        if call.name == "write" {
            writes += 1;
            now(say(&world, &by, [Some(&writes.to_string()), None, None]));
        }
        Fate::Done
    });
    let cx = stage.app.context();
    let given_up = people::set_privacy(&stage.app, &cx, &alice, hiding()).await;
    stage.store.stop_probing();
    let error = ErrorBody::from(&given_up.unwrap_err());
    assert_eq!(error.code, ErrorCode::Unavailable);
    assert_eq!(privacy(&stage, &alice).await, Privacy::default());
    let profile = &profiles(&stage, &alice, vec![alice.user_id.clone()]).await[0];
    assert_eq!(profile.username.as_deref(), Some("5"), "so many tries");
}

/// The use cases that change something.
#[derive(Clone, Copy, Debug)]
enum Change {
    Profile,
    Privacy,
    Put,
    Remove,
    Block,
    Unblock,
}

impl Change {
    const ALL: [Self; 6] = [
        Self::Profile,
        Self::Privacy,
        Self::Put,
        Self::Remove,
        Self::Block,
        Self::Unblock,
    ];

    async fn make(self, stage: &Stage, me: &Address, others: &[UserId]) -> Result<(), PeopleError> {
        let (app, cx) = (&stage.app, &stage.app.context());
        let (free, taken) = (others[2].clone(), others[0].clone());
        match self {
            Self::Profile => {
                let said = saying([Some("A"), Some(""), Some("photo")]);
                people::set_profile(app, cx, me, said).await.map(drop)
            }
            Self::Privacy => people::set_privacy(app, cx, me, hiding()).await.map(drop),
            Self::Put => {
                let by_numbers = (100..140).map(|n| called(by_number(n), "new"));
                let contacts = by_numbers.collect();
                let request = ContactsPut { id: id(), contacts };
                people::put_contacts(app, cx, me, request).await.map(drop)
            }
            Self::Remove => {
                let user_ids = others.to_vec();
                let request = ContactsRemove { id: id(), user_ids };
                people::remove_contacts(app, cx, me, request)
                    .await
                    .map(drop)
            }
            Self::Block => {
                let (id, user_id) = (id(), free);
                let request = BlocksPut { id, user_id };
                people::block(app, cx, me, request).await.map(drop)
            }
            Self::Unblock => {
                let (id, user_id) = (id(), taken);
                let request = BlocksRemove { id, user_id };
                people::unblock(app, cx, me, request).await.map(drop)
            }
        }
    }
}

/// Alice with something of everything, and who is there.
async fn world() -> (Stage, Address, Vec<UserId>) {
    let (mut stage, [alice]) = people().await;
    stage.app.limits.numbers_per_day = Some(5_000);
    let crowd = crowd(&stage, 100, 40).await;
    let some = crowd.iter().take(3).map(|id| called(by_id(id), "old"));
    put(&stage, &alice, some.collect()).await;
    block(&stage, &alice, &crowd[0]).await;
    block(&stage, &alice, &crowd[1]).await;
    say(&stage, &alice, [Some("old"), Some("old"), None]).await;
    (stage, alice, crowd)
}

/// All that a client can see.
async fn seen(stage: &Stage, me: &Address) -> (Vec<Profile>, Privacy, Vec<Contact>, Vec<UserId>) {
    (
        profiles(stage, me, vec![me.user_id.clone()]).await,
        privacy(stage, me).await,
        contacts(stage, me).await,
        blocked(stage, me).await,
    )
}

#[tokio::test]
async fn a_change_that_meets_any_fate_at_any_call_can_be_made_again() {
    let fates = [
        Fate::Hang,
        Fate::LoseAnswer,
        Fate::Repeat,
        Fate::Fail(StoreErrorKind::Unavailable),
    ];
    for change in Change::ALL {
        let (stage, alice, others) = world().await;
        let before = seen(&stage, &alice).await;
        let calls = Arc::new(AtomicUsize::new(0));
        let counter = calls.clone();
        stage.store.probe(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            Fate::Done
        });
        change.make(&stage, &alice, &others).await.unwrap();
        stage.store.stop_probing();
        let calls = calls.load(Ordering::Relaxed);
        let wanted = seen(&stage, &alice).await;
        assert!(before != wanted, "{change:?}");
        for fate in fates {
            for call in 1..=calls + 1 {
                let (stage, alice, others) = world().await;
                stage.store.at_call(call, fate);
                let work = change.make(&stage, &alice, &others);
                let made = futures_util::FutureExt::now_or_never(work);
                stage.store.stop_probing();
                let is_made = matches!(made, Some(Ok(())));
                let is_met = call <= calls;
                let case = format!("{change:?}, {fate:?} at {call}");
                assert_eq!(is_made, !is_met || fate == Fate::Repeat, "{case}");
                if !is_made {
                    change.make(&stage, &alice, &others).await.unwrap();
                }
                let now = seen(&stage, &alice).await;
                assert_eq!(now, wanted, "{case}");
            }
        }
    }
}
