//! Making an account.

use crate::print::Printer;
use crate::profile::Deployment;
use anyhow::{Context, Result};
use heliograph_client::client::{ClientConfig, RegisterError, Registration};
use serde_json::json;
use std::io::{BufRead, IsTerminal, Write};

/// Says where a deployment is; its socket is where `heliographd` has it, unless it is said.
pub(super) fn deployment(server: String, socket: Option<String>) -> Deployment {
    let server = server.trim_end_matches('/').to_owned();
    let socket = socket.unwrap_or_else(|| format!("{}/ws", server.replacen("http", "ws", 1)));
    Deployment { server, socket }
}

pub(super) async fn register(
    config: &ClientConfig,
    number: &str,
    (registration_id, code): (Option<String>, Option<String>),
    out: Printer,
) -> Result<()> {
    let number = number
        .parse()
        .context("a number is written as +46701234567")?;
    let registration = Registration::new(config).map_err(|error| match error {
        RegisterError::Already => anyhow::anyhow!(
            "this profile has an account already: another one needs another --profile"
        ),
        error => error.into(),
    })?;
    let id = match registration_id {
        Some(id) => id.parse().context("not the id of a registration")?,
        None => registration
            .ask_for_code(&number)
            .await
            .context("the server sent no code")?,
    };
    let code = match code {
        Some(code) => code,
        None if std::io::stdin().is_terminal() => ask()?,
        None => {
            out.line(&json!({"registration_id": id}), id.as_str());
            return Ok(());
        }
    };
    let address = registration
        .verify(&id, code.trim())
        .await
        .context("the code was not taken")?;
    let (user_id, device_id) = (&address.user_id, address.device_id);
    let json = json!({"user_id": user_id, "device_id": device_id});
    out.line(&json, &format!("registered: {user_id}, device {device_id}"));
    Ok(())
}

fn ask() -> Result<String> {
    eprint!("Code from the SMS: ");
    std::io::stderr().flush()?;
    let mut code = String::new();
    std::io::stdin().lock().read_line(&mut code)?;
    Ok(code)
}
