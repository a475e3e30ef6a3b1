//! Every chore of the project behind one command: `cargo xtask`.
//!
//! `main` only chooses a command; each command is a module of its own, built
//! on [`shell`] (running programs) and [`tools`] (finding or installing them).

use std::process::ExitCode;

use anyhow::{Result, bail};

mod bench;
mod bundle;
mod dist;
mod golden;
mod hosting;
mod names;
mod new_pattern;
mod page;
mod report;
mod serve;
mod shell;
mod site_tests;
mod sizes;
mod test;
mod tidy;
mod tools;
mod unused;

const USAGE: &str = "\
cargo xtask COMMAND

    serve [TRUNK OPTIONS]   set up what is missing, then serve the page and rebuild on change
    test [engine]           every check and test; `engine`: the engine's own tests, fast
    dist [--site-url URL]   build the optimised site into dist/ and hold it to its size budget
    host FOLDER [--site-url URL]
                            prepare a built site for a host anew, such as for another address
    bench [OPTIONS]         measure the engine, natively and in wasm, and the page
    tidy                    check the rules of ARCHITECTURE.md that no compiler checks
    pictures                draw the README's pictures anew
    bless                   rewrite the golden files after an intended change of behaviour
    new-pattern NAME        make a pattern's folder and enter it in the catalog";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", arguments),
    };
    match (command, rest) {
        ("serve", options) => serve::run(options),
        ("test", []) => test::everything(),
        ("test", [part]) if part.trim_start_matches('-') == "engine" => test::engine(),
        ("dist", options) => dist::run(options),
        ("host", options) => hosting::run(options),
        ("bench", options) => bench::run_benches(options),
        ("tidy", []) => tidy::run(),
        ("pictures", []) => hosting::draw_readme(),
        ("bless", []) => golden::bless(),
        ("new-pattern", [name]) => new_pattern::run(&shell::root(), name),
        ("help" | "--help" | "-h", _) => {
            println!("{USAGE}");
            Ok(())
        }
        _ => bail!("no command `{}`\n\n{USAGE}", arguments.join(" ")),
    }
}
