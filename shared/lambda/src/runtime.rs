//! Running a handler as a Lambda: logs, ports, warm connections.

use crate::config::Config;
use crate::notifiers::Notifiers;
use futures_util::future::BoxFuture;
use heliograph_aws::{Cdn, Clients, TableNames};
use heliograph_domain::Context;
use heliograph_domain::app::App;
use heliograph_domain::ports::{Ids, NoNotifier, NoSms, Notifier, RandomIds, Sms, SystemClock};
use heliograph_domain::store::Table;
use heliograph_domain::tokens::KeyRing;
use lambda_runtime::{LambdaEvent, run_concurrent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

pub use lambda_runtime::Error;

/// What a function works with; connections to it are opened while the function starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// The table that it reads or writes first.
    pub table: Option<Table>,
    /// It makes or checks tokens: the master secret is read.
    pub keys: bool,
    /// It posts to connections in most of its calls.
    pub posts: bool,
    /// It says where files are.
    pub files: bool,
    /// It wakes devices, or says which can be woken.
    pub wakes: bool,
}

/// Runs a handler until the process ends.
///
/// Connections to what it uses are opened before the first invocation is asked for, so that no
/// request waits for a TLS handshake. Several invocations run at once where the function is
/// configured so, on all processors; else one thread is enough, and starts faster.
///
/// # Errors
/// A missing variable, or a secret that cannot be read.
pub fn serve<E, R, X>(
    uses: Uses,
    handler: for<'a> fn(&'a App, &'a Context, E) -> BoxFuture<'a, Result<R, X>>,
) -> Result<(), Error>
where
    E: DeserializeOwned + Send + 'static,
    R: Serialize + Send + 'static,
    X: std::error::Error + Send + Sync + 'static,
{
    let config = Config::from_env()?;
    let mut runtime = match config.is_concurrent {
        true => tokio::runtime::Builder::new_multi_thread(),
        false => tokio::runtime::Builder::new_current_thread(),
    };
    runtime
        .enable_all()
        .build()?
        .block_on(run(config, uses, handler))
}

async fn run<E, R, X>(
    config: Config,
    uses: Uses,
    handler: for<'a> fn(&'a App, &'a Context, E) -> BoxFuture<'a, Result<R, X>>,
) -> Result<(), Error>
where
    E: DeserializeOwned + Send + 'static,
    R: Serialize + Send + 'static,
    X: std::error::Error + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .without_time()
        .with_target(false)
        .with_max_level(config.log)
        .init();
    let app = build(&config, uses).await?;
    run_concurrent(service_fn(move |event: LambdaEvent<E>| {
        let app = app.clone();
        async move {
            let cx = app.context();
            let reply = handler(&app, &cx, event.payload).await;
            tracing::debug!(usage = ?cx.meter.read(), "done");
            reply.map_err(Error::from)
        }
    }))
    .await
}

async fn build(config: &Config, uses: Uses) -> Result<App, Error> {
    let clients = Clients::new(&config.aws);
    let tables = TableNames::new(|table| config.tables.get(&table).cloned().unwrap_or_default());
    let store = clients.store(tables);
    let pusher = clients.pusher(&config.socket_endpoint);
    let warm_store = async {
        if let Some(table) = uses.table {
            store.warm(table, 1).await;
        }
    };
    let warm_pusher = async {
        if uses.posts {
            pusher.warm().await;
        }
    };
    let sms: Arc<dyn Sms> = if config.has_sms {
        Arc::new(clients.sms(config.sms_sender.clone()))
    } else {
        Arc::new(NoSms)
    };
    let keys = key_ring(config, &clients, uses.keys);
    let ((), (), keys) = tokio::join!(warm_store, warm_pusher, keys);
    let keys = keys?;
    let notifier: Arc<dyn Notifier> = match uses.wakes {
        true => Arc::new(Notifiers::new(config, &clients, &keys)?),
        false => Arc::new(NoNotifier),
    };
    let cdn = cdn(config, &clients, uses.files).await?;
    let blobs = clients.blobs(config.media_bucket.clone(), cdn);
    let queue = clients.queue(|name| config.queues.get(&name).cloned().unwrap_or_default());
    Ok(App {
        store: Arc::new(store),
        pusher: Arc::new(pusher),
        queue: Arc::new(queue),
        blobs: Arc::new(blobs),
        notifier,
        sms,
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
        keys: Arc::new(keys),
        limits: config.limits,
        sends: Arc::default(),
        groups: Arc::default(),
    })
}

/// Derives the keys; for a function that needs none, from a secret that nobody knows.
async fn key_ring(config: &Config, clients: &Clients, is_used: bool) -> Result<KeyRing, Error> {
    let issuer = &config.issuer;
    if !is_used {
        let mut secret = [0; 32];
        RandomIds.fill(&mut secret);
        return Ok(KeyRing::derive(issuer, &secret, None)?);
    }
    let secret = clients.master_secret(&config.secret_arn).await?;
    let previous = secret.previous.as_deref().map(str::as_bytes);
    Ok(KeyRing::derive(
        issuer,
        secret.current.as_bytes(),
        previous,
    )?)
}

/// The CDN in front of the files, for a function that says where they are.
async fn cdn(config: &Config, clients: &Clients, is_used: bool) -> Result<Option<Cdn>, Error> {
    let Some(cdn) = config.cdn.as_ref().filter(|_| is_used) else {
        return Ok(None);
    };
    let private_key = clients.secret(&cdn.secret_arn).await?;
    Ok(Some(Cdn::new(&cdn.url, &cdn.key_id, private_key)))
}
