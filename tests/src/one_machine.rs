//! `heliographd`, started for a test on a free port and a folder of its own.

mod process;

use crate::http::Call;
use crate::{Person, Site};
use hyper::StatusCode;
use process::Process;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::Instant;

/// How long anything may take: much longer than it does, as other tests run beside.
const PATIENCE: Duration = Duration::from_secs(10);

/// A `heliographd`.
#[derive(Debug)]
pub struct OneMachine {
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    site: Arc<Site>,
    process: Option<Process>,
    folder: TempDir,
    /// Where it may post notifications to, until a test listens there.
    push: Mutex<Option<TcpListener>>,
    push_address: String,
}

impl OneMachine {
    /// Starts one with further arguments.
    pub async fn start(arguments: &[&str]) -> Self {
        let push = TcpListener::bind("127.0.0.1:0").await;
        let push = push.expect("a port of this machine");
        let push_address = push.local_addr().expect("it has an address").to_string();
        let push_host = format!("http://{push_address}");
        let mut machine = Self {
            variables: Vec::new(),
            arguments: [arguments, &["--push-host", &push_host]]
                .concat()
                .into_iter()
                .map(ToOwned::to_owned)
                .collect(),
            push: Mutex::new(Some(push)),
            push_address,
            site: Arc::new(Site::new(Default::default(), PATIENCE)),
            process: None,
            folder: TempDir::new().expect("a folder for a test"),
        };
        machine.start_again().await;
        machine
    }

    /// Starts it on what it left behind.
    pub async fn start_again(&mut self) {
        assert!(self.process.is_none(), "it is running");
        let mut command = Command::new(heliographd());
        command.arg("--data").arg(self.data()).args(&self.arguments);
        command.envs(self.variables.iter().cloned());
        let (process, addresses) = Process::start(command, &self.log_file()).await;
        self.process = Some(process);
        self.site.has_moved_to(addresses);
    }

    /// Asks it to end, as an operator does.
    pub fn terminate(&mut self) {
        self.running().terminate();
    }

    /// Waits for its end.
    pub async fn exit(&mut self) -> ExitStatus {
        let process = self.process.take().expect("it is running");
        process.exit(Duration::from_secs(30)).await
    }

    /// Ends it as an operator does, and checks that it ends well.
    pub async fn stop(&mut self) {
        self.terminate();
        let status = self.exit().await;
        assert!(status.success(), "{status}: {}", self.log());
    }

    /// Ends it in the middle of whatever it does.
    pub async fn kill(&mut self) {
        self.running().kill();
        self.exit().await;
    }

    /// Sets a variable of its environment, for its next start.
    pub fn set_variable(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Where it answers.
    pub fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// Registers somebody.
    pub async fn person(&self, name: &str) -> Person {
        Person::register(&self.site, name).await
    }

    /// The port that it may post notifications to; there is one.
    pub fn push_listener(&self) -> TcpListener {
        let mut push = self.push.lock().expect("no other test has it");
        push.take().expect("nobody listens there yet")
    }

    /// Where that listens.
    pub fn push_address(&self) -> &str {
        &self.push_address
    }

    /// The folder with its store and keys.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// All that it has written to stderr.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).expect("a log")
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("stderr")
    }

    /// Turns its clock forward.
    pub async fn advance_clock(&self, by: Duration) {
        let path = format!("/dev/clock?advance_ms={}", by.as_millis());
        let answer = self.site.post_text(&path, "").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }

    /// Lets it do what it does on its schedules.
    pub async fn sweep(&self) {
        let answer = self.site.post_text("/dev/sweep", "").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }

    /// Waits until a metric has a value.
    pub async fn metric_becomes(&self, line: &str, patience: Duration) {
        let end = Instant::now() + patience;
        let url = format!("{}/metrics", self.site.addresses().http);
        loop {
            let metrics = Call::get(&url).answer(self.site.patience).await.body;
            if metrics.lines().any(|it| it == line) {
                return;
            }
            assert!(Instant::now() < end, "never {line}:\n{metrics}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn running(&mut self) -> &mut Process {
        self.process.as_mut().expect("it is running")
    }
}

/// Shows what a server said when its test fails; fails a test whose server panicked.
impl Drop for OneMachine {
    #[expect(clippy::print_stderr, reason = "for who looks why a test failed")]
    fn drop(&mut self) {
        let log = std::fs::read_to_string(self.log_file()).unwrap_or_default();
        if std::thread::panicking() {
            let lines: Vec<&str> = log.lines().collect();
            let last = lines.len().saturating_sub(20);
            eprintln!("heliographd said last:\n{}", lines[last..].join("\n"));
        } else {
            assert!(!log.contains("panicked"), "{log}");
        }
    }
}

/// All files of a folder and of the folders in it.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder that can be read");
    let paths = entries.map(|entry| entry.expect("its entry").path());
    let below = |path: PathBuf| match path.is_dir() {
        true => files(&path),
        false => vec![path],
    };
    paths.flat_map(below).collect()
}

/// Where cargo puts the binaries of this build.
fn binaries() -> PathBuf {
    let this = std::env::current_exe().expect("a test is a program");
    let folder = this.parent().expect("a program is in a folder");
    let is_test = folder.ends_with("deps");
    let folder = if is_test {
        folder.parent()
    } else {
        Some(folder)
    };
    folder.expect("deps is in a folder").to_owned()
}

/// Finds the server under test.
pub fn heliographd() -> PathBuf {
    program("heliographd", "heliographd")
}

/// Finds a program of ours that a package makes.
pub(crate) fn program(name: &str, package: &str) -> PathBuf {
    let path = binaries().join(name);
    assert!(
        path.exists(),
        "{} is missing: run `cargo build -p {package}` first",
        path.display()
    );
    path
}
