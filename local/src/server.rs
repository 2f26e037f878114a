//! The process: accepts, schedules, and stops in order.

use crate::blobs::{BlobService, BlobStore};
use crate::clock::TurnableClock;
use crate::faults::Dice;
use crate::http::answer;
use crate::metrics::Metrics;
use crate::queue::{self, LocalQueue, Workers};
use crate::sms::DevSms;
use crate::socket::Hub;
use crate::store::EmbeddedStore;
use heliograph_domain::app::App;
use heliograph_sweep::Tick;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may be used for calls: one whose client reads no answers ends someday.
const CALLS_TIMEOUT: Duration = Duration::from_secs(60 * 60);
/// How often the sweep runs.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// How often expired items are deleted.
const PURGE_EVERY: Duration = Duration::from_secs(10);
/// How long open work may take when the server stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);

/// Everything that a request may need.
pub struct Server {
    /// Ports, keys and limits.
    pub app: App,
    /// The open sockets.
    pub hub: Arc<Hub>,
    /// What `/metrics` shows.
    pub metrics: Arc<Metrics>,
    /// Faults for tests.
    pub dice: Arc<Dice>,
    /// What `--dev` adds.
    pub dev: Option<Dev>,
    /// The store, for its upkeep.
    pub store: Arc<EmbeddedStore>,
    /// The work that waits.
    pub queue: Arc<LocalQueue>,
    /// The files, for their upkeep.
    pub files: Arc<BlobStore>,
    /// What serves files.
    pub blobs: BlobService,
    /// Work that is finished before the process ends.
    pub tasks: TaskTracker,
}

/// What `--dev` adds.
pub struct Dev {
    /// The codes that were sent.
    pub sms: Arc<DevSms>,
    /// The clock that can be turned.
    pub clock: Arc<TurnableClock>,
}

impl Server {
    /// Serves until `stop`, then finishes what it has.
    pub async fn run(
        self: Arc<Self>,
        listener: TcpListener,
        workers: Workers,
        stop: CancellationToken,
    ) {
        let end_of_jobs = CancellationToken::new();
        let working = queue::work(self.clone(), workers, end_of_jobs.clone());
        let working = tokio::spawn(working);
        let upkeep = tokio::spawn(self.clone().keep_up());
        let mut accept_failures: u32 = 0;
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stop.cancelled() => break,
            };
            match accepted {
                Ok((stream, from)) => {
                    accept_failures = 0;
                    let serving = serve(self.clone(), stream, from, stop.clone());
                    self.tasks.spawn(serving);
                }
                Err(error) => {
                    // Out of file descriptors, most likely: those in use will be freed.
                    accept_failures = accept_failures.saturating_add(1);
                    let wait = Duration::from_millis(10 * u64::from(accept_failures.min(100)));
                    tracing::warn!(error = heliograph_domain::chain(&error), "not accepted");
                    tokio::time::sleep(wait).await;
                }
            }
        }
        drop(listener);
        upkeep.abort();
        self.hub.close_all();
        self.tasks.close();
        if tokio::time::timeout(STOP_TIMEOUT, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!(left = self.tasks.len(), "stopped with work left");
        }
        // Sockets that close make jobs: who has gone, and when.
        end_of_jobs.cancel();
        if tokio::time::timeout(STOP_TIMEOUT, working).await.is_err() {
            tracing::warn!("stopped with jobs left");
        }
    }

    /// Runs the schedules.
    async fn keep_up(self: Arc<Self>) {
        let mut sweep = tokio::time::interval(SWEEP_EVERY);
        let mut purge = tokio::time::interval(PURGE_EVERY);
        loop {
            tokio::select! {
                _ = sweep.tick() => self.sweep().await,
                _ = purge.tick() => self.purge().await,
            }
        }
    }

    /// Does what the schedules do.
    pub(crate) async fn tidy(&self) {
        self.sweep().await;
        self.purge().await;
    }

    async fn sweep(&self) {
        let cx = self.app.context();
        if let Err(error) = heliograph_sweep::handle(&self.app, &cx, Tick::default()).await {
            tracing::warn!(error = heliograph_domain::chain(&error), "not swept");
        }
        self.metrics.invoked("sweep", &cx);
        let files = self.files.clone();
        let swept = tokio::task::spawn_blocking(move || files.sweep()).await;
        if let Ok(Err(error)) = swept {
            tracing::warn!(error = heliograph_domain::chain(&error), "old files kept");
        }
    }

    async fn purge(&self) {
        if self.dice.roll(self.dice.faults.late_ttl) {
            return;
        }
        let cx = self.app.context();
        if let Err(error) = self.store.purge_expired(cx.now_s()).await {
            tracing::warn!(
                error = heliograph_domain::chain(&error),
                "expired items kept"
            );
        }
    }
}

/// Serves the requests of one TCP connection.
async fn serve(server: Arc<Server>, stream: TcpStream, from: SocketAddr, stop: CancellationToken) {
    // A small frame is not to wait for a fuller packet.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let answering = answer(server.clone(), from, request);
        async move { Ok::<_, Infallible>(answering.await) }
    });
    let mut connection = std::pin::pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades()
    );
    tokio::select! {
        _ = tokio::time::timeout(CALLS_TIMEOUT, &mut connection) => {}
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
