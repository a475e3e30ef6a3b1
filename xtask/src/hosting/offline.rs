//! The service worker's list: every file that the site needs without a
//! network, with what it must hold, and a version that is all of that.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use super::digest::hex;
use crate::tidy::files_below;

const WORKER: &str = "sw.js";
/// Not for the page but for others: hosts, crawlers, launchers, programmers.
const LEFT_OUT: [&str; 7] = [
    "_headers",
    ".nojekyll",
    WORKER,
    "card.png",
    "cards/",
    "icons/",
    "oembed/",
];
/// Types of `embed.js`: read while programming.
const TYPES: &str = ".d.ts";
/// What the worker's template says until it is filled in.
const NO_FILES: &str = "const FILES = {};";
const NO_VERSION: &str = "const VERSION = '';";
/// Tells boot.js that there is a worker. While serving there is none.
const OPEN: &str = "<script src=\"./boot-";
const MARK: &str = " data-offline=\"./sw.js\"";

/// Writes `sw.js`, and that there is one into the page.
pub fn write(folder: &Path) -> Result<()> {
    let index = folder.join("index.html");
    let html = std::fs::read_to_string(&index)?;
    std::fs::write(&index, marked(&html).context("no boot.js in index.html")?)?;
    let template = std::fs::read_to_string(super::public(WORKER))?;
    let worker = filled_in(&template, &list(folder)?).context("public/sw.js lacks a place")?;
    Ok(std::fs::write(folder.join(WORKER), worker)?)
}

/// The files by their names within the site, with their digests.
fn list(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for file in files_below(folder)? {
        let inside = file.strip_prefix(folder)?;
        let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
        let name = parts.join("/");
        if is_kept(&name) {
            files.insert(name, hex(&std::fs::read(&file)?));
        }
    }
    Ok(files)
}

fn is_kept(name: &str) -> bool {
    let is_left_out = |it: &str| name == it || (it.ends_with('/') && name.starts_with(it));
    !LEFT_OUT.into_iter().any(is_left_out) && !name.ends_with(TYPES)
}

/// The worker with its files. Its version is its own text too: a changed
/// worker never writes into the cache of the one at work.
fn filled_in(template: &str, files: &BTreeMap<String, String>) -> Option<String> {
    if !template.contains(NO_FILES) || !template.contains(NO_VERSION) {
        return None;
    }
    let list = format!("const FILES = {:#};", json!(files));
    let worker = template.replace(NO_FILES, &list);
    let version = &hex(worker.as_bytes())[..16];
    Some(worker.replace(NO_VERSION, &format!("const VERSION = '{version}';")))
}

fn marked(html: &str) -> Option<String> {
    if html.contains(MARK) {
        return Some(html.to_owned());
    }
    let start = html.find(OPEN)?;
    let end = start + html[start..].find('>')?;
    Some(format!("{}{MARK}{}", &html[..end], &html[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosting::test_site;

    #[test]
    fn a_worker_lists_what_the_page_needs() {
        let site = test_site("offline");
        for more in [
            "cards/etl.png",
            "oembed/etl.json",
            "etl/index.html",
            "embed.d.ts",
            "_headers",
        ] {
            let file = site.join(more);
            std::fs::create_dir_all(file.parent().expect("it has")).expect("it can be made");
            std::fs::write(file, more).expect("it can be written");
        }
        crate::hosting::content_names::rename(&site).expect("it is a site");
        write(&site).expect("it can be written");
        let worker = std::fs::read_to_string(site.join(WORKER)).expect("it is there");
        for part in [
            "\"index.html\": \"",
            "\"etl/index.html\"",
            "_bg.wasm\"",
            "\"boot-",
        ] {
            assert!(worker.contains(part), "{part} in {worker}");
        }
        for other in [
            "cards/",
            "oembed/",
            "d.ts\"",
            "_headers\"",
            "\"sw.js\"",
            NO_FILES,
            NO_VERSION,
        ] {
            assert!(!worker.contains(other), "{other} in {worker}");
        }
        write(&site).expect("again");
        assert_eq!(
            std::fs::read_to_string(site.join(WORKER)).expect("it is there"),
            worker
        );
        std::fs::remove_dir_all(site).expect("it can be removed");
    }

    #[test]
    fn each_change_is_another_version() {
        let files = |digest: &str| BTreeMap::from([("a.js".to_owned(), digest.to_owned())]);
        let template = format!("{NO_VERSION}\n{NO_FILES}\n");
        let one = filled_in(&template, &files("1")).expect("it has both places");
        assert_ne!(
            one,
            filled_in(&template, &files("2")).expect("it has both places")
        );
        let version = |worker: &str| worker.lines().next().map(str::to_owned);
        let other = filled_in(&format!("{template}//"), &files("1")).expect("it has both places");
        assert_ne!(version(&one), version(&other));
        assert_eq!(filled_in("const FILES = {};", &files("1")), None);
    }
}
