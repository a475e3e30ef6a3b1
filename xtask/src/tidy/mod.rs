//! `cargo xtask tidy`: the rules of ARCHITECTURE.md that no compiler checks.
//!
//! A rule is a function from the project's text files to complaints. Each has
//! a test that shows it can fail.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::shell::{ask, root};

mod boundaries;
mod housekeeping;

/// A text file of the project; the path is relative, with `/`.
pub struct Source {
    path: String,
    text: String,
}

impl Source {
    #[cfg(test)]
    fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// Line numbers (from 1) and lines, without `//` comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let code = |line: &'_ str| line.find("//").unwrap_or(line.len());
        self.text
            .lines()
            .enumerate()
            .map(move |(index, line)| (index + 1, &line[..code(line)]))
    }
}

/// A rule: what it demands, and how to find what breaks it.
struct Rule {
    demand: &'static str,
    complaints: fn(&[Source]) -> Vec<String>,
}

const RULES: [Rule; 7] = [
    Rule {
        demand: "the engine knows no browser, no wall clock and no hash order",
        complaints: boundaries::engine_is_pure,
    },
    Rule {
        demand: "only src/pulse.rs asks for animation frames",
        complaints: boundaries::one_pulse,
    },
    Rule {
        demand: "only src/share.rs touches the location",
        complaints: boundaries::one_address,
    },
    Rule {
        demand: "a pattern never uses another pattern",
        complaints: boundaries::patterns_stand_alone,
    },
    Rule {
        demand: "no file has more than 500 lines",
        complaints: housekeeping::files_are_short,
    },
    Rule {
        demand: "no file names a machine's path or a package mirror",
        complaints: housekeeping::no_machine_traces,
    },
    Rule {
        demand: "ARCHITECTURE.md names every direct dependency",
        complaints: housekeeping::dependencies_are_explained,
    },
];

/// Checks every rule over the working tree.
pub fn run() -> Result<()> {
    let sources = sources()?;
    let mut broken = 0;
    for Rule { demand, complaints } in RULES {
        let complaints = complaints(&sources);
        println!(
            "{} {demand}",
            if complaints.is_empty() {
                "ok  "
            } else {
                "FAIL"
            }
        );
        for complaint in &complaints {
            println!("     {complaint}");
        }
        broken += usize::from(!complaints.is_empty());
    }
    for long in housekeeping::long_files(&sources) {
        println!("note {long}");
    }
    if broken > 0 {
        bail!("{broken} of {} rules broken", RULES.len());
    }
    Ok(())
}

/// The text files that git tracks or would add.
fn sources() -> Result<Vec<Source>> {
    let listed = ask("git", "ls-files --cached --others --exclude-standard");
    let Some(listed) = listed else {
        bail!("tidy needs git, to know which files belong to the project");
    };
    let read = |path: &str| {
        let text = std::fs::read_to_string(root().join(path)).ok()?;
        Some(Source {
            path: path.to_owned(),
            text,
        })
    };
    Ok(listed.lines().filter_map(read).collect())
}

/// All files below a folder, sorted.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
