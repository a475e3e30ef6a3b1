//! The end-to-end tests: dist/ served from a subfolder, in a real Chromium.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::report::{Count, count_node};
use crate::shell::{command, root, run as run_command, run_and_read};
use crate::tools::{chromium, ensure_node};

/// Runs every tests/*.test.mjs against dist/.
pub fn run() -> Result<Count> {
    let folder = root().join("tests");
    let mut node = node_in(&folder)?;
    node.args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
        .args(test_files(&folder)?);
    let (succeeded, output) = run_and_read(&mut node)?;
    Ok(count_node(&output).of_run(succeeded))
}

/// Prints how fast the page in dist/ draws, beside its limits.
pub fn print_figures() -> Result<()> {
    let folder = root().join("tests");
    run_command(node_in(&folder)?.arg("figures.mjs"))
}

/// Node in the folder of the tests, with all that they need.
fn node_in(folder: &Path) -> Result<Command> {
    ensure_node()?;
    let chromium = chromium()?;
    if !is_installed(folder) {
        run_command(command("npm").arg("ci").current_dir(folder))?;
    }
    let mut node = command("node");
    node.current_dir(folder).env("CHROMIUM", chromium);
    Ok(node)
}

/// Whether npm has installed what package-lock.json names now.
fn is_installed(folder: &Path) -> bool {
    let changed = |file: &str| {
        folder
            .join(file)
            .metadata()
            .and_then(|data| data.modified())
    };
    match (
        changed("node_modules/.package-lock.json"),
        changed("package-lock.json"),
    ) {
        (Ok(installed), Ok(wished)) => installed >= wished,
        _ => false,
    }
}

fn test_files(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".test.mjs") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
