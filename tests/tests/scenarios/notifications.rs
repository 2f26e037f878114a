//! A browser whose pages are closed is woken, and told nothing but that there is something.

use crate::store;
use heliograph_domain::store::Table;
use heliograph_protocol::request::{PushTarget, WebPushKeys};
use heliograph_tests::{Deployment, Person, Socket, scenarios};
use heliograph_webpush::testing::{Browser, Push, Service};
use std::time::Duration;
use tokio::time::{Instant, sleep};

scenarios!(a_browser_that_is_away_is_woken_once_until_it_syncs);

/// The word of a browser's service that nobody is to be reached there any more.
const GONE: u16 = 410;

async fn a_browser_that_is_away_is_woken_once_until_it_syncs(mut stack: Deployment) {
    let service = stack.push_service().await;
    let (alice, bob) = (stack.person("alice").await, stack.person("bob").await);
    let mut a = alice.connect().await;
    let mut b = bob.connect().await;
    a.watch(&[&bob]).await;
    let key = b.push_key().await;
    let browser = Browser::new();
    let (p256dh, auth) = browser.keys();
    let endpoint = format!("http://{}/wpush/v2/bob", service.address);
    let keys = WebPushKeys { p256dh, auth };
    let target = PushTarget::Web { endpoint, keys };
    b.register_push(target.clone())
        .await
        .outcome
        .expect("taken");

    a.send(&bob, "while he is there").await.accepted();
    let seen = b.next_message().await;
    b.delivered(&[seen]).await;
    is_away(&mut a, b).await;
    a.send(&bob, "while he is away").await.accepted();
    a.send(&bob, "and again").await.accepted();
    let pushed = taken(&service, 1).await;
    assert_eq!(pushed[0].path, "/wpush/v2/bob");
    assert_eq!(browser.decrypt(&pushed[0].body), b"you have messages");
    let authorization = pushed[0].header("authorization").expect("VAPID");
    assert!(
        authorization.contains(&format!("k={key}")),
        "{authorization}"
    );

    let mut b = bob.connect().await;
    let waited = b.sync(None).await;
    assert_eq!(waited.messages.len(), 2);
    b.delivered(&waited.messages).await;
    is_away(&mut a, b).await;
    a.send(&bob, "once more").await.accepted();
    taken(&service, 2).await;

    let mut b = bob.connect().await;
    b.drain().await;
    b.unregister_push().await;
    is_away(&mut a, b).await;
    a.send(&bob, "to who does not want to be woken")
        .await
        .accepted();
    a.ping().await;
    assert_eq!(service.taken().len(), 2);

    // A subscription that has ended is dropped, and rings no more.
    let mut b = bob.connect().await;
    b.drain().await;
    b.register_push(target).await.outcome.expect("taken");
    is_away(&mut a, b).await;
    service.answer(GONE);
    a.send(&bob, "to a browser that is gone").await.accepted();
    taken(&service, 3).await;
    is_dropped(&mut stack, &bob).await;
    let mut b = bob.connect().await;
    b.drain().await;
    b.close().await;
    let mut a = alice.connect().await;
    a.send(&bob, "to nobody's browser").await.accepted();
    a.ping().await;
    assert_eq!(service.taken().len(), 3);
}

/// Waits until nothing is kept of how somebody is woken.
async fn is_dropped(stack: &mut Deployment, person: &Person) {
    let end = Instant::now() + Duration::from_secs(30);
    let device = person.inbox_partition();
    while store::items(stack, Table::Notifications, &device).await > 0 {
        assert!(Instant::now() < end, "it is kept");
        sleep(Duration::from_millis(200)).await;
    }
}

/// Closes a socket, and waits until it is known to be closed: what is posted before that may be taken
/// for a socket that reads no more.
async fn is_away(watcher: &mut Socket, socket: Socket) {
    socket.close().await;
    while watcher.next_presence().await.online != Some(false) {}
}

/// Waits until the push service has so many.
async fn taken(service: &Service, count: usize) -> Vec<Push> {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let taken = service.taken();
        if taken.len() >= count {
            assert_eq!(taken.len(), count);
            return taken;
        }
        assert!(Instant::now() < end, "{} of {count} have come", taken.len());
        sleep(Duration::from_millis(20)).await;
    }
}
