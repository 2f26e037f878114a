//! What a deployment's store holds, asked behind the server's back.

use heliograph_domain::Context;
use heliograph_domain::store::{Query, Store, Table};
use heliograph_tests::{Deployment, OneMachine, Person, now_ms};
use heliographd::store::{EmbeddedStore, Options};

/// Checks that somebody's inbox is empty in the store; one machine is stopped for it.
pub(crate) async fn holds_nothing_for(stack: &mut Deployment, person: &Person) {
    let partition = person.inbox_partition();
    let count = match stack {
        Deployment::OneMachine(machine) => count_on(machine, &partition).await,
        Deployment::Aws(aws) => aws.count("inbox", &partition).await,
    };
    assert_eq!(count, 0, "{}'s inbox", person.name);
}

async fn count_on(machine: &mut OneMachine, partition: &str) -> usize {
    machine.stop().await;
    let store = EmbeddedStore::open(&machine.data(), &Options::default()).unwrap();
    let query = Query::partition(Table::Inbox, partition, 100);
    let page = store.query(&Context::at(now_ms()), &query).await.unwrap();
    page.items.len()
}
