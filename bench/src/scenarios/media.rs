//! Files: sealed and put, got and opened by the client's media kit; and the same sealed bytes put to and
//! got from a plain file server by the same HTTP client, in turn.

use super::Bench;
use crate::cli::Media;
use crate::driver::heliograph::Client;
use crate::proc::{Pids, forget_peak};
use crate::results::round;
use anyhow::{Context, Result, bail, ensure};
use async_trait::async_trait;
use futures_util::StreamExt;
use heliograph_client::media::transfer::{
    About, Attachment, Event, MediaService, ServiceError, Source, TransferOptions, Transfers,
};
use heliograph_protocol::media::MediaKind;
use heliograph_protocol::reply::{MediaCompleteOk, MediaDownloadOk, MediaUploadOk};
use heliograph_protocol::request::{MediaComplete, MediaDownload, MediaUpload, Request};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;
use tokio_util::io::ReaderStream;

/// How much of a plain file is read at a time, in bytes.
const BUFFER_BYTES: usize = 64 * 1024;
/// How long the disk may rest before either side: where it is a share of one, it is slowed down after a few
/// gigabytes at once.
const PAUSE: Duration = Duration::from_secs(2);

pub(super) async fn run(bench: &Bench, args: &Media) -> Result<()> {
    let mut clients = bench.clients(&bench.users(0, 1)).await?;
    let client = clients.pop().context("no client")?;
    let service = Service(tokio::sync::Mutex::new(client));
    fs::create_dir_all(&args.folder).await?;
    let plain = args.folder.join("plain");
    write_noise(&plain, args.bytes).await?;
    for n in 0..args.rounds {
        settle().await?;
        let ours = ours(&service, args, &plain).await?;
        settle().await?;
        let theirs = theirs(&args.plain_url, args, n).await?;
        bench.results.write(
            "media",
            json!({
                "bytes": args.bytes, "seal_ms": ms(ours.seal), "put_ms": ms(ours.put),
                "get_ms": ms(ours.get), "memory_kb": ours.memory_kb,
                "plain_put_ms": ms(theirs.put), "plain_get_ms": ms(theirs.get),
                "ratio": round((theirs.put + theirs.get).as_secs_f64()
                    / (ours.put + ours.get).as_secs_f64(), 2),
            }),
        )?;
    }
    fs::remove_dir_all(&args.folder).await?;
    Ok(())
}

/// Lets the disk write what either side has left, so that the other does not pay for it.
async fn settle() -> Result<()> {
    let synced = tokio::process::Command::new("sync").status().await?;
    ensure!(synced.success(), "sync: {synced}");
    tokio::time::sleep(PAUSE).await;
    Ok(())
}

fn ms(time: Duration) -> f64 {
    round(time.as_secs_f64() * 1e3, 1)
}

/// How long a file took.
struct Took {
    seal: Duration,
    put: Duration,
    get: Duration,
    /// What this process had in memory at most, above what it had before.
    memory_kb: u64,
}

async fn ours(service: &Service, args: &Media, plain: &Path) -> Result<Took> {
    let told: Arc<Mutex<Vec<Event>>> = Arc::default();
    let tell = told.clone();
    let listener = move |event| {
        tell.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(event)
    };
    let folder = args.folder.join("transfers");
    let transfers = Transfers::open(&folder, TransferOptions::default(), listener).await?;
    let last = || told.lock().unwrap_or_else(PoisonError::into_inner).pop();
    forget_peak()?;
    let before_kb = Pids::own().rss_kb();
    let begun = Instant::now();
    let source = Source::File(plain.to_owned());
    let about = About::default();
    transfers.upload(source, MediaKind::Document, about).await?;
    let seal = begun.elapsed();
    let begun = Instant::now();
    transfers.run_until_idle(service).await;
    let put = begun.elapsed();
    let attachment: Attachment = match last() {
        Some(Event::Uploaded { attachment, .. }) => *attachment,
        other => bail!("not put: {other:?}"),
    };
    let to = args.folder.join("opened");
    let begun = Instant::now();
    transfers.download(&attachment, &to).await?;
    transfers.run_until_idle(service).await;
    let get = begun.elapsed();
    let memory_kb = Pids::own().peak_kb().saturating_sub(before_kb);
    let ended = last();
    ensure!(
        matches!(ended, Some(Event::Downloaded { .. })),
        "not got: {ended:?}"
    );
    ensure!(is_same(plain, &to).await?, "another file came");
    fs::remove_file(&to).await?;
    Ok(Took {
        seal,
        put,
        get,
        memory_kb,
    })
}

/// Puts and gets a file of as many bytes without anything being done to it.
async fn theirs(url: &str, args: &Media, n: usize) -> Result<Took> {
    // Built with TLS like the client's, though nothing here speaks it: reqwest wants to know whose. Installed
    // once, it refuses another, which is the same.
    _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("{url}/{n}");
    let sealed = args.folder.join("plain");
    let begun = Instant::now();
    let file = File::open(&sealed).await?;
    let length = file.metadata().await?.len();
    let body = ReaderStream::with_capacity(file, BUFFER_BYTES);
    let put = http.put(&url).header("content-length", length);
    let answer = put.body(reqwest::Body::wrap_stream(body)).send().await?;
    answer.error_for_status()?;
    let put = begun.elapsed();
    let to = args.folder.join("got");
    let begun = Instant::now();
    let answer = http.get(&url).send().await?.error_for_status()?;
    let mut stream = answer.bytes_stream();
    let mut file = File::create(&to).await?;
    while let Some(piece) = stream.next().await {
        file.write_all(&piece?).await?;
    }
    file.flush().await?;
    let get = begun.elapsed();
    ensure!(is_same(&sealed, &to).await?, "another plain file came");
    fs::remove_file(&to).await?;
    Ok(Took {
        seal: Duration::ZERO,
        put,
        get,
        memory_kb: 0,
    })
}

async fn write_noise(to: &Path, bytes: u64) -> Result<()> {
    let words = (0..bytes.div_ceil(8)).map(|word| word.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut noise: Vec<u8> = words.flat_map(u64::to_be_bytes).collect();
    noise.truncate(usize::try_from(bytes)?);
    fs::write(to, noise).await.map_err(Into::into)
}

async fn is_same(one: &Path, other: &Path) -> Result<bool> {
    let read = async |path: &Path| fs::read(PathBuf::from(path)).await;
    Ok(read(one).await? == read(other).await?)
}

/// Asks over a socket, one after the other.
struct Service(tokio::sync::Mutex<Client>);

impl Service {
    async fn call<T: DeserializeOwned>(&self, request: &impl Request) -> Result<T, ServiceError> {
        let answer = self.0.lock().await.call(request).await;
        answer.map_err(|error| {
            super::complain("asking", &error);
            ServiceError::Offline
        })
    }
}

#[async_trait]
impl MediaService for Service {
    async fn upload(&self, request: MediaUpload) -> Result<MediaUploadOk, ServiceError> {
        self.call(&request).await
    }

    async fn complete(&self, request: MediaComplete) -> Result<MediaCompleteOk, ServiceError> {
        self.call(&request).await
    }

    async fn download(&self, request: MediaDownload) -> Result<MediaDownloadOk, ServiceError> {
        self.call(&request).await
    }
}
