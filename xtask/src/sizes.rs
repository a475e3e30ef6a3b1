//! What a visitor downloads: the compressed size of each file of the site, and
//! the budget that the whole must keep.

use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};

/// Everything that the page loads, brotli-compressed. The aim is 250 KiB with
/// all patterns; what is above it is owed, and this only keeps it from growing.
const BUDGET_BYTES: usize = 292 * 1024;
/// The kinds of file that count towards the budget.
const COUNTED: [&str; 4] = ["wasm", "js", "css", "html"];
/// What other pages load to embed this one, and the most it may take.
const EMBED: (&str, usize) = ("embed.js", 3_000);

/// What is loaded only when somebody makes a file of a run, and the most that
/// all of it may take: it holds an engine of its own.
const EXPORTER: (&str, usize) = ("export", 320_000);
/// Beside the page: pages for previews of links, and the worker that keeps the
/// site for days without a network, fetched after the page runs.
const BESIDE: [&str; 3] = ["stub.css", "stub.js", "sw.js"];

/// Prints the sizes of the site in `folder`; an error when over the budget.
pub fn check(folder: &Path) -> Result<()> {
    println!("{:>10} {:>10}  file", "bytes", "brotli");
    let (mut total, mut exporter) = (0, 0);
    for file in crate::tidy::files_below(folder)? {
        let content = std::fs::read(&file)?;
        let compressed = brotli_size(&content)?;
        let name = file.strip_prefix(folder).unwrap_or(&file).display();
        println!("{:>10} {compressed:>10}  {name}", content.len());
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if name == EMBED.0 {
            within(EMBED.0, compressed, EMBED.1)?;
        } else if name.contains(EXPORTER.0) {
            exporter += compressed;
        } else if is_counted(&file) && file.parent() == Some(folder) && !BESIDE.contains(&&*name) {
            total += compressed;
        }
    }
    println!(
        "{:>10} {total:>10}  total of wasm, js, css and html (budget {BUDGET_BYTES})",
        ""
    );
    println!(
        "{:>10} {exporter:>10}  what makes files, loaded when asked for",
        ""
    );
    within("what makes files", exporter, EXPORTER.1)?;
    within("the site", total, BUDGET_BYTES)
}

fn is_counted(file: &Path) -> bool {
    file.extension()
        .is_some_and(|kind| COUNTED.iter().any(|counted| kind == *counted))
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
        assert!(is_counted(Path::new("a/page.wasm")));
        assert!(!is_counted(Path::new("a/card.png")));
    }
}
