//! Makes users exist.

use super::{Bench, complain};
use crate::cli::Register;
use crate::results::rate;
use anyhow::{Result, ensure};
use futures_util::stream::{self, StreamExt};
use serde_json::json;
use std::time::Instant;

pub(super) async fn run(bench: &Bench, args: &Register) -> Result<()> {
    let start = Instant::now();
    let registering = bench
        .users(0, args.users)
        .into_iter()
        .map(|user| async move {
            let outcome = bench.driver.register(user).await;
            outcome
                .inspect_err(|e| complain(&format!("registering user {user}"), e))
                .is_err()
        });
    let failed = stream::iter(registering)
        .buffer_unordered(args.conc)
        .filter(|failed| std::future::ready(*failed))
        .count()
        .await;
    let per_s = rate(args.users as u64, start.elapsed().as_secs_f64());
    let figures = json!({"users": args.users, "errs": failed, "per_s": per_s});
    bench.results.write("register", figures)?;
    ensure!(failed == 0, "{failed} users could not be registered");
    Ok(())
}
