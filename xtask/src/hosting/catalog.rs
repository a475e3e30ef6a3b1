//! What the site's build knows of the patterns. It asks the command line, for
//! the engine as a dependency would be compiled with every chore.

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::command_line;
use crate::shell::arguments;

/// A pattern as the menu shows it.
pub struct Pattern {
    pub slug: String,
    pub title: String,
    pub summary: String,
}

/// All patterns, in the order of the menu.
pub fn read() -> Result<Vec<Pattern>> {
    let output = arguments(command_line(), "list --json").output()?;
    if !output.status.success() {
        bail!(
            "the command line cannot list the patterns:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    parse(&output.stdout)
}

fn parse(listed: &[u8]) -> Result<Vec<Pattern>> {
    let listed: Value = serde_json::from_slice(listed)?;
    let patterns = listed["patterns"]
        .as_array()
        .context("no list of patterns")?;
    let text = |pattern: &Value, key: &str| {
        let text = pattern[key]
            .as_str()
            .with_context(|| format!("a pattern without {key}"))?;
        anyhow::Ok(text.to_owned())
    };
    let entry = |pattern| {
        Ok(Pattern {
            slug: text(pattern, "pattern")?,
            title: text(pattern, "title")?,
            summary: text(pattern, "summary")?,
        })
    };
    patterns.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_the_command_line_is_read() {
        let listed = br#"{"patterns":[{"pattern":"etl","title":"ETL","summary":"Moves rows."}]}"#;
        let patterns = parse(listed).expect("it is whole");
        assert_eq!(patterns[0].slug, "etl");
        assert_eq!(patterns[0].summary, "Moves rows.");
        assert!(parse(br#"{"patterns":[{"pattern":"etl"}]}"#).is_err());
    }
}
