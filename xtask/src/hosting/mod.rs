//! The last steps of a site's build: what hosts, previews of links, app
//! launchers and days without a network need around the page itself.
//!
//! Each step takes the folder of a built site, and may be taken again.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell::{arguments, cargo, root};

mod address;
mod cards;
mod catalog;
mod content_names;
mod digest;
mod headers;
mod offline;
mod stubs;

pub use address::Address;
pub use cards::draw_readme;

/// Files of public/ that only a finished site has, beside what Trunk copies.
const COPIED: [&str; 2] = ["stub.css", "stub.js"];
/// Tells GitHub Pages to serve the files as they are.
const NO_JEKYLL: &str = ".nojekyll";

/// `cargo xtask host FOLDER [--site-url URL]`: all steps again.
pub fn run(arguments: &[String]) -> Result<()> {
    let [folder, options @ ..] = arguments else {
        bail!("which folder? cargo xtask host FOLDER [--site-url URL]");
    };
    // Against the folder that the command was given in.
    let folder = std::path::absolute(folder)?;
    prepare(&folder, &Address::from_arguments(options)?)
}

/// Makes the site in `folder` ready for any folder of any static host.
pub fn prepare(folder: &Path, address: &Address) -> Result<()> {
    for name in COPIED {
        std::fs::copy(public(name), folder.join(name))
            .with_context(|| format!("cannot copy {name}"))?;
    }
    std::fs::write(folder.join(NO_JEKYLL), "")?;
    let patterns = catalog::read()?;
    cards::draw(folder, &patterns)?;
    stubs::write(folder, &patterns, address)?;
    address.enter(&folder.join("index.html"))?;
    headers::write(folder, &content_names::rename(folder)?)?;
    offline::write(folder)?;
    if !address.is_known() {
        println!(
            "note: previews of links need whole addresses; name the site's own with --site-url URL or SITE_URL"
        );
    }
    Ok(())
}

/// A file of the project's folder public/.
fn public(name: &str) -> PathBuf {
    root().join("public").join(name)
}

/// The project's command line, as the tests build it.
fn command_line() -> Command {
    arguments(cargo(), "run --quiet --package patternscope-cli --")
}

/// A small site as the steps before leave it, in a folder of its own.
#[cfg(test)]
fn test_site(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("patternscope-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("it can be made");
    const HASH: &str = "0123456789abcdef";
    let style = format!("style-{}.css", HASH.replace('0', "f"));
    let files = [
        (
            "index.html".to_owned(),
            format!(
                "<link href=\"./{style}\"><script src=\"./boot.js\"></script>\
                 <script src=\"./page-{HASH}.js\"></script>"
            ),
        ),
        (style, "p {}".to_owned()),
        ("boot.js".to_owned(), "start()".to_owned()),
        (
            format!("page-{HASH}.js"),
            format!("fetch('./page-{HASH}_bg.wasm'); load('./exporter.js')"),
        ),
        (
            "exporter.js".to_owned(),
            "load('./patternscope-exporter_bg.wasm')".to_owned(),
        ),
        (
            "patternscope-exporter_bg.wasm".to_owned(),
            "code of files".to_owned(),
        ),
        (format!("page-{HASH}_bg.wasm"), "code".to_owned()),
    ];
    for (name, text) in files {
        std::fs::write(folder.join(name), text).expect("it can be written");
    }
    folder
}
