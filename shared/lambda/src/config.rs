//! What a function reads from its environment.

use heliograph_aws::{AwsConfig, MissingVariable, PlatformArns};
use heliograph_domain::Rate;
use heliograph_domain::app::Limits;
use heliograph_domain::ports::QueueName;
use heliograph_domain::store::Table;
use std::collections::HashMap;
use std::str::FromStr;
use tracing_subscriber::filter::LevelFilter;

/// What the environment says about the deployment; `template.yaml` sets all of it.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) aws: AwsConfig,
    pub(crate) tables: HashMap<Table, String>,
    pub(crate) socket_endpoint: String,
    pub(crate) secret_arn: String,
    pub(crate) issuer: String,
    pub(crate) limits: Limits,
    pub(crate) is_concurrent: bool,
    pub(crate) has_sms: bool,
    pub(crate) sms_sender: Option<String>,
    pub(crate) queues: HashMap<QueueName, String>,
    pub(crate) push: PushConfig,
    pub(crate) media_bucket: String,
    pub(crate) cdn: Option<CdnConfig>,
    pub(crate) log: LevelFilter,
}

/// A CDN in front of the files.
#[derive(Debug)]
pub(crate) struct CdnConfig {
    /// Its address.
    pub(crate) url: String,
    /// What it calls the key that addresses are signed with.
    pub(crate) key_id: String,
    /// The secret that holds the private key.
    pub(crate) secret_arn: String,
}

/// How devices that are away are woken.
#[derive(Debug)]
pub(crate) struct PushConfig {
    /// Push services besides the known ones.
    pub(crate) hosts: Option<String>,
    /// Where these find the operator.
    pub(crate) contact: Option<String>,
    pub(crate) platforms: PlatformArns,
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
    pub(crate) fn from_env() -> Result<Self, MissingVariable> {
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
        let cdn = match optional("HELIOGRAPH_CDN_URL") {
            None => None,
            Some(url) => Some(CdnConfig {
                url,
                key_id: required("HELIOGRAPH_CDN_KEY_ID")?,
                secret_arn: required("HELIOGRAPH_CDN_SECRET_ARN")?,
            }),
        };
        Ok(Self {
            media_bucket: required("HELIOGRAPH_MEDIA_BUCKET")?,
            cdn,
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

/// The default limits with what the environment sets of them; 0 is no limit.
fn limits(variable: impl Fn(&'static str) -> Option<String>) -> Limits {
    let with_burst = |name, rate: Option<Rate>| match variable(name).and_then(|it| it.parse().ok())
    {
        Some(0) => None,
        Some(burst) => rate.map(|rate| Rate { burst, ..rate }),
        None => rate,
    };
    fn number<T: FromStr + PartialEq + From<u8>>(
        set: Option<String>,
        default: Option<T>,
    ) -> Option<T> {
        match set.and_then(|set| set.parse().ok()) {
            Some(number) => Some(number).filter(|number| *number != T::from(0)),
            None => default,
        }
    }
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
        uploads_per_day: number(
            variable("HELIOGRAPH_UPLOADS_PER_DAY"),
            default.uploads_per_day,
        ),
        upload_bytes_per_day: number(
            variable("HELIOGRAPH_UPLOAD_BYTES_PER_DAY"),
            default.upload_bytes_per_day,
        ),
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
        Table::Groups => "HELIOGRAPH_TABLE_GROUPS",
        Table::Deliveries => "HELIOGRAPH_TABLE_DELIVERIES",
        Table::Media => "HELIOGRAPH_TABLE_MEDIA",
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
        QueueName::FanOut => "HELIOGRAPH_QUEUE_FAN_OUT",
        QueueName::Receipts => "HELIOGRAPH_QUEUE_RECEIPTS",
    }
}
