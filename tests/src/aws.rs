//! The stack of `deploy/aws-up.sh`.

use crate::http::Call;
use crate::{Addresses, Person, Site, now_ms};
use hyper::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long anything may take: every frame starts a process or waits for one.
const PATIENCE: Duration = Duration::from_secs(60);

/// A stack that is up.
#[derive(Debug)]
pub struct Aws {
    site: Arc<Site>,
    stack: Stack,
}

/// The line that `deploy/aws-up.sh` prints, as far as tests need it.
#[derive(Debug, Deserialize)]
struct Stack {
    http: String,
    ws: String,
    sms: String,
    push: String,
    dynamodb: String,
    region: String,
    tables: HashMap<String, String>,
    functions: HashMap<String, String>,
    bucket: String,
}

impl Aws {
    /// Finds the stack: `HELIOGRAPH_TEST_AWS` names a file with the line that says it is ready.
    #[expect(clippy::disallowed_methods, reason = "tests have no Config")]
    pub fn find() -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
        let file = match std::env::var("HELIOGRAPH_TEST_AWS") {
            Ok(file) if !file.is_empty() => root.join(file),
            _ => root.join(".run/aws/ready.json"),
        };
        let line = std::fs::read(&file)
            .unwrap_or_else(|_| panic!("{} is missing: run `make aws-up`", file.display()));
        let stack: Stack = serde_json::from_slice(&line)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let addresses = Addresses {
            http: stack.http.clone(),
            ws: stack.ws.clone(),
            sms: stack.sms.clone(),
        };
        let site = Arc::new(Site::new(addresses, PATIENCE));
        Self { site, stack }
    }

    /// Where it answers.
    pub fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// Where a test may listen as a push service.
    pub fn push_address(&self) -> &str {
        self.stack.push.trim_start_matches("http://")
    }

    /// The bucket with the files.
    pub fn bucket(&self) -> &str {
        &self.stack.bucket
    }

    /// The address of the bucket with the files.
    pub fn bucket_url(&self) -> String {
        format!("{}/{}", self.stack.dynamodb, self.stack.bucket)
    }

    /// Calls a function that a schedule calls.
    pub async fn invoke(&self, function: &str) {
        let name = &self.stack.functions[function];
        let url = format!(
            "{}/2015-03-31/functions/{name}/invocations",
            self.stack.dynamodb
        );
        let answer = Call::post(&url, "{}")
            .header("authorization", &self.authorization("lambda"))
            .answer(PATIENCE)
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let failed = answer.headers.contains_key("x-amz-function-error");
        assert!(!failed, "{}", answer.body);
    }

    /// Who calls. The local AWS knows it by the name of the key, and reads no signature.
    fn authorization(&self, service: &str) -> String {
        let scope = format!("20250101/{}/{service}/aws4_request", self.stack.region);
        format!("AWS4-HMAC-SHA256 Credential=test/{scope}, SignedHeaders=host, Signature=0")
    }

    /// Leaves a connection in the store whose socket has ended a minute ago, and nobody has said so:
    /// the local API Gateway always says it.
    pub async fn leave_connection(&self, of: &Person) {
        self.leave_connection_of(of, now_ms() - 60_000).await;
    }

    /// Leaves a connection in the store that nobody has ended, and the note of its lease, which was
    /// over a minute ago.
    pub async fn leave_lease(&self, of: &Person) {
        let ended_at = now_ms() - 60_000;
        self.leave_connection_of(of, ended_at - (2 * 60 + 5) * 60_000)
            .await;
        let sort = format!("{ended_at:015}#{}", of.user_id());
        let put = json!({
            "TableName": self.stack.tables["cleanups"],
            "Item": {"pk": {"S": "leases"}, "sk": {"S": sort}},
        });
        self.dynamodb("PutItem", &put).await;
    }

    async fn leave_connection_of(&self, of: &Person, connected_at: u64) {
        let (now_ms, partition) = (now_ms(), of.inbox_partition());
        let (user_id, device) = partition.split_once('#').expect("user and device");
        let put = json!({
            "TableName": self.stack.tables["connections"],
            "Item": {
                "pk": {"S": user_id},
                "expires_at": {"N": (now_ms / 1000 + 3600).to_string()},
                format!("id#{device}"): {"S": "ended-without-a-word="},
                format!("at#{device}"): {"N": connected_at.to_string()},
            },
        });
        self.dynamodb("PutItem", &put).await;
    }

    /// Counts the items of a partition of a table, by what DynamoDB says.
    pub async fn count(&self, table: &str, partition: &str) -> usize {
        let (mut count, mut start) = (0, None);
        loop {
            let mut query = json!({
                "TableName": self.stack.tables[table],
                "ConsistentRead": true,
                "Select": "COUNT",
                "KeyConditionExpression": "pk = :pk",
                "ExpressionAttributeValues": {":pk": {"S": partition}},
            });
            if let Some(start) = start.take() {
                query["ExclusiveStartKey"] = start;
            }
            let page = self.dynamodb("Query", &query).await;
            let found = page["Count"].as_u64().expect("a count");
            count += usize::try_from(found).expect("it fits");
            match page.get("LastEvaluatedKey") {
                None | Some(Value::Null) => return count,
                Some(last) => start = Some(last.clone()),
            }
        }
    }

    /// Reads every item of a table, by what DynamoDB says.
    pub async fn scan(&self, table: &str) -> Vec<Value> {
        let (mut items, mut start) = (Vec::new(), None);
        loop {
            let mut scan = json!({
                "TableName": self.stack.tables[table],
                "ConsistentRead": true,
            });
            if let Some(start) = start.take() {
                scan["ExclusiveStartKey"] = start;
            }
            let mut page = self.dynamodb("Scan", &scan).await;
            let found = page["Items"].as_array_mut().expect("items");
            items.append(found);
            match page.get("LastEvaluatedKey") {
                None | Some(Value::Null) => return items,
                Some(last) => start = Some(last.clone()),
            }
        }
    }

    /// Calls DynamoDB.
    async fn dynamodb(&self, operation: &str, request: &Value) -> Value {
        let answer = Call::post(&self.stack.dynamodb, request.to_string())
            .header("x-amz-target", &format!("DynamoDB_20120810.{operation}"))
            .header("authorization", &self.authorization("dynamodb"))
            .answer(PATIENCE)
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()
    }
}
