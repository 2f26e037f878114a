//! From the start of a Lambda bootstrap's process to its first poll of the Runtime API, for several
//! bootstraps in turn. The first one named is the yardstick.
//!
//! What a bootstrap asks of AWS while it starts is answered at once, with an empty object (or with
//! the secret, where it asks for that): what is timed is the process, not a network.

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// A bootstrap that has not polled by then never will.
const TIMEOUT: Duration = Duration::from_secs(20);

/// How often it is looked at whether the process still lives.
const LOOK: Duration = Duration::from_millis(100);

#[derive(Parser)]
struct Cli {
    /// Starts of each bootstrap.
    #[arg(long, default_value_t = 20)]
    runs: usize,
    /// Environment of the bootstraps, `NAME=VALUE`; may be given often. `{api}` in a value is the
    /// address of the Runtime API.
    #[arg(long = "env", value_parser = pair)]
    environment: Vec<(String, String)>,
    /// What the secret's reader is answered with.
    #[arg(long, default_value = "")]
    secret: String,
    /// `NAME=PATH` of each bootstrap; the first is what the others are compared with.
    #[arg(required = true, value_parser = pair)]
    bootstraps: Vec<(String, String)>,
    /// Append the results to this file, a JSON line each.
    #[arg(long)]
    json: Option<PathBuf>,
}

fn pair(text: &str) -> Result<(String, String)> {
    let (name, value) = text.split_once('=').context("expected NAME=VALUE")?;
    Ok((name.to_string(), value.to_string()))
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let mut times = vec![Vec::new(); cli.bootstraps.len()];
    for _ in 0..cli.runs {
        for ((name, path), times) in cli.bootstraps.iter().zip(&mut times) {
            let took = start(Path::new(path), &cli).with_context(|| format!("starting {name}"))?;
            times.push(took.as_secs_f64() * 1e3);
        }
    }
    let mut yardstick = None;
    for ((name, _), times) in cli.bootstraps.iter().zip(&mut times) {
        times.sort_unstable_by(f64::total_cmp);
        let median = times[times.len() / 2];
        let ratio = median / *yardstick.get_or_insert(median);
        let line = serde_json::json!({
            "label": name, "scenario": "coldstart", "runs": times.len(), "p50_ms": round(median),
            "min_ms": times.first().copied().map(round), "max_ms": times.last().copied().map(round),
            "ratio": round(ratio),
        });
        write(&line.to_string(), cli.json.as_deref())?;
    }
    Ok(())
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[expect(
    clippy::print_stdout,
    reason = "the measurement is what this program is for"
)]
fn write(line: &str, file: Option<&Path>) -> Result<()> {
    println!("{line}");
    let Some(path) = file else { return Ok(()) };
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)?;
    writeln!(file, "{line}").context("writing a result")
}

/// Runs a bootstrap until its first poll, then ends it.
fn start(bootstrap: &Path, cli: &Cli) -> Result<Duration> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut command = command(bootstrap, &listener.local_addr()?.to_string(), cli);
    let (polls, polled) = mpsc::channel();
    let secret = cli.secret.clone();
    // The threads end with the bootstrap's connections, or with this program.
    std::thread::spawn(move || accept(&listener, &secret, &polls));
    let begin = Instant::now();
    let mut child = command.spawn().context("running it")?;
    let outcome = until_polled(&polled, &mut child);
    // It may have ended by itself, which is an error in `outcome` then.
    let _ = child.kill();
    child.wait().context("waiting for its end")?;
    Ok(outcome?.duration_since(begin))
}

/// Waits for the first poll, or for the process to end.
fn until_polled(polled: &mpsc::Receiver<Instant>, child: &mut Child) -> Result<Instant> {
    let give_up = Instant::now() + TIMEOUT;
    while Instant::now() < give_up {
        if let Ok(at) = polled.recv_timeout(LOOK) {
            return Ok(at);
        }
        if let Some(status) = child.try_wait()? {
            bail!("it ended before it polled: {status}");
        }
    }
    bail!("it did not poll within {TIMEOUT:?}")
}

fn accept(listener: &TcpListener, secret: &str, polls: &mpsc::Sender<Instant>) {
    while let Ok((stream, _)) = listener.accept() {
        let (secret, polls) = (secret.to_string(), polls.clone());
        std::thread::spawn(move || serve(BufReader::new(stream), &secret, &polls));
    }
}

/// Answers the requests of a connection until one is a poll, which is left waiting.
fn serve(mut stream: BufReader<TcpStream>, secret: &str, polls: &mpsc::Sender<Instant>) {
    while let Ok(false) = answer(&mut stream, secret, polls) {}
    // What the bootstrap would do after its end is no concern of ours.
    let _ = stream.read_to_end(&mut Vec::new());
}

fn command(bootstrap: &Path, api: &str, cli: &Cli) -> Command {
    let mut command = Command::new(bootstrap);
    command
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", api)
        .env("AWS_LAMBDA_FUNCTION_NAME", "measured")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "group")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
        .env("AWS_REGION", "eu-north-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_ENDPOINT_URL", format!("http://{api}"))
        .envs(
            cli.environment
                .iter()
                .map(|(name, value)| (name, value.replace("{api}", api))),
        )
        .stdout(Stdio::null());
    command
}

/// Reads a request. True when it is the poll; anything else is answered.
fn answer(
    connection: &mut BufReader<TcpStream>,
    secret: &str,
    polls: &mpsc::Sender<Instant>,
) -> Result<bool> {
    let mut first = String::new();
    ensure!(connection.read_line(&mut first)? > 0, "closed");
    if first.contains("/invocation/next") {
        polls.send(Instant::now())?;
        return Ok(true);
    }
    let mut wants_secret = false;
    let mut length = 0;
    loop {
        let mut line = String::new();
        connection.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        wants_secret |= line.starts_with("x-amz-target") && line.contains("getsecretvalue");
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
    }
    std::io::copy(&mut connection.by_ref().take(length), &mut std::io::sink())?;
    let body = if wants_secret {
        serde_json::json!({"ARN": "a", "Name": "n", "VersionId": "v", "SecretString": secret})
    } else {
        serde_json::json!({})
    };
    respond(connection.get_mut(), &body.to_string())?;
    Ok(false)
}

fn respond(stream: &mut TcpStream, body: &str) -> Result<()> {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1";
    let answer = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    // One write: what follows a first piece would wait for its acknowledgement.
    stream.write_all(answer.as_bytes())?;
    Ok(())
}
