//! `patternscope`: the engine without a browser.
//!
//! This file owns the command line's shape and its exit codes: 0 fine, 2 bad
//! arguments or input (one cause a line on standard error), 1 anything else.

mod catalog;
mod compare;
mod export;
mod progress;
mod request;
mod run;
mod statistics;
mod summary;
mod sweep;

use clap::{Parser, Subcommand};
use std::io::Write;
use std::process::ExitCode;

/// Nine architecture patterns for data and communication flow, simulated.
#[derive(Parser)]
#[command(name = "patternscope", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Lists the patterns.
    List {
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Tells a pattern's knobs, nodes, links, failures, presets and measures.
    Describe {
        /// Such as request-response.
        pattern: String,
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Runs a pattern, or the scenario of a link.
    Run(run::Arguments),
    /// Sends the same workload through several patterns or settings.
    Compare(compare::Arguments),
    /// Writes a run as a picture, a film, data or a page.
    Export(export::Arguments),
    /// Runs a pattern once a value of one knob and seed.
    Sweep(sweep::Arguments),
}

/// Why there is no result.
pub enum Failure {
    /// The user can put it right: one cause a line.
    Input(Vec<String>),
    /// Anything else.
    Other(String),
}

impl Failure {
    /// One cause that the user can put right.
    pub fn input(cause: impl Into<String>) -> Self {
        Self::Input(vec![cause.into()])
    }
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::List { json } => Ok(catalog::list(json)),
        Command::Describe { pattern, json } => catalog::describe(&pattern, json),
        Command::Run(arguments) => run::run(&arguments),
        Command::Compare(arguments) => compare::compare(&arguments),
        Command::Export(arguments) => export::export(&arguments),
        Command::Sweep(arguments) => sweep::sweep(&arguments),
    };
    let (causes, code) = match outcome.and_then(|text| print(&text)) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Input(causes)) => (causes, 2),
        Err(Failure::Other(cause)) => (vec![cause], 1),
    };
    let mut standard_error = std::io::stderr().lock();
    for cause in causes {
        // Nobody is left to tell if standard error is closed.
        let _ = writeln!(standard_error, "patternscope: {cause}");
    }
    ExitCode::from(code)
}

/// A reader that has seen enough (`| head`) is no failure.
fn print(text: &str) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    match output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
    {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::Other(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}
