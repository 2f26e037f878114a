//! The smallest Rust Lambda: no configuration, no client, an empty answer. What `coldstart` compares
//! the real functions with.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    run(service_fn(|_event: LambdaEvent<Value>| async {
        Ok::<_, Error>(json!({}))
    }))
    .await
}
