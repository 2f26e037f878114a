//! Who may be added to a group by whom.

use crate::stage::*;
use heliograph_domain::Address;
use heliograph_domain::privacy::{Setting, Side, sees};
use heliograph_domain::testing::stage::Stage;
use heliograph_domain::usecases::groups;
use heliograph_protocol::request::{GroupsAdd, GroupsCreate, GroupsGet, PrivacySet};
use heliograph_protocol::{GroupId, UserId};

/// Who was left out, and who is in the group, after one person has made it with another or added them.
async fn added(
    stage: &Stage,
    (by, other): (&Address, &Address),
    group_id: &GroupId,
    is_made_with: bool,
) -> (Vec<UserId>, Vec<UserId>) {
    let (app, cx, others) = (
        &stage.app,
        &stage.app.context(),
        vec![other.user_id.clone()],
    );
    let create = GroupsCreate {
        id: id(),
        group_id: group_id.clone(),
        name: "Friday".to_owned(),
        photo_media_id: None,
        announce_only: false,
        member_ids: others.iter().filter(|_| is_made_with).cloned().collect(),
    };
    let mut not_added = groups::create(app, cx, by, create).await.unwrap().not_added;
    if !is_made_with {
        let add = GroupsAdd {
            id: id(),
            group_id: group_id.clone(),
            user_ids: others,
            expected_epoch: None,
        };
        not_added = groups::add(app, cx, by, add).await.unwrap().not_added;
    }
    let get = GroupsGet {
        id: id(),
        group_id: group_id.clone(),
    };
    let group = groups::get(app, cx, by, get).await.unwrap();
    let members = group.members.into_iter().map(|it| it.user_id);
    (not_added, members.collect())
}

/// Lets one side stand so to the other.
async fn stand(stage: &Stage, one: &Address, other: &Address, side: Side) {
    let set = PrivacySet {
        group_add: Some(side.audience),
        ..privacy_set()
    };
    set_privacy(stage, one, set).await;
    relate(stage, one, other, side.said).await;
}

#[tokio::test]
async fn who_does_not_want_to_be_added_is_left_out_and_named() {
    let (stage, [alice, bob]) = people().await;
    let mut cells = 0;
    for owner in sides() {
        stand(&stage, &bob, &alice, owner).await;
        for adder in sides() {
            stand(&stage, &alice, &bob, adder).await;
            for is_made_with in [true, false] {
                let group_id = format!("00000000-0000-4000-8000-0000{cells:08x}");
                let group_id = group_id.parse().unwrap();
                let people = (&alice, &bob);
                let (not_added, members) = added(&stage, people, &group_id, is_made_with).await;
                let (me, them) = (alice.user_id.clone(), bob.user_id.clone());
                let wanted = match sees(Setting::GroupAdd, owner, adder) {
                    true => (vec![], vec![me, them]),
                    false => (vec![them], vec![me]),
                };
                assert_eq!((not_added, members), wanted, "{owner:?} {adder:?}");
                cells += 1;
            }
        }
    }
    assert_eq!(cells, 288);
}
