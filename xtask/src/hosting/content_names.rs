//! Names by content, for what the page loads: `NAME-0123456789abcdef.js`.
//!
//! Trunk names a file by what it was before the later steps of the build: a
//! changed second style sheet, script or packing would keep the old name. By
//! the names given here a host may tell browsers to keep these files for ever,
//! and a page never gets a part of another version.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};

use super::digest::hex;

/// What Trunk does not name by content, and the page loads: at once, or to make
/// files of a run.
const PLAIN: [&str; 6] = [
    "start.js",
    "boot.js",
    "exporting.js",
    "exporter.js",
    "patternscope-exporter.js",
    "patternscope-exporter_bg.wasm",
];
/// Digits of a hash in a name.
const DIGITS: usize = 16;

/// Renames the files right in `folder`, and what names them. Returns their names.
pub fn rename(folder: &Path) -> Result<Vec<String>> {
    let mut named = rename_once(folder)?;
    // A new name is new content of the file that names it.
    loop {
        let again = rename_once(folder)?;
        if again == named {
            return Ok(named);
        }
        named = again;
    }
}

fn rename_once(folder: &Path) -> Result<Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in names_in(folder)? {
        if let Some(hash) = hash_in(&name) {
            groups.entry(hash.to_owned()).or_default().push(name);
        }
    }
    let mut renamed = Vec::new();
    // Script and wasm share a hash, as the one finds the other by it.
    for (hash, names) in &groups {
        let new = hash_of(folder, names, hash)?;
        for name in names {
            renamed.push(renamed_to(folder, name, &name.replace(hash, &new))?);
        }
    }
    for plain in PLAIN.iter().filter(|name| folder.join(name).exists()) {
        let new = hash_of(folder, &[(*plain).to_owned()], "")?;
        let name = plain.replace('.', &format!("-{new}."));
        renamed.push(renamed_to(folder, plain, &name)?);
    }
    renamed.sort();
    Ok(renamed)
}

fn names_in(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The sixteen digits after a dash in `page-0123456789abcdef_bg.wasm`.
fn hash_in(name: &str) -> Option<&str> {
    let (_, rest) = name.rsplit_once('-')?;
    let hash = rest.get(..DIGITS)?;
    let is_digit = |digit: char| digit.is_ascii_digit() || ('a'..='f').contains(&digit);
    let ends = rest[DIGITS..].starts_with(['.', '_']);
    (ends && hash.chars().all(is_digit)).then_some(hash)
}

/// Hash of what files hold, without their present hash in it: a second time
/// gives the same.
fn hash_of(folder: &Path, names: &[String], present: &str) -> Result<String> {
    let mut content = Vec::new();
    for name in names {
        let bytes = std::fs::read(folder.join(name))?;
        match String::from_utf8(bytes) {
            Ok(text) if !present.is_empty() => content.extend(text.replace(present, "").bytes()),
            Ok(text) => content.extend(text.bytes()),
            Err(binary) => content.extend(binary.into_bytes()),
        }
    }
    Ok(hex(&content)[..DIGITS].to_owned())
}

/// Gives a file its new name, here and wherever it is named.
fn renamed_to(folder: &Path, old: &str, new: &str) -> Result<String> {
    std::fs::rename(folder.join(old), folder.join(new)).with_context(|| old.to_owned())?;
    let is_text = |name: &String| {
        [".html", ".js", ".css"]
            .iter()
            .any(|end| name.ends_with(end))
    };
    for name in names_in(folder)?.iter().filter(|name| is_text(name)) {
        let file = folder.join(name);
        let text = std::fs::read_to_string(&file)?;
        // With what is before it, so that no longer name is meant, nor another
        // file of this name.
        let naming = text.replace(&format!("./{old}"), &format!("./{new}"));
        if naming != text {
            std::fs::write(file, naming)?;
        }
    }
    Ok(new.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosting::test_site;

    #[test]
    fn hashes_are_found_in_names() {
        assert_eq!(
            hash_in("page-0123456789abcdef_bg.wasm"),
            Some("0123456789abcdef")
        );
        assert_eq!(
            hash_in("a-b-0123456789abcdef.css"),
            Some("0123456789abcdef")
        );
        for none in [
            "boot.js",
            "a-0123.css",
            "a-0123456789abcdeX.js",
            "a-0123456789abcdef0.js",
        ] {
            assert_eq!(hash_in(none), None, "{none}");
        }
    }

    #[test]
    fn names_follow_the_content_and_stay_if_it_does() {
        let site = test_site("names");
        let named = rename(&site).expect("it is a site");
        assert_eq!(rename(&site).expect("again"), named);
        let index = std::fs::read_to_string(site.join("index.html")).expect("it is there");
        let script = named
            .iter()
            .find(|name| name.starts_with("page-") && name.ends_with(".js"));
        let script = script.expect("the script has a name");
        let read = |name: &String| std::fs::read_to_string(site.join(name)).expect("it is there");
        let is_script = |name: &&String| name.ends_with(".js");
        let scripts: Vec<String> = named.iter().filter(is_script).map(read).collect();
        for name in &named {
            assert!(site.join(name).exists(), "{name}");
            let is_named = |text: &String| text.contains(name.as_str());
            assert!(is_named(&index) || scripts.iter().any(is_named), "{name}");
        }
        assert!(!site.join("boot.js").exists());

        let style = named
            .iter()
            .find(|name| name.ends_with(".css"))
            .expect("one style");
        std::fs::write(site.join(style), "p { color: red }").expect("it can be written");
        let later = rename(&site).expect("changed");
        assert!(!later.contains(style) && later.contains(script));

        // What changes far down a chain of names changes those who name it.
        let program = later
            .iter()
            .find(|name| name.starts_with("patternscope-exporter_bg"));
        std::fs::write(site.join(program.expect("it is named")), "new code").expect("written");
        let latest = rename(&site).expect("changed");
        assert!(!latest.contains(script), "it names what has changed");
        assert_eq!(latest.len(), later.len());
        std::fs::remove_dir_all(site).expect("it can be removed");
    }
}
