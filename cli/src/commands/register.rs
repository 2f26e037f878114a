//! Making an account, or a further device of one.

use crate::print::Printer;
use anyhow::{Context, Result};
use heliograph_client::DeviceAddress;
use heliograph_client::client::{ClientConfig, RegisterError, Registration};
use serde_json::json;
use std::io::{BufRead, IsTerminal, Write};

pub(super) async fn register(
    config: ClientConfig,
    number: &str,
    (registration_id, code): (Option<String>, Option<String>),
    out: Printer,
) -> Result<()> {
    let number = number
        .parse()
        .context("a number is written as +46701234567")?;
    let registration = prepare(config).await?;
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
    say(&address, out);
    Ok(())
}

pub(super) async fn link(config: ClientConfig, token: &str, out: Printer) -> Result<()> {
    let linked = prepare(config).await?.link(token).await;
    say(&linked.context("the token was not taken")?, out);
    Ok(())
}

async fn prepare(config: ClientConfig) -> Result<Registration> {
    Registration::new(config)
        .await
        .map_err(|error| match error {
            RegisterError::Already => anyhow::anyhow!(
                "this profile has an account already: another one needs another --profile"
            ),
            error => error.into(),
        })
}

fn say(address: &DeviceAddress, out: Printer) {
    let (user_id, device_id) = (&address.user_id, address.device_id);
    let json = json!({"user_id": user_id, "device_id": device_id});
    out.line(&json, &format!("registered: {user_id}, device {device_id}"));
}

fn ask() -> Result<String> {
    eprint!("Code from the SMS: ");
    std::io::stderr().flush()?;
    let mut code = String::new();
    std::io::stdin().lock().read_line(&mut code)?;
    Ok(code)
}
