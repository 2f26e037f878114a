//! Messages on disk: one writer, everything that waits goes into one commit.

use crate::hub::{Online, Out, message, sent};
use anyhow::{Context, Result};
use rusqlite::{Connection, Transaction};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

/// The most operations in a commit.
const BATCH: usize = 4096;

const SCHEMA: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS inbox (user TEXT, id TEXT, body TEXT, PRIMARY KEY (user, id))
    WITHOUT ROWID;";

pub(crate) enum Op {
    /// Store, then deliver and answer the sender.
    Put {
        to: Vec<String>,
        id: String,
        body: String,
        from: Out,
    },
    Delete {
        to: String,
        id: String,
    },
    /// Send a client what waits for it.
    Load {
        user: String,
        out: Out,
    },
}

/// The way to the writer.
pub(crate) struct Store(UnboundedSender<Op>);

impl Store {
    pub(crate) fn open(path: &Path, online: Arc<Online>) -> Result<Store> {
        let database = Connection::open(path).context("opening the database")?;
        database.execute_batch(SCHEMA).context("making the table")?;
        let (ops, queue) = mpsc::unbounded_channel();
        std::thread::spawn(move || write(database, queue, &online));
        Ok(Store(ops))
    }

    pub(crate) fn submit(&self, op: Op) {
        let _ = self.0.send(op);
    }
}

/// Runs until the relay ends. A commit that fails ends the process: nobody is told "sent".
fn write(mut database: Connection, mut queue: UnboundedReceiver<Op>, online: &Online) {
    let mut batch = Vec::new();
    while queue.blocking_recv_many(&mut batch, BATCH) > 0 {
        if let Err(e) = commit(&mut database, &batch) {
            fail(&e);
        }
        for op in batch.drain(..) {
            if let Op::Put { to, id, body, from } = op {
                let message = message(&id, &body);
                for to in &to {
                    online.deliver(to, message.clone());
                }
                let _ = from.send(sent(&id));
            }
        }
    }
}

#[expect(clippy::print_stderr, reason = "this is a command line tool")]
fn fail(error: &rusqlite::Error) {
    eprintln!("the database failed: {error}");
    std::process::exit(1)
}

fn commit(database: &mut Connection, batch: &[Op]) -> rusqlite::Result<()> {
    let transaction = database.transaction()?;
    let mut loaded = Vec::new();
    for op in batch {
        match op {
            Op::Put { to, id, body, .. } => {
                let insert = "INSERT OR IGNORE INTO inbox VALUES (?1, ?2, ?3)";
                let mut insert = transaction.prepare_cached(insert)?;
                for to in to {
                    insert.execute((to, id, body))?;
                }
            }
            Op::Delete { to, id } => {
                let delete = "DELETE FROM inbox WHERE user = ?1 AND id = ?2";
                transaction.prepare_cached(delete)?.execute((to, id))?;
            }
            Op::Load { user, out } => loaded.push((out, waiting(&transaction, user)?)),
        }
    }
    transaction.commit()?;
    for (out, messages) in loaded {
        for (id, body) in messages {
            let _ = out.send(message(&id, &body));
        }
    }
    Ok(())
}

fn waiting(transaction: &Transaction<'_>, user: &str) -> rusqlite::Result<Vec<(String, String)>> {
    let select = "SELECT id, body FROM inbox WHERE user = ?1 ORDER BY id";
    let mut statement = transaction.prepare_cached(select)?;
    let rows = statement.query_map([user], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
