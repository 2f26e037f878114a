//! What people say of themselves, and their settings.

use crate::stage::*;
use heliograph_domain::privacy::{Said, Setting, Side, sees};
use heliograph_domain::store::Store;
use heliograph_domain::tables::users::{self, StoredProfile};
use heliograph_protocol::limits::{
    ABOUT_CHARS_MAX, FRAME_BYTES_MAX, ID_CHARS_MAX, PROFILES_MAX, USERNAME_CHARS_MAX,
};
use heliograph_protocol::people::{Audience, Privacy, Profile};
use heliograph_protocol::reply::{self, ProfileGetOk};
use heliograph_protocol::request::PrivacySet;
use heliograph_protocol::{UserId, json_bytes};

#[tokio::test]
async fn a_profile_keeps_what_is_absent_and_loses_what_is_empty() {
    let (stage, [alice, bob]) = people().await;
    let said = async || {
        let profile = profiles(&stage, &bob, vec![alice.user_id.clone()]).await;
        let Profile {
            username,
            about,
            photo_media_id,
            ..
        } = profile.into_iter().next().unwrap();
        [username, about, photo_media_id]
    };
    let text = |text: [Option<&str>; 3]| text.map(|text| text.map(ToOwned::to_owned));
    assert_eq!(said().await, text([None, None, None]));
    for (set, now) in [
        ([None, None, None], [None, None, None]),
        ([Some("A"), None, Some("p")], [Some("A"), None, Some("p")]),
        (
            [None, Some("at sea"), None],
            [Some("A"), Some("at sea"), Some("p")],
        ),
        (
            [Some("Alice"), None, None],
            [Some("Alice"), Some("at sea"), Some("p")],
        ),
        ([Some(""), None, Some("")], [None, Some("at sea"), None]),
        ([None, Some(""), None], [None, None, None]),
    ] {
        say(&stage, &alice, set).await;
        assert_eq!(said().await, text(now), "after {set:?}");
    }
}

#[tokio::test]
async fn profiles_come_in_the_order_asked_for_each_once_without_those_of_nobody() {
    let (stage, [alice, bob, carol]) = people().await;
    let nobody: UserId = "nobody".parse().unwrap();
    let asked = [
        &carol.user_id,
        &nobody,
        &alice.user_id,
        &carol.user_id,
        &bob.user_id,
    ];
    let got = profiles(&stage, &alice, asked.map(Clone::clone).to_vec()).await;
    let ids: Vec<&UserId> = got.iter().map(|profile| &profile.user_id).collect();
    assert_eq!(ids, [&carol.user_id, &alice.user_id, &bob.user_id]);
    assert_eq!(profiles(&stage, &alice, vec![nobody]).await, []);
}

/// Every setting of the owner, and all that either can have said of the other.
#[tokio::test]
async fn a_photo_is_shown_as_the_rule_says() {
    let (stage, [owner, viewer]) = people().await;
    say(&stage, &owner, [None, Some("about"), Some("photo")]).await;
    let either = [false, true];
    for photo in [Audience::Everyone, Audience::Contacts, Audience::Nobody] {
        let set = PrivacySet {
            photo: Some(photo),
            ..privacy_set()
        };
        set_privacy(&stage, &owner, set).await;
        for (contact, block) in either.map(|it| either.map(|that| (it, that))).concat() {
            relate(&stage, &owner, &viewer, Said { contact, block }).await;
            for theirs in either.map(|it| either.map(|that| (it, that))).concat() {
                let said = Said {
                    contact: theirs.0,
                    block: theirs.1,
                };
                relate(&stage, &viewer, &owner, said).await;
                let profile = &profiles(&stage, &viewer, vec![owner.user_id.clone()]).await[0];
                let side = |audience, said| Side { audience, said };
                let shows = sees(
                    Setting::Photo,
                    side(photo, Said { contact, block }),
                    side(Audience::Everyone, said),
                );
                let cell = format!("{photo:?} {contact} {block} {theirs:?}");
                assert_eq!(profile.photo_media_id.is_some(), shows, "{cell}");
                assert_eq!(profile.about.as_deref(), Some("about"), "{cell}");
            }
        }
        let own = &profiles(&stage, &owner, vec![owner.user_id.clone()]).await[0];
        assert!(own.photo_media_id.is_some(), "one's own is always there");
    }
}

#[tokio::test]
async fn settings_that_are_not_named_stay() {
    let (stage, [alice, bob]) = people().await;
    assert_eq!(privacy(&stage, &alice).await, Privacy::default());
    let (contacts, nobody) = (Some(Audience::Contacts), Some(Audience::Nobody));
    let set = PrivacySet {
        last_seen: contacts,
        photo: nobody,
        ..privacy_set()
    };
    let mut now = Privacy {
        last_seen: Audience::Contacts,
        photo: Audience::Nobody,
        ..Privacy::default()
    };
    assert_eq!(set_privacy(&stage, &alice, set).await, now);
    let set = PrivacySet {
        online: nobody,
        read_receipts: contacts,
        photo: Some(Audience::Everyone),
        group_add: nobody,
        ..privacy_set()
    };
    now.online = Audience::Nobody;
    now.read_receipts = Audience::Contacts;
    now.photo = Audience::Everyone;
    now.group_add = Audience::Nobody;
    assert_eq!(set_privacy(&stage, &alice, set).await, now);
    assert_eq!(privacy(&stage, &alice).await, now);
    assert_eq!(privacy(&stage, &bob).await, Privacy::default());
    say(&stage, &alice, [Some("A"), None, None]).await;
    assert_eq!(privacy(&stage, &alice).await, now, "a profile is apart");
}

/// No character that a text may hold takes more in JSON than the one below.
#[test]
fn the_longest_character_is_known() {
    let plain = (char::MIN..=char::MAX).filter(|character| !character.is_control());
    let longest = plain.map(|character| json_bytes(&character)).max();
    assert_eq!(longest, Some(json_bytes(&'🌞')));
}

#[tokio::test]
async fn a_hundred_profiles_of_the_longest_texts_fit_a_message() {
    let (stage, [alice]) = people().await;
    let crowd = crowd(&stage, 100, PROFILES_MAX).await;
    let cx = stage.app.context();
    for id in &crowd {
        assert_eq!(id.as_str().len(), ID_CHARS_MAX);
        let user = users::get(&*stage.store, &cx, id).await.unwrap();
        let mut user = user.unwrap();
        user.profile = StoredProfile {
            username: Some("🌞".repeat(USERNAME_CHARS_MAX)),
            about: Some("🌞".repeat(ABOUT_CHARS_MAX)),
            photo_media_id: Some("m".repeat(ID_CHARS_MAX)),
        };
        let save = users::save(id, &user).unwrap();
        stage.store.write(&cx, save).await.unwrap();
    }
    let profiles = profiles(&stage, &alice, crowd).await;
    assert_eq!(profiles.len(), PROFILES_MAX);
    assert!(profiles.iter().all(|it| it.photo_media_id.is_some()));
    let reply = reply::ok(&"\0".repeat(64), &ProfileGetOk { profiles });
    assert!(reply.len() <= FRAME_BYTES_MAX, "{}", reply.len());
}
