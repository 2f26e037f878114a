//! `heliographd`: reads the command line, builds the ports once, and serves.

use anyhow::Context as _;
use clap::Parser;
use heliograph_domain::app::{App, Limits};
use heliograph_domain::ports::{NoSms, RandomIds, Sms};
use heliograph_domain::tokens::KeyRing;
use heliograph_domain::usecases;
use heliograph_webpush::{Hosts, WebPushNotifier};
use heliographd::args::{Args, Command};
use heliographd::blobs::{BlobService, BlobStore, LocalBlobs};
use heliographd::clock::TurnableClock;
use heliographd::faults::Dice;
use heliographd::metrics::Metrics;
use heliographd::queue::LocalQueue;
use heliographd::server::{Dev, Server};
use heliographd::sms::{CommandSms, DevSms};
use heliographd::socket::Hub;
use heliographd::store::{EmbeddedStore, Options};
use heliographd::{log, preload, secret};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Half of the time that the C library's took under load (docs/benchmarks.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    log::start();
    let args = Args::parse();
    match &args.command {
        Some(Command::Preload { data, users }) => preload::run(data, *users).await,
        None => serve(args).await,
    }
}

async fn serve(args: Args) -> anyhow::Result<()> {
    let data: PathBuf = args.data.clone().context("--data is missing")?;
    let store =
        Arc::new(EmbeddedStore::open(&data, &Options::default()).context("opening the store")?);
    let keys = secret::load_or_make(&data, &RandomIds)?;
    let metrics = Arc::new(Metrics::default());
    let dice = Arc::new(Dice::new(args.faults, args.fault_seed));
    let hub = Arc::new(Hub::new(dice.clone(), metrics.clone()));
    let clock = Arc::new(TurnableClock::default());
    let dev_sms = Arc::new(DevSms::default());
    let sms: Arc<dyn Sms> = match (&args.sms_command, args.dev) {
        (Some(program), _) => Arc::new(CommandSms(program.clone())),
        (None, true) => dev_sms.clone(),
        (None, false) => Arc::new(NoSms),
    };
    let (queue, workers) = LocalQueue::new(store.clone(), Arc::new(RandomIds), dice.clone());
    let queue = Arc::new(queue);
    let listener = TcpListener::bind(args.listen).await.context("listening")?;
    let public_url = public_url(&args, &listener)?;
    let ids = Arc::new(RandomIds);
    let files = BlobStore::open(
        &data.join("blobs"),
        args.max_media_bytes,
        clock.clone(),
        ids,
    )
    .context("opening the store of files")?;
    let files = Arc::new(files);
    let app = App {
        store: store.clone(),
        pusher: hub.clone(),
        queue: queue.clone(),
        blobs: Arc::new(LocalBlobs::new(files.clone(), &keys, &public_url)),
        notifier: Arc::new(notifier(&args, &keys)?),
        sms,
        clock: clock.clone(),
        ids: Arc::new(RandomIds),
        keys: Arc::new(keys),
        limits: limits(&args),
        sends: Arc::default(),
        groups: Arc::default(),
    };
    let blobs = BlobService::new(files.clone(), &app.keys);
    let dev = args.dev.then_some(Dev {
        sms: dev_sms,
        clock,
    });
    let tasks = tokio_util::task::TaskTracker::new();
    let server = Arc::new(Server {
        app,
        hub,
        metrics,
        dice,
        dev,
        store: store.clone(),
        queue,
        files,
        blobs,
        tasks,
    });
    let cx = server.app.context();
    server.queue.resume(&cx).await?;
    usecases::carry_left(&server.app, &cx).await?;

    let stop = stop_on_signal()?;
    announce(&listener)?;
    server.run(listener, workers, stop).await;
    Ok(())
}

/// Where clients reach this server, without a slash at the end.
fn public_url(args: &Args, listener: &TcpListener) -> anyhow::Result<String> {
    match &args.public_url {
        Some(url) => {
            let is_origin = url.split_once("://").is_some_and(|(scheme, host)| {
                ["http", "https"].contains(&scheme) && !host.trim_end_matches('/').contains('/')
            });
            anyhow::ensure!(
                is_origin,
                "--public-url: expected http(s)://host, without a path"
            );
            Ok(url.trim_end_matches('/').to_owned())
        }
        None => Ok(format!("http://{}", listener.local_addr()?)),
    }
}

fn notifier(args: &Args, keys: &KeyRing) -> anyhow::Result<WebPushNotifier> {
    let mut hosts = Hosts::known();
    for host in &args.push_host {
        hosts = hosts.and(host).context("--push-host")?;
    }
    WebPushNotifier::new(keys, hosts, &args.push_contact).context("--push-contact")
}

fn limits(args: &Args) -> Limits {
    let mut limits = if args.no_limits {
        Limits::NONE
    } else {
        Limits::default()
    };
    if let Some(rate) = &mut limits.sends_per_pair {
        rate.burst = args.sends_per_pair;
    }
    if !args.no_limits {
        limits.uploads_per_day = Some(args.uploads_per_day).filter(|max| *max > 0);
        limits.upload_bytes_per_day = Some(args.upload_bytes_per_day).filter(|max| *max > 0);
    }
    if args.dev {
        limits.without_registration_limits()
    } else {
        limits
    }
}

fn stop_on_signal() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let (mut term, mut int) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let token = stop.clone();
    tokio::spawn(async move {
        tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
        token.cancel();
    });
    Ok(stop)
}

/// Says in one line of JSON that clients may come, and where.
#[expect(clippy::print_stdout, reason = "the line that scripts wait for")]
fn announce(listener: &TcpListener) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    let (http, ws) = (format!("http://{address}"), format!("ws://{address}/ws"));
    println!(
        "{}",
        serde_json::json!({ "ready": true, "http": http, "ws": ws })
    );
    Ok(())
}
