//! Where figures go: one JSON line per measurement, on stdout and appended to a file.

use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use serde_json::{Map, Value, json};
use std::io::Write;
use std::path::PathBuf;

/// Ten minutes in nanoseconds: the longest latency the histograms hold.
const LONGEST_NS: u64 = 600_000_000_000;

/// A latency histogram: nanoseconds, three significant digits.
pub(crate) struct Latencies(Histogram<u64>);

impl Latencies {
    pub(crate) fn new() -> Result<Latencies> {
        let histogram = Histogram::new_with_bounds(1, LONGEST_NS, 3);
        histogram.map(Latencies).context("making a histogram")
    }

    pub(crate) fn record(&mut self, ns: u64) {
        self.0.saturating_record(ns.max(1));
    }

    /// The value at quantile `q`, in microseconds with one decimal.
    pub(crate) fn us(&self, q: f64) -> f64 {
        round(self.0.value_at_quantile(q) as f64 / 1000.0, 1)
    }
}

/// Rounds to `digits` decimals.
pub(crate) fn round(value: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (value * scale).round() / scale
}

/// `n` per `seconds`, whole; zero when no time passed.
pub(crate) fn rate(n: u64, seconds: f64) -> f64 {
    if seconds > 0.0 {
        (n as f64 / seconds).round()
    } else {
        0.0
    }
}

/// Processor microseconds for each of `n`, one decimal; nothing when there is none.
pub(crate) fn us_each(cpu_seconds: f64, n: u64) -> Option<f64> {
    (n > 0).then(|| round(cpu_seconds * 1e6 / n as f64, 1))
}

/// Writes measurements with what they all share.
pub(crate) struct Results {
    pub(crate) label: String,
    pub(crate) body_bytes: usize,
    pub(crate) file: Option<PathBuf>,
}

impl Results {
    /// Writes one measurement: the shared fields, then `figures` (an object).
    #[expect(
        clippy::print_stdout,
        reason = "the measurement is what this program is for"
    )]
    pub(crate) fn write(&self, scenario: &str, figures: Value) -> Result<()> {
        let mut row = Map::new();
        row.insert("label".into(), json!(self.label));
        row.insert("scenario".into(), json!(scenario));
        row.insert("size".into(), json!(self.body_bytes));
        row.insert("at_ms".into(), json!(crate::clock::unix_ms()));
        if let Value::Object(figures) = figures {
            row.extend(figures);
        }
        let line = Value::Object(row).to_string();
        println!("{line}");
        let Some(path) = &self.file else {
            return Ok(());
        };
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .with_context(|| format!("opening {}", path.display()))?;
        writeln!(file, "{line}").context("writing a result")
    }
}
