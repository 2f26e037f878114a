//! Contacts and blocks page by page, and taking people out.

use crate::stage::*;
use heliograph_domain::Address;
use heliograph_domain::tables::contacts::blocks;
use heliograph_domain::tables::contacts::book::{self, Book, StoredContact};
use heliograph_domain::tables::users;
use heliograph_domain::testing::stage::Stage;
use heliograph_protocol::UserId;

/// Ids whose order is that of their numbers.
fn ids(count: usize) -> Vec<UserId> {
    let id = |n| format!("u{n:03}").parse().unwrap();
    (0..count).map(id).collect()
}

/// Writes rows of contacts and blocks alike.
async fn fill(stage: &Stage, owner: &Address, others: &[UserId]) {
    let cx = stage.app.context();
    let (store, me) = (&*stage.app.store, &owner.user_id);
    let user = users::get(store, &cx, me).await.unwrap().unwrap();
    let contact = StoredContact {
        phone_number: None,
        name: None,
        added_at: 7,
    };
    let nothing = Book::new(me, &user, book::keys(me).map(|_| None));
    let all = nothing.put(others.iter().map(|other| (other, &contact)));
    store.transact(&cx, all.unwrap()).await.unwrap();
    for other in others {
        let block = blocks::add((me, &user), other, None, 7).unwrap();
        store.transact(&cx, block).await.unwrap();
    }
}

#[tokio::test]
async fn lists_of_250_are_read_in_pages_of_any_size_without_gap_or_repeat() {
    let (stage, [alice]) = people().await;
    let others = ids(250);
    fill(&stage, &alice, &others).await;
    for limit in [1, 7, 50, 99, 100] {
        let (mut after, mut listed) = (None, Vec::new());
        loop {
            let (page, next) = contacts_page(&stage, &alice, after.clone(), limit).await;
            let (blocks, _) = blocks_page(&stage, &alice, after, limit).await;
            assert!(page.len() <= usize::from(limit));
            let ids = page.into_iter().map(|contact| contact.user_id);
            let ids: Vec<UserId> = ids.collect();
            let of_blocks = blocks.into_iter().map(|block| block.user_id);
            assert_eq!(ids, of_blocks.collect::<Vec<_>>());
            listed.extend(ids);
            after = next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(listed, others, "pages of {limit}");
    }
}

#[tokio::test]
async fn a_page_begins_behind_an_id_be_it_there_or_not() {
    let (stage, [alice]) = people().await;
    fill(&stage, &alice, &ids(3)).await;
    for (after, first) in [
        ("a", Some("u000")),
        ("u000", Some("u001")),
        ("u0005", Some("u001")),
        ("u001", Some("u002")),
        ("u002", None),
        ("zzzz", None),
    ] {
        let after = Some(after.parse().unwrap());
        let (page, _) = contacts_page(&stage, &alice, after.clone(), 1).await;
        let ids = page.iter().map(|contact| contact.user_id.as_str());
        assert_eq!(ids.collect::<Vec<_>>(), Vec::from_iter(first));
        let (page, _) = blocks_page(&stage, &alice, after, 1).await;
        let ids = page.iter().map(|block| block.user_id.as_str());
        assert_eq!(ids.collect::<Vec<_>>(), Vec::from_iter(first));
    }
}

/// The greatest and least ids of the alphabet are within a list's bounds, and lists do not mix.
#[tokio::test]
async fn every_id_is_listed() {
    let (stage, [alice, bob]) = people().await;
    let text = ["-", "--", "0", "A", "Z", "_", "a", "zz", &"z".repeat(64)];
    let others: Vec<UserId> = text.iter().map(|text| text.parse().unwrap()).collect();
    fill(&stage, &alice, &others).await;
    fill(&stage, &bob, &ids(1)).await;
    let listed = contacts(&stage, &alice).await;
    let listed: Vec<UserId> = listed.into_iter().map(|contact| contact.user_id).collect();
    assert_eq!(listed, others);
    assert_eq!(blocked(&stage, &alice).await, others);
    assert_eq!(contacts(&stage, &bob).await.len(), 1);
}

#[tokio::test]
async fn who_is_removed_is_gone_and_who_was_not_there_is_fine() {
    let (stage, [alice]) = people().await;
    let others = ids(60);
    fill(&stage, &alice, &others).await;
    let nobody: UserId = "nobody".parse().unwrap();
    let gone = [&others[..59], &others[..1], &[nobody]].concat();
    for _ in 0..2 {
        remove(&stage, &alice, gone.clone()).await;
        let left = contacts(&stage, &alice).await;
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].user_id, others[59]);
    }
    assert_eq!(
        blocked(&stage, &alice).await,
        others,
        "blocks are their own"
    );
}
