//! Credentials that an endpoint on this machine hands out.

use crate::support::{Proxy, Step, config, store};
use heliograph_aws::CredentialsSource;
use heliograph_domain::Context;
use heliograph_domain::store::{Consistency, Key, Store, StoreErrorKind, Table};
use serde_json::json;

async fn get(credentials: &Proxy, dynamodb: &Proxy) -> Result<(), StoreErrorKind> {
    let mut config = config(&dynamodb.endpoint());
    config.credentials = CredentialsSource::Container {
        url: format!("{}/credentials", credentials.endpoint()),
        token: Some("hush".to_owned()),
    };
    assert!(!format!("{config:?}").contains("hush"), "{config:?}");
    let store = store(&config);
    for _ in 0..3 {
        let key = Key::new(Table::Users, "alice");
        let read = store.get(&Context::at(0), &key, Consistency::Strong).await;
        read.map_err(|error| error.kind())?;
    }
    Ok(())
}

#[tokio::test]
async fn they_are_fetched_once_and_sign_requests() {
    let credentials = Proxy::answering(|_| {
        let answer = json!({
            "AccessKeyId": "handed-out",
            "SecretAccessKey": "secret",
            "Token": "session",
            "Expiration": "2099-01-01T00:00:00Z",
        });
        (200, answer)
    })
    .await;
    let dynamodb = Proxy::answering(|_| (200, json!({}))).await;
    assert_eq!(get(&credentials, &dynamodb).await, Ok(()));
    let [asked] = credentials.seen().try_into().unwrap();
    assert_eq!(
        (asked.path.as_str(), asked.header("authorization")),
        ("/credentials", Some("hush"))
    );
    for request in dynamodb.seen() {
        assert!(
            request
                .header("authorization")
                .unwrap()
                .contains("Credential=handed-out/")
        );
        assert_eq!(request.header("x-amz-security-token"), Some("session"));
    }
}

#[tokio::test]
async fn without_them_nothing_is_sent() {
    for step in [
        || Step::Answer(500, json!({})),
        || Step::Answer(200, json!({"Other": 1})),
    ] {
        let credentials = Proxy::start("", move |_| step()).await;
        let dynamodb = Proxy::answering(|_| (200, json!({}))).await;
        assert_eq!(
            get(&credentials, &dynamodb).await,
            Err(StoreErrorKind::Unavailable)
        );
        assert_eq!(dynamodb.seen().len(), 0);
    }
}
