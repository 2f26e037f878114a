//! An account that is taken over: its presence begins anew.

use crate::world::*;
use heliograph_domain::Address;
use heliograph_domain::store::{Item, Table};
use heliograph_domain::testing::stage::Stage;
use heliograph_domain::usecases;
use heliograph_protocol::people::Audience;

/// The rows of whom somebody watches, and of when they were last there.
fn own_rows(stage: &Stage, of: &Address) -> Vec<Item> {
    let mut items = stage.store.inner.all();
    items.retain(|item| {
        let is_own = item.key.partition == of.user_id.as_str();
        let is_watcher = item.key.sort.starts_with("watcher#");
        item.key.table == Table::Subscriptions && is_own && !is_watcher
    });
    items
}

#[tokio::test]
async fn when_the_former_holder_was_last_there_is_not_told_any_more() {
    let (stage, [alice, bob, carol]) = three().await;
    set_last_seen(&stage, &alice, Audience::Nobody).await;
    let watcher = stage.connect(&bob).await.unwrap();
    stage.watch(&bob, &watcher, &alice).await.unwrap();
    for _ in 0..2 {
        let socket = stage.connect(&alice).await.unwrap();
        stage.watch(&alice, &socket, &carol).await.unwrap();
        stage.work().await.unwrap();
        stage.disconnect(&alice, &socket).await.unwrap();
        stage.work().await.unwrap();
    }
    assert_eq!(own_rows(&stage, &alice).len(), 2);

    stage.clock.advance(3_600_000);
    let (new, _) = stage.register(NUMBER).await.unwrap();
    assert_eq!(new.user_id, alice.user_id);
    stage.work().await.unwrap();
    for by in [&bob, &carol] {
        let socket = stage.connect(by).await.unwrap();
        let told = stage.watch(by, &socket, &new).await.unwrap();
        assert_eq!((told.online, told.last_seen), (Some(false), None));
    }
    assert_eq!(own_rows(&stage, &new), []);

    // The new holder's own time counts.
    stage.clock.advance(1000);
    let socket = stage.connect(&new).await.unwrap();
    stage.disconnect(&new, &socket).await.unwrap();
    stage.work().await.unwrap();
    let other = stage.connect(&bob).await.unwrap();
    let told = stage.watch(&bob, &other, &new).await.unwrap();
    assert_eq!(told.last_seen, Some(stage.clock.read()));
    sweep(&stage).await;
    assert_eq!(own_rows(&stage, &new).len(), 1, "it stays");
}

/// The gateway says that a socket has closed when it has, which is after the take-over.
#[tokio::test]
async fn a_former_holders_socket_that_closes_late_says_nothing_of_the_new_one() {
    let (stage, [alice, bob, _]) = three().await;
    let socket = stage.connect(&alice).await.unwrap();
    stage.work().await.unwrap();
    stage.clock.advance(60_000);
    let (new, _) = stage.register(NUMBER).await.unwrap();
    for _ in 0..2 {
        stage.clock.advance(1000);
        stage.disconnect(&alice, &socket).await.unwrap();
        stage.work().await.unwrap();
    }
    let other = stage.connect(&bob).await.unwrap();
    let told = stage.watch(&bob, &other, &new).await.unwrap();
    assert_eq!((told.online, told.last_seen), (Some(false), None));
}

/// A row that nobody could take away while the take-over was answered.
#[tokio::test]
async fn the_former_holders_last_time_does_not_count_and_is_swept() {
    for is_done in [false, true] {
        for calls in 1.. {
            let (stage, [alice, bob, _]) = three().await;
            let socket = stage.connect(&alice).await.unwrap();
            stage.disconnect(&alice, &socket).await.unwrap();
            stage.work().await.unwrap();
            stage.clock.advance(60_000);
            let died = stage.die_at(calls, is_done, stage.register(NUMBER));
            let (new, _) = stage.register(NUMBER).await.unwrap();
            let other = stage.connect(&bob).await.unwrap();
            let told = stage.watch(&bob, &other, &new).await.unwrap();
            assert_eq!(told.last_seen, None, "died at {calls}");
            sweep(&stage).await;
            assert_eq!(own_rows(&stage, &new), [], "died at {calls}");
            if !died {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_link_token_of_the_former_holder_links_nothing() {
    let (stage, [alice, ..]) = three().await;
    let cx = stage.app.context();
    let token = usecases::link_token(&stage.app, &cx, &alice).await.unwrap();
    stage.register(NUMBER).await.unwrap();
    let request = heliograph_protocol::http::LinkRequest {
        link_token: token.link_token,
        device: heliograph_domain::testing::stage::device_info(),
    };
    let refused = usecases::link(&stage.app, &cx, request).await;
    assert!(matches!(refused, Err(usecases::LinkError::Gone)));
}
