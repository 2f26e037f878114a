//! An in-memory DynamoDB for each test.

use super::hosted::HostedStore;
use super::proxy::{Proxy, Step};
use super::wire::{Request, call};
use heliograph_aws::{AwsConfig, Clients, DynamoStore, Patience, TableNames};
use heliograph_domain::store::Table;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const PREFIX: &str = "heliograph-test-";

/// A DynamoDB with all tables; it ends with this value.
pub(crate) struct Database {
    authority: String,
    process: Option<Child>,
}

impl Database {
    pub(crate) async fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one setting of the tests")]
        let named = std::env::var("HELIOGRAPH_TEST_DYNAMODB_ENDPOINT").ok();
        let database = match named {
            Some(endpoint) => {
                let authority = endpoint
                    .strip_prefix("http://")
                    .map(|url| url.trim_matches('/'));
                let authority = authority.expect("HELIOGRAPH_TEST_DYNAMODB_ENDPOINT: http://…");
                Self {
                    authority: authority.to_owned(),
                    process: None,
                }
            }
            None => Self::spawn(),
        };
        for table in Table::ALL {
            database.create(table).await;
        }
        database
    }

    fn spawn() -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
        let program = root.join(".tools/bin/dynoxide");
        assert!(
            program.exists(),
            "no DynamoDB to test with: run deploy/dynoxide.sh, or set \
             HELIOGRAPH_TEST_DYNAMODB_ENDPOINT"
        );
        // Dynoxide does not say which port it took when asked for any. A port that was free a
        // moment ago is mostly still free; when it is not, dynoxide ends without a word.
        for _ in 0..20 {
            let probe = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = probe.local_addr().unwrap().port().to_string();
            drop(probe);
            let mut process = Command::new(&program)
                .args(["serve", "--host", "127.0.0.1", "--port", &port])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut ready = String::new();
            BufReader::new(process.stderr.take().unwrap())
                .read_line(&mut ready)
                .unwrap();
            let database = Self {
                authority: format!("127.0.0.1:{port}"),
                process: Some(process),
            };
            if ready.contains("listening") {
                return database;
            }
        }
        panic!("dynoxide found no free port");
    }

    async fn create(&self, table: Table) {
        let keys = ["pk", "sk"]
            .into_iter()
            .take(if table.is_sorted() { 2 } else { 1 });
        let kinds = ["HASH", "RANGE"];
        let schema: Vec<Value> = keys
            .clone()
            .zip(kinds)
            .map(|(key, kind)| json!({"AttributeName": key, "KeyType": kind}))
            .collect();
        let attributes: Vec<Value> = keys
            .map(|key| json!({"AttributeName": key, "AttributeType": "S"}))
            .collect();
        let body = json!({
            "TableName": format!("{PREFIX}{}", table.name()),
            "KeySchema": schema,
            "AttributeDefinitions": attributes,
            "BillingMode": "PAY_PER_REQUEST",
        });
        let answer = self.call("CreateTable", &body).await;
        let is_there = answer["__type"]
            .as_str()
            .is_some_and(|kind| kind.contains("InUse"));
        assert!(
            answer.get("TableDescription").is_some() || is_there,
            "{answer}"
        );
    }

    /// Calls an operation past every client.
    async fn call(&self, operation: &str, body: &Value) -> Value {
        let credential =
            "AWS4-HMAC-SHA256 Credential=test/20250101/eu-north-1/dynamodb/aws4_request";
        let headers = [
            ("host", self.authority.as_str()),
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-target", &format!("DynamoDB_20120810.{operation}")),
            ("x-amz-date", "20250101T000000Z"),
            (
                "authorization",
                &format!("{credential}, SignedHeaders=host, Signature=00"),
            ),
        ];
        let request = Request {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            body: body.to_string().into_bytes(),
        };
        let answer = call(&self.authority, &request).await.unwrap();
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// Starts a proxy before the database, which asks the script about each request.
    ///
    /// What a script forwards comes back mended: dynoxide answers an update of an item that was not
    /// there with the key of it, as if there had been one without fields. DynamoDB answers nothing.
    pub(crate) async fn behind(
        &self,
        mut script: impl FnMut(&Request) -> Step + Send + 'static,
    ) -> Proxy {
        let script = move |request: &Request| match script(request) {
            Step::Forward if request.operation() == "UpdateItem" => {
                Step::ForwardAnd(Box::new(mend))
            }
            step => step,
        };
        Proxy::start(&self.authority, script).await
    }

    /// Makes a store that ends the database when it is dropped.
    pub(crate) async fn into_store(self) -> HostedStore {
        let proxy = self.behind(|_| Step::Forward).await;
        HostedStore::new(store(&config(&proxy.endpoint())), proxy, self)
    }
}

fn mend(answer: &mut Value) {
    let is_key = |attributes: &Value| {
        attributes
            .as_object()
            .is_some_and(|all| all.keys().all(|name| name == "pk" || name == "sk"))
    };
    if answer.get("Attributes").is_some_and(is_key) {
        answer["Attributes"] = Value::Null;
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Makes a store on an endpoint.
pub(crate) fn store(config: &AwsConfig) -> DynamoStore {
    Clients::new(config).store(TableNames::prefixed(PREFIX))
}

/// A configuration for an endpoint. Waits are short; times are long, since a busy machine is no fault
/// to be met with a second attempt.
pub(crate) fn config(endpoint: &str) -> AwsConfig {
    let variables = [
        ("AWS_REGION", "eu-north-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL", endpoint),
    ];
    let mut config = AwsConfig::from_variables(|name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    })
    .unwrap();
    config.patience = Patience {
        initial_backoff: Duration::from_millis(2),
        max_backoff: Duration::from_millis(8),
        connect_timeout: Duration::from_secs(30),
        attempt_timeout: Duration::from_secs(30),
        operation_timeout: Duration::from_secs(60),
        ..Patience::default()
    };
    config
}
