//! Rules about the files themselves.

use super::Source;

/// From here on a file is mentioned.
const LONG_LINES: usize = 400;
/// From here on it is an error.
const TOO_LONG_LINES: usize = 500;

/// No source file above the limit.
pub fn files_are_short(sources: &[Source]) -> Vec<String> {
    longer_than(sources, TOO_LONG_LINES)
}

/// The files to split next.
pub fn long_files(sources: &[Source]) -> Vec<String> {
    longer_than(sources, LONG_LINES)
}

fn longer_than(sources: &[Source], limit: usize) -> Vec<String> {
    let counted = |path: &str| {
        [".rs", ".css", ".mjs"]
            .iter()
            .any(|end| path.ends_with(end))
    };
    sources
        .iter()
        .filter(|source| counted(&source.path))
        .map(|source| (source, source.text.lines().count()))
        .filter(|(_, lines)| *lines > limit)
        .map(|(source, lines)| format!("{} has {lines} lines", source.path))
        .collect()
}

/// No file tells on which machine, or through which mirror, it was made.
pub fn no_machine_traces(sources: &[Source]) -> Vec<String> {
    // Written in halves, so that this file does not accuse itself.
    const TRACES: [&str; 6] = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/Us", "ers/"),
        concat!("\"resol", "ved\": \"http"),
        concat!("sparse+", "http"),
    ];
    const ONLY_REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";
    let mut complaints = Vec::new();
    for source in sources {
        for (index, line) in source.text.lines().enumerate() {
            let foreign =
                line.contains(concat!("registry+", "http")) && !line.contains(ONLY_REGISTRY);
            let host = source.path.ends_with(".npmrc") && line.starts_with("registry");
            let trace = TRACES.iter().any(|trace| begins_path(line, trace));
            if trace || foreign || host {
                complaints.push(format!("{}:{}", source.path, index + 1));
            }
        }
    }
    complaints
}

/// Whether the trace stands at the start of a path, not within an address.
fn begins_path(line: &str, trace: &str) -> bool {
    line.match_indices(trace).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        !before.is_some_and(|letter| letter.is_alphanumeric() || "._-}~".contains(letter))
    })
}

/// Each dependency has its reason in ARCHITECTURE.md.
pub fn dependencies_are_explained(sources: &[Source]) -> Vec<String> {
    let text = |path: &str| sources.iter().find(|source| source.path == path);
    let Some(architecture) = text("ARCHITECTURE.md") else {
        return vec!["ARCHITECTURE.md is missing".to_owned()];
    };
    let manifests = sources
        .iter()
        .filter(|source| source.path.ends_with("Cargo.toml"));
    let mut complaints = Vec::new();
    for manifest in manifests {
        for name in cargo_dependencies(&manifest.text) {
            if !names(&architecture.text, name) {
                complaints.push(format!("`{name}` of {} is not named", manifest.path));
            }
        }
    }
    let package = text("tests/package.json");
    for name in package
        .iter()
        .flat_map(|source| npm_dependencies(&source.text))
    {
        if !names(&architecture.text, name) {
            complaints.push(format!("`{name}` of tests/package.json is not named"));
        }
    }
    complaints
}

/// Whether the text has the name as a whole: `serde_json` does not name serde.
fn names(text: &str, name: &str) -> bool {
    let inside = |letter: char| letter.is_alphanumeric() || "-_/@".contains(letter);
    text.match_indices(name).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + name.len()..].chars().next();
        !before.is_some_and(inside) && !after.is_some_and(inside)
    })
}

/// The names under `[...dependencies]`, the project's own crates apart.
fn cargo_dependencies(manifest: &str) -> Vec<&str> {
    let mut within = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            within = section.ends_with("dependencies");
            if let Some((_, name)) = section.split_once("dependencies.") {
                names.push(name);
            }
        } else if let Some((name, _)) = line.split_once(['=', '.']).filter(|_| within) {
            names.push(name.trim());
        }
    }
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || "-_".contains(c))
    };
    names.retain(|name| is_name(name) && !name.starts_with("patternscope"));
    names
}

/// The names in `devDependencies`, one a line as npm writes them.
fn npm_dependencies(package: &str) -> Vec<&str> {
    package
        .lines()
        .skip_while(|line| !line.contains("ependencies\""))
        .skip(1)
        .take_while(|line| !line.contains('}'))
        .filter_map(|line| line.trim().strip_prefix('"')?.split('"').next())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_found() {
        let file = |lines| [Source::new("src/app.rs", &"x\n".repeat(lines))];
        assert_eq!(files_are_short(&file(TOO_LONG_LINES)).len(), 0);
        assert_eq!(files_are_short(&file(TOO_LONG_LINES + 1)).len(), 1);
        assert_eq!(long_files(&file(LONG_LINES + 1)).len(), 1);
    }

    #[test]
    fn traces_of_a_machine_are_found() {
        let found = |path: &str, text: &str| no_machine_traces(&[Source::new(path, text)]).len();
        assert_eq!(found("a.md", concat!("see /ro", "ot/x")), 1);
        assert_eq!(found("a.md", concat!("https://host/wo", "rk/x")), 0);
        assert_eq!(
            found(
                "Cargo.lock",
                concat!("source = \"registry+", "https://mirror\"")
            ),
            1
        );
        assert_eq!(found("tests/.npmrc", "registry=https://mirror"), 1);
        let usual = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
        assert_eq!(found("Cargo.lock", usual), 0);
    }

    #[test]
    fn a_dependency_without_a_reason_is_found() {
        let check = |architecture: &str| {
            dependencies_are_explained(&[
                Source::new("ARCHITECTURE.md", architecture),
                Source::new(
                    "cli/Cargo.toml",
                    "[dependencies]\nclap = \"4\"\npatternscope-engine = { path = \"\" }\n\n[lints]\na = 1\n",
                ),
                Source::new(
                    "tests/package.json",
                    "\"devDependencies\": {\n  \"axe-core\": \"4\"\n}\n",
                ),
            ])
        };
        assert_eq!(check("`clap` reads arguments, `axe-core` audits").len(), 0);
        assert_eq!(
            check("clap-extra reads arguments, `axe-core` audits").len(),
            1
        );
        assert_eq!(check("").len(), 2);
        assert_eq!(dependencies_are_explained(&[]).len(), 1);
    }
}
