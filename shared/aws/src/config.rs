//! What the environment says about AWS.

use crate::{Patience, Roots};
use aws_credential_types::Credentials;
use std::fmt;

/// Where AWS is, who is calling and how long calls may take.
///
/// Read from the variables that Lambda sets; profile files, instance metadata and SSO are left out,
/// since looking for them costs a Lambda's start more than all the rest.
#[derive(Clone, Debug)]
pub struct AwsConfig {
    /// The region, `AWS_REGION` or `AWS_DEFAULT_REGION`.
    pub region: String,
    /// Who is calling.
    pub credentials: CredentialsSource,
    /// One endpoint for all services instead of AWS's own, `AWS_ENDPOINT_URL`.
    pub endpoint_url: Option<String>,
    /// An endpoint for DynamoDB alone, `AWS_ENDPOINT_URL_DYNAMODB`.
    pub dynamodb_endpoint_url: Option<String>,
    /// What vouches for servers: the machine's certificates when `SSL_CERT_FILE` or `SSL_CERT_DIR`
    /// names them, and in China, where AWS is not signed for by Amazon.
    pub roots: Roots,
    /// How long calls may take.
    pub patience: Patience,
}

/// Where credentials come from.
#[derive(Clone)]
pub enum CredentialsSource {
    /// The environment: they last as long as it does, as in an ordinary Lambda function.
    Environment(Credentials),
    /// An address on this machine that hands out new ones, where an environment outlives them.
    Container {
        /// Where, `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
        url: String,
        /// What to show there, `AWS_CONTAINER_AUTHORIZATION_TOKEN`.
        token: Option<String>,
    },
}

impl fmt::Debug for CredentialsSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CredentialsSource::Environment(_) => f.write_str("Environment"),
            CredentialsSource::Container { url, .. } => write!(f, "Container({url})"),
        }
    }
}

/// A variable that must be set and is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("environment variable {0} is missing")]
pub struct MissingVariable(pub &'static str);

impl AwsConfig {
    /// Reads the environment of the process.
    ///
    /// # Errors
    /// [`MissingVariable`] without a region or credentials.
    #[expect(
        clippy::disallowed_methods,
        reason = "read once, and names what is missing"
    )]
    pub fn from_env() -> Result<Self, MissingVariable> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    /// Reads variables; an empty one counts as not set.
    ///
    /// # Errors
    /// As [`AwsConfig::from_env`].
    pub fn from_variables(
        variable: impl Fn(&'static str) -> Option<String>,
    ) -> Result<Self, MissingVariable> {
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        let region = variable("AWS_REGION")
            .or_else(|| variable("AWS_DEFAULT_REGION"))
            .ok_or(MissingVariable("AWS_REGION"))?;
        let has_own_roots =
            variable("SSL_CERT_FILE").is_some() || variable("SSL_CERT_DIR").is_some();
        let roots = match has_own_roots || region.starts_with("cn-") {
            true => Roots::Machine,
            false => Roots::Amazon,
        };
        Ok(Self {
            region,
            credentials: credentials(variable)?,
            endpoint_url: variable("AWS_ENDPOINT_URL"),
            dynamodb_endpoint_url: variable("AWS_ENDPOINT_URL_DYNAMODB"),
            roots,
            patience: Patience::default(),
        })
    }
}

fn credentials(
    variable: impl Fn(&'static str) -> Option<String>,
) -> Result<CredentialsSource, MissingVariable> {
    if let Some(id) = variable("AWS_ACCESS_KEY_ID") {
        let secret =
            variable("AWS_SECRET_ACCESS_KEY").ok_or(MissingVariable("AWS_SECRET_ACCESS_KEY"))?;
        let session = variable("AWS_SESSION_TOKEN");
        let credentials = Credentials::new(id, secret, session, None, "environment");
        return Ok(CredentialsSource::Environment(credentials));
    }
    let url = variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")
        .ok_or(MissingVariable("AWS_ACCESS_KEY_ID"))?;
    let token = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    Ok(CredentialsSource::Container { url, token })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&'static str, &str)]) -> Result<AwsConfig, MissingVariable> {
        AwsConfig::from_variables(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    const LAMBDA: [(&str, &str); 4] = [
        ("AWS_REGION", "eu-north-1"),
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "hush"),
        ("AWS_SESSION_TOKEN", "hush too"),
    ];

    #[test]
    fn what_lambda_sets_is_enough() {
        let config = read(&LAMBDA).unwrap();
        assert_eq!(config.region, "eu-north-1");
        assert_eq!(config.roots, Roots::Amazon);
        assert_eq!(config.endpoint_url, None);
        let CredentialsSource::Environment(credentials) = &config.credentials else {
            panic!("{config:?}");
        };
        assert_eq!(credentials.session_token(), Some("hush too"));
        assert!(!format!("{config:?}").contains("hush"), "{config:?}");
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(read(&[]).unwrap_err(), MissingVariable("AWS_REGION"));
        assert_eq!(
            read(&LAMBDA[..1]).unwrap_err(),
            MissingVariable("AWS_ACCESS_KEY_ID")
        );
        assert_eq!(
            read(&LAMBDA[..2]).unwrap_err(),
            MissingVariable("AWS_SECRET_ACCESS_KEY")
        );
        let empty = [("AWS_REGION", "")];
        assert_eq!(read(&empty).unwrap_err(), MissingVariable("AWS_REGION"));
    }

    #[test]
    fn own_certificates_are_the_machines() {
        let own = [&LAMBDA[..], &[("SSL_CERT_FILE", "/ca.pem")]].concat();
        assert_eq!(read(&own).unwrap().roots, Roots::Machine);
        let china = [&[("AWS_REGION", "cn-north-1")], &LAMBDA[1..]].concat();
        assert_eq!(read(&china).unwrap().roots, Roots::Machine);
    }
}
