//! The process of a `heliographd`.

use crate::site::Addresses;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::OpenOptions;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long a start may take.
const START: Duration = Duration::from_secs(30);

/// A running `heliographd`; dropping it kills it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
}

impl Process {
    /// Starts it and waits until it is ready.
    pub(super) async fn start(mut command: Command, log: &Path) -> (Self, Addresses) {
        let log_file = OpenOptions::new().create(true).append(true).open(log);
        let mut child = command
            .args(["--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log_file.expect("a file for the log"))
            .kill_on_drop(true)
            .spawn()
            .expect("heliographd starts");
        let stdout = child.stdout.take().expect("stdout is piped");
        let mut line = String::new();
        let mut stdout = BufReader::new(stdout);
        let read = timeout(START, stdout.read_line(&mut line)).await;
        read.expect("ready in time").expect("stdout is readable");
        let addresses = addresses(&line).unwrap_or_else(|| {
            let log = std::fs::read_to_string(log).unwrap_or_default();
            panic!("heliographd said {line:?} and is not ready:\n{log}")
        });
        (Self { child }, addresses)
    }

    pub(super) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    pub(super) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    fn signal(&self, signal: Signal) {
        let pid = self.child.id().expect("it has not been waited for");
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process id"), signal).expect("it is ours");
    }

    pub(super) async fn exit(mut self, patience: Duration) -> ExitStatus {
        let exit = timeout(patience, self.child.wait()).await;
        exit.unwrap_or_else(|_| panic!("heliographd has not ended in {patience:?}"))
            .expect("it is ours to wait for")
    }
}

/// Reads the line that says it is ready.
fn addresses(line: &str) -> Option<Addresses> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    let text = |name: &str| line[name].as_str().map(ToOwned::to_owned);
    let http = text("http")?;
    Some(Addresses {
        sms: format!("{http}/dev/sms"),
        ws: text("ws")?,
        http,
    })
}
