//! Photos of profiles and groups stay as long as they are shown.

use crate::world::*;
use futures_util::FutureExt;
use heliograph_domain::Address;
use heliograph_domain::store::Table;
use heliograph_domain::testing::stage::{Fate, Stage};
use heliograph_domain::usecases::{self, groups, media, people as profiles};
use heliograph_protocol::media::MediaId;
use heliograph_protocol::request::{
    GroupsCreate, GroupsLeave, GroupsUpdate, MediaDelete, ProfileSet,
};
use heliograph_protocol::{GroupId, RequestId};

async fn show(stage: &Stage, who: &Address, photo: &str) {
    let request = ProfileSet {
        id: RequestId::from(1),
        username: None,
        about: None,
        photo_media_id: Some(photo.to_owned()),
    };
    let cx = stage.app.context();
    profiles::set_profile(&stage.app, &cx, who, request)
        .await
        .unwrap();
}

/// What the schedule does, twice: the second time when nobody can be writing any more.
async fn sweep(stage: &Stage) {
    for _ in 0..2 {
        let swept = usecases::sweep(&stage.app, &stage.app.context())
            .await
            .unwrap();
        assert_eq!(swept.alive, 0);
        stage.clock.advance(31_000);
    }
}

fn kept(stage: &Stage) -> usize {
    let names = stage.files.names();
    names
        .iter()
        .filter(|name| name.starts_with("photos/"))
        .count()
}

/// As many rows say that something is kept as there are copies.
fn check(stage: &Stage, count: usize) {
    let rows = rows(stage, Table::Media);
    let rows = rows.iter().filter(|row| row.key.sort.starts_with("kept#"));
    assert_eq!((rows.count(), kept(stage)), (count, count));
}

#[tokio::test]
async fn a_photo_outlives_its_30_days_until_another_takes_its_place() {
    let (stage, [alice, bob]) = people().await;
    let first = file(&stage, &alice, b"first").await;
    show(&stage, &alice, first.as_str()).await;
    sweep(&stage).await;
    check(&stage, 1);
    stage.clock.advance(DAY * 40);
    assert_eq!(got(&stage, &bob, &first).await, Ok(5));

    let second = file(&stage, &alice, b"second").await;
    show(&stage, &alice, second.as_str()).await;
    sweep(&stage).await;
    check(&stage, 1);
    assert_eq!(got(&stage, &bob, &first).await, Err("NotFound".to_owned()));
    assert_eq!(got(&stage, &bob, &second).await, Ok(6));
    show(&stage, &alice, "").await;
    sweep(&stage).await;
    check(&stage, 0);
    assert!(rows(&stage, Table::Cleanups).is_empty());
}

#[tokio::test]
async fn a_photo_that_comes_after_it_was_named_is_kept_and_one_that_never_comes_is_forgotten() {
    let (stage, [alice, bob]) = people().await;
    let signed = upload(&stage, &alice, whole(b"late")).await.0.unwrap();
    show(&stage, &alice, signed.media_id.as_str()).await;
    sweep(&stage).await;
    check(&stage, 0);
    stage.files.put(&request(signed.upload), b"late").unwrap();
    sweep(&stage).await;
    check(&stage, 1);

    let never: MediaId = "never".parse().unwrap();
    show(&stage, &bob, never.as_str()).await;
    sweep(&stage).await;
    assert_eq!(rows(&stage, Table::Cleanups).len(), 1);
    stage.clock.advance(16 * 60_000);
    sweep(&stage).await;
    assert!(rows(&stage, Table::Cleanups).is_empty());
}

#[tokio::test]
async fn what_others_uploaded_is_not_kept() {
    let (stage, [alice, bob]) = people().await;
    let photo = file(&stage, &alice, b"hers").await;
    show(&stage, &bob, photo.as_str()).await;
    sweep(&stage).await;
    check(&stage, 0);
}

#[tokio::test]
async fn who_uploaded_a_photo_can_delete_it_wherever_it_is_shown() {
    let (stage, [alice, bob]) = people().await;
    let photo = file(&stage, &alice, b"photo").await;
    show(&stage, &alice, photo.as_str()).await;
    sweep(&stage).await;
    delete(&stage, &alice, &photo).await.unwrap();
    assert!(stage.files.names().is_empty());
    assert_eq!(got(&stage, &bob, &photo).await, Err("NotFound".to_owned()));
}

/// The sweep has copied the file, and has not noted it yet; it may die before or after it does.
#[tokio::test]
async fn a_photo_that_is_deleted_while_it_is_copied_is_not_kept() {
    for fate in [Fate::Done, Fate::Hang, Fate::LoseAnswer] {
        let (stage, [alice, bob]) = people().await;
        let photo = file(&stage, &alice, b"photo").await;
        show(&stage, &alice, photo.as_str()).await;
        let (app, files) = (stage.app.clone(), stage.files.clone());
        let (by, media_id) = (alice.clone(), photo.clone());
        stage.store.probe(move |call| {
            let is_copied = files.names().len() == 2;
            if !is_copied || (call.name, call.table) != ("write", Some(Table::Media)) {
                return Fate::Done;
            }
            let request = MediaDelete {
                id: RequestId::from(1),
                media_id: media_id.clone(),
            };
            let cx = app.context();
            let deleted = media::delete(&app, &cx, &by, request).now_or_never();
            deleted.unwrap().unwrap();
            fate
        });
        let is_alive = sweep(&stage).now_or_never().is_some();
        assert_eq!(is_alive, fate == Fate::Done);
        stage.store.stop_probing();
        sweep(&stage).await;
        assert_eq!(stage.files.names(), [] as [String; 0], "{fate:?}");
        check(&stage, 0);
        assert_eq!(got(&stage, &bob, &photo).await, Err("NotFound".to_owned()));
    }
}

#[tokio::test]
async fn a_photo_goes_with_its_account() {
    let (stage, [alice, bob]) = people().await;
    for (who, number) in [(&alice, Some("+46700000000")), (&bob, None)] {
        let photo = file(&stage, who, b"photo").await;
        show(&stage, who, photo.as_str()).await;
        sweep(&stage).await;
        check(&stage, 1);
        match number {
            Some(number) => drop(stage.register(number).await.unwrap()),
            None => {
                let cx = stage.app.context();
                usecases::delete_account(&stage.app, &cx, who)
                    .await
                    .unwrap();
            }
        }
        sweep(&stage).await;
        check(&stage, 0);
    }
}

#[tokio::test]
async fn a_group_keeps_its_photo_beside_a_profile_and_as_long_as_it_has_members() {
    let (stage, [alice, bob]) = people().await;
    let (app, cx) = (&stage.app, stage.app.context());
    let group_id: GroupId = "0199e5a0-0000-4000-8000-000000000001".parse().unwrap();
    let photo = file(&stage, &alice, b"photo").await;
    show(&stage, &alice, photo.as_str()).await;
    let request = GroupsCreate {
        id: RequestId::from(1),
        group_id: group_id.clone(),
        name: "group".to_owned(),
        photo_media_id: Some(photo.as_str().to_owned()),
        announce_only: false,
        member_ids: vec![bob.user_id.clone()],
    };
    groups::create(app, &cx, &alice, request).await.unwrap();
    sweep(&stage).await;
    check(&stage, 2);
    show(&stage, &alice, "").await;
    sweep(&stage).await;
    check(&stage, 1);
    stage.clock.advance(DAY * 31);
    assert_eq!(got(&stage, &bob, &photo).await, Ok(5));

    let other = file(&stage, &alice, b"other").await;
    let request = GroupsUpdate {
        id: RequestId::from(1),
        group_id: group_id.clone(),
        name: None,
        photo_media_id: Some(other.as_str().to_owned()),
        announce_only: None,
        expected_epoch: None,
    };
    groups::update(app, &stage.app.context(), &alice, request)
        .await
        .unwrap();
    sweep(&stage).await;
    check(&stage, 1);
    assert_eq!(got(&stage, &bob, &other).await, Ok(5));
    for who in [&alice, &bob] {
        let request = GroupsLeave {
            id: RequestId::from(1),
            group_id: group_id.clone(),
        };
        groups::leave(app, &stage.app.context(), who, request)
            .await
            .unwrap();
    }
    sweep(&stage).await;
    check(&stage, 0);
}
