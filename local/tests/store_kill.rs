//! A process that is killed loses nothing that it has answered, and keeps no half of a transaction.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::print_stdout,
    reason = "how the process that is killed tells what it did"
)]

use futures_util::future::join_all;
use heliograph_domain::Context;
use heliograph_domain::store::{
    Condition, Consistency, Field, Item, Key, Store, Table, Write, WriteOutcome,
};
use heliographd::store::{EmbeddedStore, Options};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

const DIRECTORY: &str = "HELIOGRAPH_TEST_DIRECTORY";
const ROUND: &str = "HELIOGRAPH_TEST_ROUND";
const CALLERS: u64 = 32;

fn cx() -> Context {
    Context::at(1_800_000_000_000)
}

fn open(directory: &Path) -> EmbeddedStore {
    EmbeddedStore::open(directory, &Options::default()).unwrap()
}

fn message(id: &str) -> Key {
    Key::sorted(Table::Inbox, format!("device {}", id.len() % 3), id)
}

/// The two halves of a transaction.
fn halves(id: &str) -> [Key; 2] {
    [
        Key::new(Table::Users, id),
        Key::sorted(Table::Contacts, "half", id),
    ]
}

/// Runs in the process that is killed: puts, deletes some, and says each thing before and after.
fn child(directory: &Path) {
    let round = std::env::var_os(ROUND).unwrap().into_string().unwrap();
    let store = open(directory);
    let callers = (0..CALLERS).map(|caller| call_forever(&store, format!("{round}-{caller}")));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(join_all(callers));
}

async fn call_forever(store: &EmbeddedStore, caller: String) {
    for number in 0_u64.. {
        let id = format!("{caller}-{number}");
        let item = Item::new(message(&id)).with("body", Field::Bytes(vec![7; 300]));
        store
            .write(&cx(), Write::put(item).when(Condition::Absent))
            .await
            .unwrap();
        println!("\nput {id}");
        if number % 3 == 0 {
            println!("\ndeleting {id}");
            store
                .write(&cx(), Write::delete(message(&id)))
                .await
                .unwrap();
            println!("\ndeleted {id}");
        }
        if number % 5 == 0 {
            let writes = halves(&id).map(|key| Write::put(Item::new(key)));
            store.transact(&cx(), writes.to_vec()).await.unwrap();
            println!("\nboth {id}");
        }
    }
}

/// What the killed process has said.
#[derive(Default)]
struct Said {
    put: BTreeSet<String>,
    deleting: BTreeSet<String>,
    deleted: BTreeSet<String>,
    both: BTreeSet<String>,
}

impl Said {
    fn hear(&mut self, line: &str) {
        if let Some((what, id)) = line.split_once(' ') {
            let set = match what {
                "put" => &mut self.put,
                "deleting" => &mut self.deleting,
                "deleted" => &mut self.deleted,
                "both" => &mut self.both,
                _ => return, // the test harness talks too
            };
            set.insert(id.to_owned());
        }
    }
}

#[test]
fn what_was_answered_survives_kill_9() {
    // The test runs itself in the process that is killed.
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        return child(Path::new(&directory));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let directory = TempDir::new().unwrap();
    let mut said = Said::default();
    // Killed while starting, early, and in full swing, once over what the others left.
    for (round, lines) in [1, 40, 700, 5000, 12_000].into_iter().enumerate() {
        run_and_kill(directory.path(), round, lines, &mut said);
        let store = open(directory.path());
        runtime.block_on(check(&store, &said));
    }
    assert!(said.put.len() > 1000 && said.deleted.len() > 200 && said.both.len() > 100);
}

fn run_and_kill(directory: &Path, round: usize, lines: usize, said: &mut Said) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "what_was_answered_survives_kill_9",
            "--exact",
            "--nocapture",
        ])
        .env(DIRECTORY, directory)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut heard = 0;
    let mut line = String::new();
    while output.read_line(&mut line).unwrap() > 0 {
        // A line without its end was cut by the kill.
        if let Some(whole) = line.strip_suffix('\n') {
            said.hear(whole);
        }
        line.clear();
        heard += 1;
        if heard == lines {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(heard >= lines, "it ended by itself");
}

async fn check(store: &EmbeddedStore, said: &Said) {
    let there = async |key: &Key| {
        store
            .get(&cx(), key, Consistency::Strong)
            .await
            .unwrap()
            .is_some()
    };
    for id in said.put.difference(&said.deleting) {
        assert!(there(&message(id)).await, "{id} was put");
        let again = Write::put(Item::new(message(id))).when(Condition::Absent);
        let outcome = store.write(&cx(), again).await.unwrap();
        assert!(matches!(outcome, WriteOutcome::Refused { .. }));
    }
    for id in &said.deleted {
        assert!(!there(&message(id)).await, "{id} was deleted");
    }
    for id in &said.both {
        for half in halves(id) {
            assert!(there(&half).await, "both of {id} were put");
        }
    }
    for id in &said.put {
        let [one, other] = halves(id);
        assert_eq!(there(&one).await, there(&other).await, "half of {id}");
    }
}
