//! The client on the command line, as a script drives it.

use crate::account::fresh_number;
use crate::one_machine::program;
use crate::site::Site;
use heliograph_protocol::http::PhoneNumber;
use serde_json::Value;
use std::process::Output;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::process::Command;

/// Somebody's profile.
#[derive(Debug)]
pub struct Terminal {
    /// Their number.
    pub number: PhoneNumber,
    /// Who they are.
    pub user_id: String,
    folder: TempDir,
}

impl Terminal {
    /// Registers somebody with a number of their own.
    pub async fn register(site: &Arc<Site>) -> Self {
        Self::verify(site, fresh_number()).await
    }

    /// Registers somebody with a number, in a new profile.
    pub async fn verify(site: &Arc<Site>, number: PhoneNumber) -> Self {
        let mut terminal = Self {
            number,
            user_id: String::new(),
            folder: TempDir::new().expect("a folder for a test"),
        };
        let addresses = site.addresses();
        let number = terminal.number.as_str().to_owned();
        let (server, socket) = (addresses.http.as_str(), addresses.ws.as_str());
        let register = ["register", &number, "--server", server, "--socket", socket];
        let asked = terminal.says(&register).await;
        let registration = asked[0]["registration_id"].as_str().expect("an id");
        let code = site.code(&terminal.number).await;
        let verify = ["--registration", registration, "--code", &code];
        let made = terminal.says(&[&register[..], &verify].concat()).await;
        terminal.user_id = made[0]["user_id"].as_str().expect("an id").to_owned();
        terminal
    }

    /// Links a further device of the same person, in a new profile.
    pub async fn link(&self, site: &Arc<Site>) -> Self {
        let token = self.says(&["link-token"]).await;
        let token = token[0]["link_token"].as_str().expect("a token");
        let linked = Self {
            number: self.number.clone(),
            user_id: self.user_id.clone(),
            folder: TempDir::new().expect("a folder for a test"),
        };
        let addresses = site.addresses();
        let (server, socket) = (addresses.http.as_str(), addresses.ws.as_str());
        let link = ["link", token, "--server", server, "--socket", socket];
        linked.says(&link).await;
        linked
    }

    /// Runs a command that must do what it is to; gives the lines of JSON that it prints.
    pub async fn says(&self, arguments: &[&str]) -> Vec<Value> {
        let Output {
            status,
            stdout,
            stderr,
        } = self.run(arguments).await;
        let said = String::from_utf8_lossy(&stderr);
        assert!(status.success(), "{arguments:?}: {said}");
        let lines = String::from_utf8(stdout).expect("text");
        let lines = lines.lines().map(serde_json::from_str);
        lines.collect::<Result<_, _>>().expect("JSON")
    }

    /// Runs a command that must fail; gives what it says of that.
    pub async fn fails(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8(output.stderr).expect("text")
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(program("heliograph", "heliograph-cli"));
        command
            .args(["--json", "--profile"])
            .arg(self.folder.path())
            .args(arguments)
            .env("HELIOGRAPH_PASSPHRASE", "a test's")
            // No keyring of whoever runs the tests.
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
            .kill_on_drop(true);
        command.output().await.expect("it runs")
    }
}
