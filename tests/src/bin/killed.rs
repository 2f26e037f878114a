//! Many conversations whose programs are killed all the time; each on a `heliographd` of its own.

use clap::Parser;
use heliograph_tests::{OneMachine, killed_conversation};
use std::time::Instant;

/// Lets two people write to each other while their programs are killed, and looks what is in their histories.
#[derive(Debug, Parser)]
#[command(name = "killed")]
struct Args {
    /// How many conversations, with the seeds from 0 on
    #[arg(long, default_value_t = 20)]
    seeds: u64,
    /// How many messages each of the two writes
    #[arg(long, default_value_t = 5_000)]
    count: usize,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "what this program is for")]
async fn main() {
    let args = Args::parse();
    for seed in 0..args.seeds {
        let machine = OneMachine::start(&["--dev", "--no-limits"]).await;
        let begun = Instant::now();
        let killed = killed_conversation(machine.site(), seed, args.count).await;
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            r#"{{"seed":{seed},"messages":{},"kills":{},"lost":{},"twice":{},"out_of_order":{},"undelivered":{},"seconds":{seconds:.1}}}"#,
            2 * args.count,
            killed.kills,
            killed.lost,
            killed.twice,
            killed.out_of_order,
            killed.undelivered,
        );
    }
}
