//! Running programs: in the project's folder, visibly, and with their output
//! passed through.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The folder that holds the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies inside of the workspace")
        .to_path_buf()
}

/// A program to run in the project's folder.
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// The cargo that runs this program.
pub fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Splits at blanks and appends: `arguments(cargo(), "fmt --check")`.
pub fn arguments(mut command: Command, words: &str) -> Command {
    command.args(words.split_whitespace());
    command
}

/// Runs to the end; an error names the command that failed.
pub fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", line(command));
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot start {}", line(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", line(command));
    }
    Ok(())
}

/// Runs to the end, shows standard output as it comes and returns it too,
/// with whether the program succeeded.
pub fn run_and_read(command: &mut Command) -> Result<(bool, String)> {
    println!("$ {}", line(command));
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", line(command)))?;
    let mut output = String::new();
    let stdout = child.stdout.take().context("no standard output")?;
    for text in BufReader::new(stdout).split(b'\n') {
        let text = String::from_utf8_lossy(&text?).into_owned();
        println!("{text}");
        output.push_str(&text);
        output.push('\n');
    }
    std::io::stdout().flush()?;
    Ok((child.wait()?.success(), output))
}

/// What a program prints when asked quietly; `None` when it is missing or fails.
pub fn ask(program: impl AsRef<std::ffi::OsStr>, words: &str) -> Option<String> {
    let output = arguments(command(program), words)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut line = program
        .file_name()
        .unwrap_or(command.get_program())
        .to_string_lossy()
        .into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}
