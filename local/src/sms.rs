//! Text messages on one machine: a program of the operator's, or a box that `--dev` shows.

use async_trait::async_trait;
use heliograph_domain::ports::{Sms, SmsError};
use heliograph_protocol::http::PhoneNumber;
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::process::Command;

/// How long the operator's program may take.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);

/// Runs a program with number and code as its arguments.
#[derive(Debug)]
pub struct CommandSms(pub PathBuf);

#[async_trait]
impl Sms for CommandSms {
    async fn send_code(&self, to: &PhoneNumber, code: &str) -> Result<(), SmsError> {
        let mut command = Command::new(&self.0);
        command.arg(to.as_str()).arg(code).kill_on_drop(true);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let status = tokio::time::timeout(COMMAND_TIMEOUT, command.status()).await;
        let status = status
            .map_err(SmsError::because)?
            .map_err(SmsError::because)?;
        if status.success() {
            Ok(())
        } else {
            Err(SmsError::because(status.to_string()))
        }
    }
}

/// Keeps the last code of each number for `GET /dev/sms`.
#[derive(Debug, Default)]
pub struct DevSms(Mutex<HashMap<String, String>>);

impl DevSms {
    /// The last code that went to a number.
    pub fn last_code(&self, number: &str) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(number)
            .cloned()
    }
}

#[async_trait]
impl Sms for DevSms {
    async fn send_code(&self, to: &PhoneNumber, code: &str) -> Result<(), SmsError> {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.insert(to.as_str().to_owned(), code.to_owned());
        Ok(())
    }
}
