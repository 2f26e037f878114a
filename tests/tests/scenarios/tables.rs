//! A look through all tables of a deployment, behind the server's back.

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use heliograph_domain::store::Table;
use heliograph_domain::testing::traces::Trace;
use heliograph_tests::{Aws, Deployment, OneMachine};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

/// All rows of whatever table. One machine is stopped for it and starts again: sockets should be closed
/// before.
pub(crate) async fn rows(stack: &mut Deployment) -> Vec<Trace> {
    match stack {
        Deployment::OneMachine(machine) => {
            machine.stop().await;
            let rows = rows_of_file(machine);
            machine.start_again().await;
            rows
        }
        Deployment::Aws(aws) => rows_of_tables(aws).await,
    }
}

fn rows_of_file(machine: &OneMachine) -> Vec<Trace> {
    let file = machine.data().join("store.db");
    let store = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut rows = Vec::new();
    for table in Table::ALL.into_iter().chain([Table::Jobs]) {
        if table.is_volatile() {
            continue;
        }
        let columns = format!("SELECT * FROM {}", table.name());
        let mut query = store.prepare(&columns).unwrap();
        let row = |row: &rusqlite::Row<'_>| {
            let partition: String = row.get("pk")?;
            let sort: String = match table.is_sorted() {
                true => row.get("sk")?,
                false => String::new(),
            };
            let fields: Vec<u8> = row.get("fields")?;
            let text = format!("{partition} {sort} {}", String::from_utf8_lossy(&fields));
            let ends: Option<i64> = row.get("expires_at")?;
            let is_ending = ends.is_some();
            let trace = Trace {
                table,
                partition,
                sort,
                is_ending,
                text,
            };
            Ok::<_, rusqlite::Error>(trace)
        };
        let found = query.query_map([], row).unwrap();
        rows.extend(found.map(Result::unwrap));
    }
    rows
}

async fn rows_of_tables(aws: &Aws) -> Vec<Trace> {
    let mut rows = Vec::new();
    for table in Table::ALL {
        for item in aws.scan(table.name()).await {
            let key = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
            rows.push(Trace {
                table,
                partition: key("pk"),
                sort: key("sk"),
                is_ending: item.get("expires_at").is_some(),
                text: text(&item),
            });
        }
    }
    rows
}

/// Names and values of an item's attributes.
fn text(item: &Value) -> String {
    let attributes = item.as_object().expect("an item");
    let values = attributes.iter().map(|(name, value)| {
        let bytes = value["B"].as_str().map(|it| BASE64.decode(it).unwrap());
        let bytes = bytes.unwrap_or_default();
        format!("{name} {value} {}", String::from_utf8_lossy(&bytes))
    });
    values.collect::<Vec<_>>().join(" ")
}
