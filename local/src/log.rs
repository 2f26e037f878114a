//! The log: lines of JSON on stderr.

use tracing::Metadata;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// What is never logged, whatever `HELIOGRAPH_LOG` says. Who makes and checks addresses of files writes
/// out requests and signatures, and whoever has such an address gets the file. Nor is what strangers send
/// to the store of files an error of ours.
const NEVER: [&str; 2] = ["s3s", "aws_sigv4"];

/// Begins to log as `HELIOGRAPH_LOG` says: `info` and above, unless it is set.
pub fn start() {
    let default = EnvFilter::new("info");
    let filter = EnvFilter::try_from_env("HELIOGRAPH_LOG").unwrap_or(default);
    tracing_subscriber::fmt()
        .json()
        .with_writer(std::io::stderr)
        .with_env_filter(filter)
        .finish()
        .with(filter_fn(may_be_logged))
        .init();
}

fn may_be_logged(what: &Metadata<'_>) -> bool {
    let library = what.target().split("::").next().unwrap_or_default();
    !NEVER.contains(&library)
}
