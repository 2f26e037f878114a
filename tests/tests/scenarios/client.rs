//! The client library's connection.

use heliograph_client::account::{Account, AccountError};
use heliograph_client::connection::{Notice, SignedOut, Timing};
use heliograph_client::transport::{Again, RequestError};
use heliograph_protocol::event::Event;
use heliograph_protocol::reply::Empty;
use heliograph_protocol::request::{Ping, ProfileGet};
use heliograph_protocol::{ErrorCode, MessageId};
use heliograph_tests::{App, Deployment, Person, device, fresh_number, scenarios};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::sleep;

scenarios!(
    a_client_asks_and_is_told,
    clients_displace_each_other_until_one_gives_up,
    a_renewal_loses_nothing,
    a_device_that_is_removed_is_signed_out,
    an_account_from_its_number_to_its_end,
);

async fn a_client_asks_and_is_told(stack: Deployment) {
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let mut a = alice.connect().await;
    let (before, _) = a.send(&bob, "before").await.accepted();
    let mut app = App::start(&bob, Timing::default());
    // Asked while the socket is being opened.
    let _: Empty = app.connection.ask(Ping::new).await.unwrap();
    assert!(!app.connects().await);
    let waits = app.sync().await.messages;
    assert_eq!(waits[0].message_id, before);
    assert_eq!(app.delivered(&waits).await, 1);

    a.send(&bob, "now").await.accepted();
    let told = app.messages().await;
    assert_eq!(told[0].content, "now");
    app.delivered(&told).await;

    let user_ids = vec!["nobody".parse().unwrap(); 101];
    let refused = app
        .connection
        .request(move |id| ProfileGet { id, user_ids })
        .await;
    let error = refused.unwrap_err();
    assert_eq!(error.again(), Again::Never);
    assert!(matches!(error, RequestError::Refused(it) if it.code == ErrorCode::BadRequest));
}

async fn clients_displace_each_other_until_one_gives_up(stack: Deployment) {
    let alice = stack.person("alice").await;
    let mut first = App::start(&alice, Timing::default());
    first.connects().await;
    let mut second = App::start(&alice, Timing::default());
    second.connects().await;
    is_displaced(&mut first).await;
    sleep(Duration::from_secs(2)).await;
    let _: Empty = second.connection.ask(Ping::new).await.unwrap();

    first.connection.open();
    first.connects().await;
    is_displaced(&mut second).await;
    let _: Empty = first.connection.ask(Ping::new).await.unwrap();
}

async fn is_displaced(app: &mut App) {
    app.until(|notice| matches!(notice, Notice::Displaced).then_some(()))
        .await;
}

/// Alice sends all the while, and Bob's client takes one socket after another: he gets all of it, and none of
/// what he asks is lost.
async fn a_renewal_loses_nothing(stack: Deployment) {
    let renewals = match stack {
        Deployment::OneMachine(_) => 12,
        Deployment::Aws(_) => 3,
    };
    let timing = Timing {
        renew_ms: 700,
        renew_jitter_ms: 200,
        ..Timing::default()
    };
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let mut a = alice.connect().await;
    let mut app = App::start(&bob, timing);
    let is_done = Cell::new(false);
    let sends = async {
        let mut sent = BTreeSet::new();
        while !is_done.get() {
            sent.insert(a.send(&bob, "still here").await.accepted().0);
            sleep(Duration::from_millis(2)).await;
        }
        sent
    };
    let receives = async {
        let mut got = BTreeSet::new();
        receive(&mut app, renewals, &mut got).await;
        is_done.set(true);
        got
    };
    let (sent, mut got) = tokio::join!(sends, receives);
    while take_page(&app, &mut got).await {}
    assert_eq!(got, sent);
    assert!(sent.len() > renewals);
}

/// Takes what comes until there were so many renewals.
async fn receive(app: &mut App, renewals: usize, got: &mut BTreeSet<MessageId>) {
    let mut renewed = 0;
    while renewed < renewals {
        match app.next().await {
            Notice::Connected { renewed: is_next } => {
                renewed += usize::from(is_next);
                // As a client does; more comes all the while, so there may be no end of it.
                take_page(app, got).await;
            }
            Notice::Event(Event::Messages(messages)) => {
                got.extend(messages.iter().map(|it| it.message_id));
                app.delivered(&messages).await;
            }
            // The old socket may end before the new one is there.
            Notice::Offline { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

/// Gets and acks some of what waits; tells whether anything does.
async fn take_page(app: &App, got: &mut BTreeSet<MessageId>) -> bool {
    let page = app.sync().await;
    got.extend(page.messages.iter().map(|it| it.message_id));
    if page.messages.is_empty() {
        return false;
    }
    app.delivered(&page.messages).await;
    true
}

async fn a_device_that_is_removed_is_signed_out(stack: Deployment) {
    let alice = stack.person("alice").await;
    let mut primary = alice.connect().await;
    let tablet = alice.link_device(&mut primary, "tablet").await;
    let mut app = App::start(&tablet, Timing::default());
    app.connects().await;
    let _: Empty = primary.remove_device(tablet.device_id()).await.ok();
    let why = app.until(|notice| match notice {
        Notice::SignedOut(why) => Some(why),
        _ => None,
    });
    assert_eq!(why.await, SignedOut::Removed);
    let asked = app.connection.request(Ping::new).await;
    assert_eq!(asked.unwrap_err().again(), Again::WhenConnected);
}

async fn an_account_from_its_number_to_its_end(stack: Deployment) {
    let site = stack.site();
    let account = Account::at(site.addresses().http).unwrap();
    let number = fresh_number();
    let registration = account.register(&number).await.unwrap().registration_id;
    let wrong = account.verify(&registration, "000000", device("phone", 5));
    // One in a million is right.
    assert!(matches!(wrong.await, Err(AccountError::Refused(_))));
    let code = site.code(&number).await;
    let session = account.verify(&registration, &code, device("phone", 5));
    let session = session.await.unwrap();
    let tokens = account.refresh(&session.refresh_token).await.unwrap();

    let phone = Person {
        name: "phone".to_owned(),
        number,
        session,
        seed: 5,
        site: site.clone(),
    };
    let link_token = phone.connect().await.link_token().await;
    let tablet = account
        .link(&link_token, device("tablet", 6))
        .await
        .unwrap();
    assert_eq!(&tablet.user_id, phone.user_id());

    account.delete_account(&tokens.access_token).await.unwrap();
    let again = account.delete_account(&tokens.access_token).await;
    let forbidden = |error: &AccountError| match error {
        AccountError::Refused(error) => error.code == ErrorCode::Forbidden,
        _ => false,
    };
    assert!(again.is_err_and(|error| forbidden(&error)));
}
