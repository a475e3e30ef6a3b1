//! `new-pattern NAME`: a folder for a new pattern and its lines in the
//! catalog. What it makes runs and passes the law tests; it owns no more.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;

const CATALOG: &str = "engine/src/patterns/mod.rs";
const FILES: [(&str, &str); 2] = [
    ("mod.rs", include_str!("../templates/pattern/mod.rs")),
    ("model.rs", include_str!("../templates/pattern/model.rs")),
];

/// Makes `engine/src/patterns/<name>/` and enters it in the catalog.
///
/// # Errors
/// A name that is not lower-kebab-case or is taken; files that cannot be
/// written. Nothing is half made: the catalog is written last.
pub fn run(root: &Path, slug: &str) -> Result<()> {
    let words: Vec<&str> = slug.split('-').collect();
    let is_word = |word: &&str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    if !words.iter().all(is_word) {
        bail!("`{slug}` must be lower-kebab-case, such as circuit-breaker");
    }
    let module = words.join("_");
    let folder = root.join("engine/src/patterns").join(&module);
    if folder.exists() {
        bail!("there is a pattern `{slug}` already");
    }
    let catalog_path = root.join(CATALOG);
    let catalog =
        fs::read_to_string(&catalog_path).with_context(|| format!("cannot read {CATALOG}"))?;
    let catalog = enter(&catalog, &module)?;
    fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, template) in FILES {
        let text = template
            .replace("{{slug}}", slug)
            .replace("{{title}}", &title(&words));
        fs::write(folder.join(name), text).with_context(|| format!("cannot write {name}"))?;
    }
    fs::write(catalog_path, catalog).with_context(|| format!("cannot write {CATALOG}"))?;
    println!("made engine/src/patterns/{module}/ and entered it in {CATALOG}");
    println!("next: cargo fmt, cargo xtask bless, cargo xtask test engine");
    Ok(())
}

fn title(words: &[&str]) -> String {
    let capital = |word: &&str| format!("{}{}", word[..1].to_ascii_uppercase(), &word[1..]);
    words.iter().map(capital).collect::<Vec<_>>().join("-")
}

/// The catalog's text with a module line and an entry more.
fn enter(catalog: &str, module: &str) -> Result<String> {
    let line_end = |at: usize| {
        catalog[at..]
            .find('\n')
            .map_or(catalog.len(), |end| at + end + 1)
    };
    let last_module = catalog
        .rfind("\npub mod ")
        .context("the catalog has no `pub mod` line")?;
    let after_modules = line_end(last_module + 1);
    let list = catalog
        .find("CATALOG: &[&Pattern] = &[")
        .context("the catalog has no list")?;
    let list_end = list
        + catalog[list..]
            .find("];")
            .context("the catalog's list has no end")?;
    let (head, middle) = (&catalog[..after_modules], &catalog[after_modules..list_end]);
    let comma = if middle.trim_end().ends_with(',') {
        ""
    } else {
        ","
    };
    Ok(format!(
        "{head}pub mod {module};\n{middle}{comma} &{module}::PATTERN{}",
        &catalog[list_end..]
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalog_gains_a_module_and_an_entry() {
        let catalog = "//! x\n\npub mod one;\n\nstatic CATALOG: &[&Pattern] = &[&one::PATTERN];\n";
        let entered = enter(catalog, "two").expect("it has both");
        assert!(entered.contains("pub mod one;\npub mod two;\n"));
        assert!(entered.contains("&[&one::PATTERN, &two::PATTERN];"));
    }

    #[test]
    fn titles_are_capitalised() {
        assert_eq!(title(&["pub", "sub"]), "Pub-Sub");
    }
}
