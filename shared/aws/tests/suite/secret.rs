//! The master secret from Secrets Manager.

use crate::support::{Proxy, config};
use heliograph_aws::{Clients, MasterSecret, SecretError};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:secretsmanager:eu-north-1:000000000000:secret:heliograph";

async fn load(
    answer: impl Fn(&str) -> (u16, Value) + Send + 'static,
) -> Result<MasterSecret, SecretError> {
    let manager = Proxy::answering(move |request| {
        let asked = request.json();
        assert_eq!(asked["SecretId"], ARN);
        answer(asked["VersionStage"].as_str().unwrap())
    })
    .await;
    Clients::new(&config(&manager.endpoint()))
        .master_secret(ARN)
        .await
}

fn none() -> (u16, Value) {
    (
        400,
        json!({"__type": "ResourceNotFoundException", "message": "no such version"}),
    )
}

#[tokio::test]
async fn a_new_secret_has_one_version() {
    let secret = load(|label| match label {
        "AWSCURRENT" => (200, json!({"SecretString": "new"})),
        _ => none(),
    });
    let expected = MasterSecret {
        current: "new".to_owned(),
        previous: None,
    };
    assert_eq!(secret.await.unwrap(), expected);
}

#[tokio::test]
async fn a_rotated_secret_has_two() {
    let secret = load(|label| match label {
        "AWSCURRENT" => (200, json!({"SecretString": "new"})),
        _ => (200, json!({"SecretString": "old"})),
    });
    let secret = secret.await.unwrap();
    let expected = MasterSecret {
        current: "new".to_owned(),
        previous: Some("old".to_owned()),
    };
    assert_eq!(secret, expected);
    assert_eq!(format!("{secret:?}"), "MasterSecret(redacted)");
}

#[tokio::test]
async fn half_a_secret_is_none() {
    assert!(load(|_| none()).await.is_err());
    let denied = || {
        (
            400,
            json!({"__type": "AccessDeniedException", "message": "not for you"}),
        )
    };
    let secret = load(move |label| match label {
        "AWSCURRENT" => (200, json!({"SecretString": "new"})),
        _ => denied(),
    });
    let error = std::error::Error::source(&secret.await.unwrap_err()).map(ToString::to_string);
    assert_eq!(
        error.as_deref(),
        Some("AccessDeniedException (status 400): not for you")
    );
}
