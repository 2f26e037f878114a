//! Many transfers, and those that are cancelled.

use crate::app::{App, plain, polled, until};
use crate::store::Trouble::Hang;
use heliograph_client::media::transfer::{Event, TransferError, TransferOptions, Transfers};
use std::pin::pin;
use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

const MIB: usize = 1 << 20;

#[tokio::test]
async fn many_go_on_some_at_a_time() {
    let app = App::start().await;
    let transfers = app.open().await;
    for bytes in 0..20 {
        app.begin(&transfers, &plain(bytes * 1_000)).await;
    }
    transfers.run_until_idle(&app.store.service()).await;
    assert_eq!(app.told().len(), 20);
    assert!(app.store.world.state().most_open_requests <= 3);
    app.assert_only(&[]);
}

#[tokio::test]
async fn what_is_added_while_it_runs_is_done_too() {
    let app = App::start().await;
    let transfers = app.open().await;
    let service = app.store.service();
    let added = async {
        for count in 1..4 {
            app.begin(&transfers, b"small").await;
            until(|| app.told().len() == count).await;
        }
    };
    tokio::select! {
        () = transfers.run(&service) => {}
        () = added => {}
    }
    assert_eq!(app.told().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_runs_in_a_task_of_its_own() {
    let app = App::start().await;
    let transfers = Arc::new(app.open().await);
    let service = app.store.service();
    let running = Arc::clone(&transfers);
    let running = tokio::spawn(async move { running.run(&service).await });
    app.begin(&transfers, &plain(9 * MIB)).await;
    until(|| !app.told().is_empty()).await;
    app.uploaded();
    running.abort();
}

#[tokio::test]
async fn an_upload_that_is_cancelled_leaves_nothing() {
    let app = App::start().await;
    app.store.world.trouble([Some(Hang), Some(Hang)]);
    let transfers = app.open().await;
    let id = app.begin(&transfers, &plain(9 * MIB)).await;
    let service = app.store.service();
    let cancelled = async {
        until(|| app.store.world.put().len() == 2).await;
        assert!(transfers.cancel(id).await.unwrap());
        assert!(!transfers.cancel(id).await.unwrap());
    };
    tokio::join!(transfers.run_until_idle(&service), cancelled);
    assert_eq!(app.told(), []);
    app.assert_only(&[]);
    drop(transfers);
    assert_eq!(app.open().await.pending(), []);
}

#[tokio::test]
async fn a_download_that_is_cancelled_leaves_nothing() {
    let app = App::start().await;
    let attachment = app.put(&plain(20 * MIB)).await;
    let transfers = app.open().await;
    let id = app.begin_to_get(&transfers, &attachment).await;
    let service = app.store.service();
    let cancelled = async {
        until(|| !app.progress().is_empty()).await;
        assert!(transfers.cancel(id).await.unwrap());
    };
    tokio::join!(transfers.run_until_idle(&service), cancelled);
    assert_eq!(app.told(), []);
    app.assert_only(&[]);
}

#[tokio::test]
async fn one_that_does_not_run_is_cancelled_too() {
    let app = App::start().await;
    let transfers = app.open().await;
    let id = app.begin(&transfers, b"small").await;
    assert!(transfers.cancel(id).await.unwrap());
    transfers.run_until_idle(&app.store.service()).await;
    assert_eq!(app.told(), []);
    app.assert_only(&[]);
}

#[tokio::test]
async fn nothing_is_told_of_what_was_cancelled_however_late() {
    let app = App::start().await;
    let service = app.store.service();
    for polls in 1.. {
        let transfers = app.open().await;
        let id = app.begin(&transfers, b"small").await;
        let mut running = pin!(transfers.run_until_idle(&service));
        let is_done = polled(running.as_mut(), polls).await;
        let is_cancelled = transfers.cancel(id).await.unwrap();
        if !is_done {
            running.await;
        }
        assert_eq!(app.told().is_empty(), is_cancelled, "after {polls} polls");
        app.assert_only(&[]);
        app.forget_told();
        if is_done {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_no_cancelling_what_is_told() {
    let app = App::start().await;
    let opened: Arc<OnceLock<Transfers>> = Arc::default();
    let (of, (tell, told)) = (Arc::clone(&opened), channel());
    let listener = move |event| {
        if let Event::Uploaded { id, .. } = event {
            let cancelling = of.get().unwrap().cancel(id);
            let is_cancelled = block_in_place(|| Handle::current().block_on(cancelling));
            tell.send(is_cancelled.unwrap()).unwrap();
        }
    };
    let transfers = Transfers::open(app.folder(), TransferOptions::default(), listener).await;
    let transfers = opened.get_or_init(|| transfers.unwrap());
    app.begin(transfers, b"small").await;
    transfers.run_until_idle(&app.store.service()).await;
    assert_eq!(told.try_recv(), Ok(false));
}

#[tokio::test]
async fn an_end_that_was_not_told_before_a_kill_is_told_after_it() {
    let app = App::start().await;
    drop(app.open().await);
    let id = "00000000000000010000000000000002";
    let note = app.folder().join(format!("{id}.json"));
    std::fs::write(note, br#"{"ended":{"failed":"forged"}}"#).unwrap();
    let transfers = app.open().await;
    transfers.run_until_idle(&app.store.service()).await;
    let (id, error) = (id.parse().unwrap(), TransferError::Forged);
    assert_eq!(app.end(), Event::Failed { id, error });
    app.assert_only(&[]);
}
