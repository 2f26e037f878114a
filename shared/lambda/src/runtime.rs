//! Running a handler as a Lambda: configuration, logs, ports, warm connections.

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use heliograph_aws::{AwsConfig, Clients, MissingVariable, PlatformArns, SnsNotifier, TableNames};
use heliograph_domain::app::{App, Limits};
use heliograph_domain::ports::{
    Ids, NoNotifier, NoSms, Notifier, NotifyError, QueueName, RandomIds, Registration, Sms,
    SystemClock, TargetError,
};
use heliograph_domain::store::Table;
use heliograph_domain::tokens::KeyRing;
use heliograph_domain::{Context, Rate};
use heliograph_protocol::request::PushTarget;
use heliograph_webpush::{Hosts, WebPushNotifier};
use lambda_runtime::{LambdaEvent, run_concurrent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::sync::Arc;
use tracing_subscriber::filter::LevelFilter;

pub use lambda_runtime::Error;

/// What the environment says about the deployment; `template.yaml` sets all of it.
#[derive(Debug)]
pub struct Config {
    aws: AwsConfig,
    tables: HashMap<Table, String>,
    socket_endpoint: String,
    secret_arn: String,
    issuer: String,
    limits: Limits,
    is_concurrent: bool,
    has_sms: bool,
    sms_sender: Option<String>,
    queues: HashMap<QueueName, String>,
    push: PushConfig,
    log: LevelFilter,
}

/// How devices that are away are woken.
#[derive(Debug)]
struct PushConfig {
    /// Push services besides the known ones.
    hosts: Option<String>,
    /// Where these find the operator.
    contact: Option<String>,
    platforms: PlatformArns,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// Names the first variable that is missing.
    #[expect(
        clippy::disallowed_methods,
        reason = "read once, and names what is missing"
    )]
    pub fn from_env() -> Result<Self, MissingVariable> {
        let optional = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let required = |name| optional(name).ok_or(MissingVariable(name));
        let mut tables = HashMap::new();
        for table in Table::ALL {
            tables.insert(table, required(table_variable(table))?);
        }
        let mut queues = HashMap::new();
        for queue in QueueName::ALL {
            queues.insert(queue, required(queue_variable(queue))?);
        }
        let push = PushConfig {
            hosts: optional("HELIOGRAPH_PUSH_HOSTS"),
            contact: optional("HELIOGRAPH_PUSH_CONTACT"),
            platforms: PlatformArns {
                apns: optional("HELIOGRAPH_SNS_APNS"),
                fcm: optional("HELIOGRAPH_SNS_FCM"),
            },
        };
        Ok(Self {
            queues,
            push,
            aws: AwsConfig::from_env()?,
            tables,
            socket_endpoint: required("HELIOGRAPH_WS_ENDPOINT")?,
            secret_arn: required("HELIOGRAPH_SECRET_ARN")?,
            issuer: required("HELIOGRAPH_ISSUER")?,
            limits: limits(optional),
            is_concurrent: optional("AWS_LAMBDA_MAX_CONCURRENCY").is_some(),
            has_sms: optional("HELIOGRAPH_SMS").as_deref() != Some("none"),
            sms_sender: optional("HELIOGRAPH_SMS_SENDER"),
            log: optional("HELIOGRAPH_LOG")
                .and_then(|level| level.parse().ok())
                .unwrap_or(LevelFilter::INFO),
        })
    }
}

/// The default limits with the bursts that the environment sets; a burst of 0 is no limit.
fn limits(variable: impl Fn(&'static str) -> Option<String>) -> Limits {
    let with_burst = |name, rate: Option<Rate>| match variable(name).and_then(|it| it.parse().ok())
    {
        Some(0) => None,
        Some(burst) => rate.map(|rate| Rate { burst, ..rate }),
        None => rate,
    };
    let default = Limits::default();
    Limits {
        registrations_per_number: with_burst(
            "HELIOGRAPH_REGISTRATIONS_PER_NUMBER",
            default.registrations_per_number,
        ),
        registrations_per_address: with_burst(
            "HELIOGRAPH_REGISTRATIONS_PER_ADDRESS",
            default.registrations_per_address,
        ),
        sends_per_pair: with_burst("HELIOGRAPH_SENDS_PER_PAIR", default.sends_per_pair),
        ..default
    }
}

/// The variable that names a table.
fn table_variable(table: Table) -> &'static str {
    match table {
        Table::Users => "HELIOGRAPH_TABLE_USERS",
        Table::Connections => "HELIOGRAPH_TABLE_CONNECTIONS",
        Table::Inbox => "HELIOGRAPH_TABLE_INBOX",
        Table::Registrations => "HELIOGRAPH_TABLE_REGISTRATIONS",
        Table::Limits => "HELIOGRAPH_TABLE_LIMITS",
        Table::Prekeys => "HELIOGRAPH_TABLE_PREKEYS",
        Table::Contacts => "HELIOGRAPH_TABLE_CONTACTS",
        Table::Subscriptions => "HELIOGRAPH_TABLE_SUBSCRIPTIONS",
        Table::Notifications => "HELIOGRAPH_TABLE_NOTIFICATIONS",
        Table::Cleanups => "HELIOGRAPH_TABLE_CLEANUPS",
        // Here it is SQS.
        Table::Jobs => "HELIOGRAPH_TABLE_JOBS",
    }
}

/// The variable that names a queue's address.
fn queue_variable(queue: QueueName) -> &'static str {
    match queue {
        QueueName::Presence => "HELIOGRAPH_QUEUE_PRESENCE",
        QueueName::Notifications => "HELIOGRAPH_QUEUE_NOTIFICATIONS",
    }
}

/// What a function works with; connections to it are opened while the function starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// The table that it reads or writes first.
    pub table: Option<Table>,
    /// It makes or checks tokens: the master secret is read.
    pub keys: bool,
    /// It posts to connections in most of its calls.
    pub posts: bool,
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
        true => Arc::new(notifiers(config, &clients, &keys)?),
        false => Arc::new(NoNotifier),
    };
    let queue = clients.queue(|name| config.queues.get(&name).cloned().unwrap_or_default());
    Ok(App {
        store: Arc::new(store),
        pusher: Arc::new(pusher),
        queue: Arc::new(queue),
        notifier,
        sms,
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
        keys: Arc::new(keys),
        limits: config.limits,
        sends: Arc::default(),
    })
}

fn notifiers(config: &Config, clients: &Clients, keys: &KeyRing) -> Result<Notifiers, Error> {
    let push = &config.push;
    let mut hosts = Hosts::known();
    let added = push.hosts.iter().flat_map(|hosts| hosts.split(','));
    for host in added.map(str::trim).filter(|host| !host.is_empty()) {
        hosts = hosts.and(host)?;
    }
    let addresses = [&config.issuer, &config.socket_endpoint];
    let address = addresses.into_iter().find(|it| it.starts_with("https://"));
    let contact = push.contact.as_ref().or(address);
    let contact = contact.map_or("https://heliograph.invalid", String::as_str);
    Ok(Notifiers {
        web: WebPushNotifier::new(keys, hosts, contact)?,
        phones: clients.notifier(push.platforms.clone()),
    })
}

/// Browsers by Web Push, phones by SNS.
struct Notifiers {
    web: WebPushNotifier,
    phones: SnsNotifier,
}

#[async_trait]
impl Notifier for Notifiers {
    fn accepts(&self, target: &PushTarget) -> Result<(), TargetError> {
        match target {
            PushTarget::Web { .. } => self.web.accepts(target),
            PushTarget::Apns { .. } | PushTarget::Fcm { .. } => self.phones.accepts(target),
        }
    }

    fn web_push_key(&self) -> Option<String> {
        self.web.web_push_key()
    }

    async fn notify(&self, to: &Registration, now_ms: u64) -> Result<(), NotifyError> {
        match to.target {
            PushTarget::Web { .. } => self.web.notify(to, now_ms).await,
            PushTarget::Apns { .. } | PushTarget::Fcm { .. } => {
                self.phones.notify(to, now_ms).await
            }
        }
    }
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
