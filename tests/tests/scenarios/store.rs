//! What a deployment's store holds, asked behind the server's back.

use heliograph_domain::Context;
use heliograph_domain::store::{Consistency, Key, Query, Store, Table};
use heliograph_tests::{Deployment, OneMachine, Person, message, now_ms, scenarios};
use heliographd::store::{EmbeddedStore, Options};

scenarios!(an_inbox_is_in_the_store_until_it_is_acked);

/// Without this, nobody would know that [`inbox_items`] sees what is there.
async fn an_inbox_is_in_the_store_until_it_is_acked(mut stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let mut a = alice.connect().await;
    let (hi, hello) = (message(&bob, "hi"), message(&bob, "hello"));
    for sent in a.send_all(vec![hi, hello]).await {
        sent.accepted();
    }
    a.close().await;
    assert_eq!(inbox_items(&mut stack, &bob).await, 2);
    assert_eq!(inbox_items(&mut stack, &alice).await, 0);

    let mut b = bob.connect().await;
    assert_eq!(b.drain().await.len(), 2);
    b.close().await;
    assert_eq!(inbox_items(&mut stack, &bob).await, 0);
}

/// Counts what the store holds in somebody's inbox. One machine is stopped for it and starts again:
/// sockets should be closed before.
pub(crate) async fn inbox_items(stack: &mut Deployment, person: &Person) -> usize {
    items(stack, Table::Inbox, &person.inbox_partition()).await
}

/// Counts what the store holds in a partition, as [`inbox_items`] does.
pub(crate) async fn items(stack: &mut Deployment, table: Table, partition: &str) -> usize {
    match stack {
        Deployment::OneMachine(machine) => {
            machine.stop().await;
            let count = count(machine, table, partition).await;
            machine.start_again().await;
            count
        }
        Deployment::Aws(aws) => aws.count(table.name(), partition).await,
    }
}

async fn count(machine: &OneMachine, table: Table, partition: &str) -> usize {
    let store = EmbeddedStore::open(&machine.data(), &Options::default()).unwrap();
    let cx = Context::at(now_ms());
    if !table.is_sorted() {
        let key = Key::new(table, partition);
        let item = store.get(&cx, &key, Consistency::Strong).await.unwrap();
        return usize::from(item.is_some());
    }
    let query = Query::partition(table, partition, 1000);
    let page = store.query(&cx, &query).await.unwrap();
    assert_eq!(page.next, None, "it is all on one page");
    page.items.len()
}
