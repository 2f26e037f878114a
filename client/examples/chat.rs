//! The smallest app: makes an account, and talks with somebody.
//!
//! With `make up`, in two terminals (each asks for the code of the text message, which is at
//! `localhost:8080/dev/sms?phone_number=%2B46701234571`):
//!
//! ```console
//! $ cargo run -p heliograph-client --example chat -- +46701234571 +46701234572
//! $ cargo run -p heliograph-client --example chat -- +46701234572 +46701234571
//! ```

use anyhow::{Context, Result};
use heliograph_client::client::{Client, ClientConfig, Event, RegisterError, Registration};
use heliograph_client::store::StoreKey;
use std::env;
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "what this program is for")]
async fn main() -> Result<()> {
    let (own, other) = env::args()
        .nth(1)
        .zip(env::args().nth(2))
        .context("your number and theirs")?;
    let config = || ClientConfig {
        http_url: "http://localhost:8080".into(),
        socket_url: "ws://localhost:8080/ws".into(),
        file: env::temp_dir().join(format!("{own}.db")),
        key: StoreKey::Passphrase("correct horse battery staple".to_owned().into()),
        device_name: "example".into(),
        timing: Default::default(),
    };
    let mut lines = BufReader::new(stdin()).lines();

    match Registration::new(config()).await {
        Ok(registration) => {
            let id = registration.ask_for_code(&own.parse()?).await?;
            println!("the code?");
            let code = lines.next_line().await?.context("no code")?;
            registration.verify(&id, code.trim()).await?;
        }
        Err(RegisterError::Already) => {}
        Err(error) => return Err(error.into()),
    }

    let (client, mut events) = Client::open(config()).await?;
    let (other, mut them) = (other.parse()?, None);
    println!("write to them");
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Event::Message { message, .. }) if message.author != client.address().user_id => {
                    println!("they: {}", message.says.text().unwrap_or("…"));
                }
                Some(_) => {}
                None => return Ok(()),
            },
            line = lines.next_line() => match line? {
                Some(line) => {
                    if them.is_none() {
                        them = client.find(&other).await?;
                    }
                    match &them {
                        Some(them) => _ = client.send_text(them, &line).await?,
                        None => println!("they have no account yet"),
                    }
                }
                // What is not out by then goes out the next time.
                None => return Ok(client.settled().await?),
            },
        }
    }
}
