//! What a visitor downloads: the compressed size of each file of the site, and
//! the budget that the page must keep.

use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};

/// Everything that the page needs until it runs, brotli-compressed: index.html
/// and the code and styles that it names.
///
/// Not counted, as nobody waits for it: the icon and the manifest (1 KB); the
/// service worker, which comes when the page runs, and what it then fetches for
/// days without a network (the same files again, from the browser's cache where
/// the host allows that, and the patterns' stub pages, 5 KB); what only
/// crawlers, launchers and other pages load.
const BUDGET_BYTES: usize = 250 * 1024;
/// The kinds of file that count towards the budget.
const COUNTED: [&str; 4] = ["wasm", "js", "css", "html"];
const PAGE: &str = "index.html";
/// What other pages load to embed this one, and the most it may take.
const EMBED: (&str, usize) = ("embed.js", 3_000);

/// What is loaded only when somebody makes a file of a run, and the most that
/// all of it may take: it has an engine of its own, in a worker.
const EXPORTER: (&str, usize) = ("export", 310_000);

/// Prints the sizes of the site in `folder`; an error when over the budget.
pub fn check(folder: &Path) -> Result<()> {
    let page = std::fs::read_to_string(folder.join(PAGE))?;
    println!("{:>10} {:>10}  file (* counts)", "bytes", "brotli");
    let (mut total, mut exporter) = (0, 0);
    for file in crate::tidy::files_below(folder)? {
        let content = std::fs::read(&file)?;
        let compressed = brotli_size(&content)?;
        let name = file.strip_prefix(folder)?.to_string_lossy();
        let counts = is_counted(&name, &page);
        let mark = if counts { "*" } else { " " };
        println!("{:>10} {compressed:>10} {mark}{name}", content.len());
        if name == EMBED.0 {
            within(EMBED.0, compressed, EMBED.1)?;
        }
        if counts {
            total += compressed;
        }
        if name.contains(EXPORTER.0) {
            exporter += compressed;
        }
    }
    println!(
        "{:>10} {exporter:>10}  what makes files, loaded when asked for",
        ""
    );
    within("what makes files", exporter, EXPORTER.1)?;
    println!(
        "{:>10} {total:>10}  until the page runs (budget {BUDGET_BYTES})",
        ""
    );
    within("the page", total, BUDGET_BYTES)
}

/// Whether the page is this file or loads it.
fn is_counted(name: &str, page: &str) -> bool {
    let kind = name.rsplit('.').next().unwrap_or_default();
    let named = |by: &str| page.contains(&format!(" {by}=\"./{name}\""));
    let loaded = name == PAGE || named("src") || named("href");
    loaded && COUNTED.contains(&kind)
}

fn within(what: &str, size: usize, budget: usize) -> Result<()> {
    if size > budget {
        bail!("{what} takes {size} bytes compressed: over its budget of {budget}");
    }
    Ok(())
}

fn brotli_size(content: &[u8]) -> Result<usize> {
    const BUFFER_BYTES: usize = 1 << 16;
    const QUALITY: u32 = 11;
    const WINDOW_BITS: u32 = 22;
    let mut compressed = Vec::new();
    let mut writer =
        brotli::CompressorWriter::new(&mut compressed, BUFFER_BYTES, QUALITY, WINDOW_BITS);
    writer.write_all(content)?;
    drop(writer); // Writes the end of the stream.
    Ok(compressed.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_can_be_exceeded() {
        assert!(within("the site", BUDGET_BYTES, BUDGET_BYTES).is_ok());
        assert!(within("the site", BUDGET_BYTES + 1, BUDGET_BYTES).is_err());
    }

    #[test]
    fn compresses_what_repeats() {
        let size = brotli_size(&[7; 10_000]).expect("memory takes it");
        assert!((1..100).contains(&size), "{size}");
    }

    #[test]
    fn counts_what_the_page_loads() {
        let page = "<script src=\"./a.js\" data-offline=\"./sw.js\"><link href=\"./icon.svg\">";
        assert!(is_counted("a.js", page) && is_counted("index.html", page));
        for other in ["sw.js", "icon.svg", "etl/index.html", "stub.js"] {
            assert!(!is_counted(other, page), "{other}");
        }
    }
}
