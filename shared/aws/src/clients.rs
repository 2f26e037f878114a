//! The ports, made from one configuration.

use crate::{
    ApiGatewayPusher, AwsConfig, Bucket, Cdn, DynamoStore, MasterSecret, Patience, PlatformArns,
    S3Blobs, SecretError, SnsNotifier, SnsSms, SqsQueue, TableNames, credentials, http, secret,
};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_types::SdkConfig;
use aws_types::region::Region;
use heliograph_domain::ports::QueueName;

/// Makes the ports, which share connections, credentials and patience.
///
/// A client costs about 0.25 ms and no I/O: those of SNS, SQS and the connections API are made when
/// they are first used. Nothing touches TLS before the first request.
#[derive(Clone, Debug)]
pub struct Clients {
    sdk: SdkConfig,
    dynamodb_endpoint_url: Option<String>,
    s3_endpoint_url: Option<String>,
    patience: Patience,
}

impl Clients {
    /// Takes a configuration.
    pub fn new(config: &AwsConfig) -> Self {
        let connector = http::connector(config.roots, config.patience.connect_timeout);
        let mut sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(config.region.clone()))
            .credentials_provider(credentials::provider(&config.credentials, &connector))
            .http_client(http::client(connector))
            .sleep_impl(TokioSleep::new())
            .retry_config(config.patience.retry_config())
            .timeout_config(config.patience.timeout_config());
        sdk.set_endpoint_url(config.endpoint_url.clone());
        Self {
            sdk: sdk.build(),
            dynamodb_endpoint_url: config.dynamodb_endpoint_url.clone(),
            s3_endpoint_url: config.endpoint_url.clone(),
            patience: config.patience,
        }
    }

    /// Makes the Store port.
    pub fn store(&self, tables: TableNames) -> DynamoStore {
        let mut config = aws_sdk_dynamodb::config::Builder::from(&self.sdk);
        if let Some(url) = &self.dynamodb_endpoint_url {
            config = config.endpoint_url(url);
        }
        let client = aws_sdk_dynamodb::Client::from_conf(config.build());
        DynamoStore::new(client, tables, self.patience)
    }

    /// Makes the Pusher port; `endpoint` is the management URL of the socket API's stage,
    /// `https://{api}.execute-api.{region}.amazonaws.com/{stage}`.
    ///
    /// It comes from configuration and never from an event's `domainName`, which names the custom
    /// domain where there is one, and is whatever the caller's `Host` says on an emulator.
    pub fn pusher(&self, endpoint: impl Into<String>) -> ApiGatewayPusher {
        ApiGatewayPusher::new(self.sdk.clone(), endpoint.into(), self.patience)
    }

    /// Makes the Queue port; `url` gives each queue's address.
    pub fn queue(&self, url: impl Fn(QueueName) -> String) -> SqsQueue {
        SqsQueue::new(self.sdk.clone(), self.patience, url)
    }

    /// Makes the Blobs port; with a CDN, downloads come from there.
    pub fn blobs(&self, bucket: String, cdn: Option<Cdn>) -> S3Blobs {
        let endpoint_url = self.s3_endpoint_url.clone();
        let bucket = Bucket {
            name: bucket,
            endpoint_url,
        };
        S3Blobs::new(self.sdk.clone(), bucket, cdn)
    }

    /// Makes the Notifier port for phones.
    pub fn notifier(&self, platforms: PlatformArns) -> SnsNotifier {
        SnsNotifier::new(self.sdk.clone(), platforms)
    }

    /// Makes the Sms port; `sender_id` is what recipients see as the sender, in countries that
    /// allow it.
    pub fn sms(&self, sender_id: Option<String>) -> SnsSms {
        SnsSms::new(self.sdk.clone(), sender_id)
    }

    /// Reads the live versions of the master secret.
    ///
    /// # Errors
    /// [`SecretError`] when the current one cannot be read.
    pub async fn master_secret(&self, arn: &str) -> Result<MasterSecret, SecretError> {
        MasterSecret::load(&aws_sdk_secretsmanager::Client::new(&self.sdk), arn).await
    }

    /// Reads a secret that is text.
    ///
    /// # Errors
    /// [`SecretError`] when it cannot be read.
    pub async fn secret(&self, arn: &str) -> Result<String, SecretError> {
        secret::text(&aws_sdk_secretsmanager::Client::new(&self.sdk), arn).await
    }
}
