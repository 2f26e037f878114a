//! heliograph: the messenger on the command line.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool"
)]

mod args;
mod commands;
mod keyring;
mod print;
mod profile;
mod screen;

use args::{Args, Command};
use clap::{CommandFactory, Parser};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    match start(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("heliograph: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(args: Args) -> anyhow::Result<()> {
    match args.command {
        Command::Completions { shell } => {
            clap_complete::generate(
                shell,
                &mut Args::command(),
                "heliograph",
                &mut std::io::stdout(),
            );
            Ok(())
        }
        Command::Man => {
            let page = clap_mangen::Man::new(Args::command());
            Ok(page.render(&mut std::io::stdout())?)
        }
        command => {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()?;
            runtime.block_on(commands::run(args.profile, args.json, command))
        }
    }
}
