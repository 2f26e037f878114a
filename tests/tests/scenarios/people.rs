//! Contacts, blocks, profiles, and who may know what.

use heliograph_protocol::people::{Audience, Contact, Privacy};
use heliograph_protocol::reply::{DeliveryStatus, GroupsAddOk};
use heliograph_protocol::request::{BlocksPut, NewContact, ReceiptStatus, Who};
use heliograph_protocol::{ErrorCode, UserId};
use heliograph_tests::{Deployment, Person, Socket, fresh_number, scenarios};
use serde_json::{Value, json};

scenarios!(
    a_block_is_silent,
    who_may_be_added_to_a_group_is_up_to_them,
    a_photo_is_for_whom_its_owner_says,
    read_receipts_go_both_ways_or_none,
    people_are_found_by_their_numbers,
    contacts_come_page_by_page,
    bad_calls_about_people_change_nothing,
);

async fn a_block_is_silent(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let carol = stack.person("carol").await;
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let mut c = carol.connect().await;
    a.send(&bob, "before").await.accepted();
    let before_at_bob = b.next_message().await;
    b.send(&alice, "before").await.accepted();
    let before_at_alice = a.next_message().await;

    b.block(&alice).await;
    b.block(&alice).await;
    assert_eq!(b.blocks().await, [alice.user_id().clone()]);
    let (unheard, _) = a.send(&bob, "unheard").await.accepted();
    let status = a.status(&bob, &[unheard]).await;
    assert_eq!(status[0].status, DeliveryStatus::Waiting);
    c.send(&bob, "heard").await.accepted();
    let heard = b.next_message().await;
    assert_eq!(heard.content, "heard");

    // Acks are taken, and no word of it crosses the block in either direction.
    b.delivered(&[before_at_bob.clone(), heard]).await;
    b.read(&[before_at_bob]).await;
    a.delivered(std::slice::from_ref(&before_at_alice)).await;
    a.read(&[before_at_alice]).await;
    assert_eq!(c.next_receipt().await.by_user_id, *bob.user_id());
    for socket in [&mut a, &mut b] {
        socket.has_empty_inbox().await;
        assert_eq!(socket.unseen_receipts(), []);
        assert_eq!(socket.unseen(), []);
    }

    b.unblock(&alice).await;
    b.unblock(&alice).await;
    assert_eq!(b.blocks().await, []);
    a.send(&bob, "heard again").await.accepted();
    let again = b.next_message().await;
    assert_eq!(again.content, "heard again");
    b.delivered(&[again]).await;
    assert_eq!(a.next_receipt().await.by_user_id, *bob.user_id());
    b.has_empty_inbox().await;
}

async fn who_may_be_added_to_a_group_is_up_to_them(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    let group = a.create_group("Friday", &[]).await.group_id;
    let left_out = async |a: &mut Socket| {
        let added: GroupsAddOk = a.try_add_members(&group, &[&bob]).await.ok();
        let members = a.group(&group).await.members.len();
        assert_eq!(members, 2 - added.not_added.len());
        added.not_added
    };
    b.block(&alice).await;
    assert_eq!(left_out(&mut a).await, [bob.user_id().clone()]);
    b.unblock(&alice).await;
    b.set_privacy(|set| set.group_add = Some(Audience::Contacts))
        .await;
    assert_eq!(left_out(&mut a).await, [bob.user_id().clone()]);
    a.put_numbers(&[(&bob.number, "Bob")]).await;
    assert_eq!(left_out(&mut a).await.len(), 1, "Bob's contacts count");
    assert!(b.try_group(&group).await.outcome.is_err());
    b.put_numbers(&[(&alice.number, "Alice")]).await;
    assert_eq!(left_out(&mut a).await, []);
    assert_eq!(b.group(&group).await.members.len(), 2);
}

async fn a_photo_is_for_whom_its_owner_says(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    b.set_profile("Bob", "photo-of-bob").await;
    let photo = async |a: &mut Socket| {
        let profile = a.profile(&bob).await;
        assert_eq!(profile.username.as_deref(), Some("Bob"));
        profile.photo_media_id
    };
    assert!(photo(&mut a).await.is_some());

    let privacy = b
        .set_privacy(|set| set.photo = Some(Audience::Contacts))
        .await;
    let expected = Privacy {
        photo: Audience::Contacts,
        ..Privacy::default()
    };
    assert_eq!(privacy, expected);
    assert_eq!(b.privacy().await, expected);
    assert_eq!(photo(&mut a).await, None, "a stranger to Bob");
    a.put_numbers(&[(&bob.number, "Bob")]).await;
    assert_eq!(photo(&mut a).await, None, "it is Bob's contacts that count");
    b.put_numbers(&[(&alice.number, "Alice")]).await;
    assert!(photo(&mut a).await.is_some());
    b.block(&alice).await;
    assert_eq!(photo(&mut a).await, None);
    b.unblock(&alice).await;
    b.remove_contact(&alice).await;
    assert_eq!(photo(&mut a).await, None);

    b.set_privacy(|set| set.photo = Some(Audience::Everyone))
        .await;
    assert!(photo(&mut a).await.is_some());
    b.set_profile("Bob", "").await;
    assert_eq!(photo(&mut a).await, None, "taken away");
}

/// Who hides it learns it of nobody; deliveries are another matter.
async fn read_receipts_go_both_ways_or_none(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    for (audience, is_told) in [
        (Audience::Nobody, false),
        (Audience::Contacts, false),
        (Audience::Everyone, true),
    ] {
        a.set_privacy(|set| set.read_receipts = Some(audience))
            .await;
        reads(&mut a, &mut b, &bob, is_told).await;
        reads(&mut b, &mut a, &alice, is_told).await;
    }
}

/// One writes and the other reads, of which the writer is told or not.
async fn reads(from: &mut Socket, to: &mut Socket, reader: &Person, is_told: bool) {
    from.send(reader, "read me").await.accepted();
    let message = to.next_message().await;
    to.delivered(std::slice::from_ref(&message)).await;
    to.read(&[message]).await;
    let receipt = from.next_receipt().await;
    assert_eq!(receipt.status, ReceiptStatus::Delivered);
    if is_told {
        assert_eq!(from.next_receipt().await.status, ReceiptStatus::Read);
    }
    from.has_empty_inbox().await;
    assert_eq!(from.unseen_receipts(), []);
}

fn called<'c>(contacts: &'c [Contact], person: &Person) -> Option<&'c str> {
    let contact = contacts.iter().find(|it| it.user_id == *person.user_id())?;
    contact.name.as_deref()
}

async fn people_are_found_by_their_numbers(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let (carol, eve) = (stack.person("carol").await, stack.person("eve").await);
    let (mut a, mut b) = (alice.connect().await, bob.connect().await);
    eve.connect().await.block(&alice).await;
    let nobody = fresh_number();
    let found = a
        .put_numbers(&[
            (&bob.number, "Bob"),
            (&nobody, "Nobody"),
            (&alice.number, "Me"),
            (&carol.number, "Carol"),
            (&eve.number, "Eve"),
        ])
        .await;
    let ids: Vec<&UserId> = found.iter().map(|it| &it.user_id).collect();
    assert_eq!(
        ids,
        [bob.user_id(), carol.user_id()],
        "as they were asked for"
    );
    assert_eq!(found[0].phone_number.as_ref(), Some(&bob.number));
    assert_eq!(called(&found, &bob), Some("Bob"));
    assert!(b.contacts().await.is_empty(), "it is Alice's book");

    let rename = NewContact {
        who: Who::User(bob.user_id().clone()),
        name: Some("Bobby".to_owned()),
    };
    let unknown = NewContact {
        who: Who::User("nobody".parse().unwrap()),
        name: None,
    };
    let renamed = a.put_contacts(vec![rename, unknown]).await;
    assert_eq!(renamed.len(), 1);
    assert_eq!(renamed[0].added_at, found[0].added_at);
    let listed = a.contacts().await;
    assert_eq!(listed.len(), 2);
    assert_eq!(called(&listed, &bob), Some("Bobby"));
    assert_eq!(called(&listed, &carol), Some("Carol"));

    a.remove_contact(&bob).await;
    a.remove_contact(&bob).await;
    let listed = a.contacts().await;
    assert_eq!((listed.len(), called(&listed, &carol)), (1, Some("Carol")));
}

async fn contacts_come_page_by_page(stack: Deployment) {
    let alice = stack.person("alice").await;
    let mut a = alice.connect().await;
    let mut people = Vec::new();
    for number in 0..5 {
        people.push(stack.person(&format!("person {number}")).await);
    }
    let numbers: Vec<_> = people.iter().map(|it| (&it.number, "friend")).collect();
    assert_eq!(a.put_numbers(&numbers).await.len(), 5);
    let mut expected: Vec<UserId> = people.iter().map(|it| it.user_id().clone()).collect();
    expected.sort();

    let (mut listed, mut after): (Vec<UserId>, _) = (Vec::new(), None);
    loop {
        let page = a.contacts_page(after, 2).await;
        assert!(page.contacts.len() <= 2);
        listed.extend(page.contacts.into_iter().map(|it| it.user_id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(listed, expected);
}

async fn bad_calls_about_people_change_nothing(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let mut a = alice.connect().await;
    let bobs = bob.user_id().as_str();
    let contact = json!({"user_id": bobs});
    let with = |action: &str, field: &str, value: Value| {
        let mut frame = json!({"action": action, "id": "x"});
        frame[field] = value;
        frame
    };
    let contacts = |value| with("contacts.put", "contacts", value);
    let long = "n".repeat(65);
    let bad = [
        contacts(json!([])),
        contacts(json!(vec![contact.clone(); 501])),
        contacts(json!([contact, {"phone_number": "0701234567"}])),
        contacts(json!([contact, {"phone_number": "+4670123456x"}])),
        contacts(json!([contact, {"phone_number": 46_701_234_567_u64}])),
        contacts(json!([contact, {"name": "nobody"}])),
        contacts(json!([{"phone_number": "+46701234567", "user_id": bobs}])),
        contacts(json!([{"user_id": bobs, "name": long}])),
        contacts(json!(bobs)),
        with("contacts.remove", "user_ids", json!([])),
        with("contacts.remove", "user_ids", json!(["no spaces"])),
        with("contacts.list", "limit", json!(101)),
        with("contacts.list", "limit", json!(0)),
        with("contacts.list", "after", json!(7)),
        with("blocks.put", "user_id", json!(alice.user_id().as_str())),
        with("blocks.put", "user_id", json!(null)),
        with("blocks.put", "user_ids", json!([bobs])),
        with("blocks.list", "limit", json!("all")),
        json!({"action": "privacy.set", "id": "x"}),
        with("privacy.set", "photo", json!("friends")),
        with("privacy.set", "last_seen", json!(true)),
        with("privacy.set", "shoe_size", json!("everyone")),
        json!({"action": "privacy.set", "id": "x", "online": "nobody", "photo": "x"}),
        with("profile.set", "username", json!(long)),
        with("profile.set", "about", json!("a".repeat(141))),
        with("profile.set", "photo_media_id", json!("no spaces")),
        with("profile.get", "user_ids", json!([])),
        with("profile.get", "user_ids", json!(vec![bobs; 101])),
    ];
    for frame in bad {
        let reply = a.say(&frame.to_string()).await;
        assert_eq!(reply.id.as_deref(), Some("x"), "{frame}");
        let error = reply.error();
        assert_eq!(error.code, ErrorCode::BadRequest, "{frame}");
        assert!(!error.message.contains("0701234567"), "{}", error.message);
    }
    let user_id: UserId = "nobody".parse().unwrap();
    let error = a.ask(|id| BlocksPut { id, user_id }).await.error();
    assert_eq!(error.code, ErrorCode::NotFound);

    assert_eq!(a.contacts().await, []);
    assert_eq!(a.blocks().await, []);
    assert_eq!(a.privacy().await, Privacy::default());
    assert_eq!(a.profile(&alice).await.username, None);
}
