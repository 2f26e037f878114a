//! The master secret, from Secrets Manager.

use crate::failure::Failure;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::SdkError;
use std::fmt;

/// The live versions of the secret from which a deployment derives its keys.
///
/// Rotation makes a new version current and keeps the one before it, so that what was signed with
/// it stays valid ([staging labels]).
///
/// [staging labels]: https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version
#[derive(Clone, PartialEq, Eq)]
pub struct MasterSecret {
    /// The version labelled `AWSCURRENT`.
    pub current: String,
    /// The version labelled `AWSPREVIOUS`, once there was a rotation.
    pub previous: Option<String>,
}

/// The master secret could not be read; the cause is its `source`.
#[derive(Debug, thiserror::Error)]
#[error("master secret not read")]
pub struct SecretError(#[source] Option<Failure>);

impl MasterSecret {
    pub(crate) async fn load(client: &Client, arn: &str) -> Result<Self, SecretError> {
        // One after the other, over one connection: a second one would cost more than it saves.
        Ok(Self {
            current: version(client, arn, "AWSCURRENT")
                .await?
                .ok_or(SecretError(None))?,
            previous: version(client, arn, "AWSPREVIOUS").await?,
        })
    }
}

/// Reads the current version of a secret.
pub(crate) async fn text(client: &Client, arn: &str) -> Result<String, SecretError> {
    let current = version(client, arn, "AWSCURRENT").await?;
    current.ok_or(SecretError(None))
}

/// Reads the version with a label, if there is one.
async fn version(client: &Client, arn: &str, label: &str) -> Result<Option<String>, SecretError> {
    let answer = client
        .get_secret_value()
        .secret_id(arn)
        .version_stage(label)
        .send()
        .await;
    match answer {
        Ok(value) => Ok(value.secret_string),
        Err(SdkError::ServiceError(error)) if error.err().is_resource_not_found_exception() => {
            Ok(None)
        }
        Err(error) => Err(SecretError(Some(error.into()))),
    }
}

impl fmt::Debug for MasterSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterSecret(redacted)")
    }
}
