//! A step of the site's build: one script and one style sheet in place of
//! many, without what nothing uses. esbuild does the work (npm package).

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::shell::{command, root, run as run_command};

/// What browsers understand that have all the styles and wasm features used.
const TARGET: &str = "--target=es2022,chrome123,firefox120,safari17.5";
/// Puts together the wasm file that `split.mjs` beside it took apart.
const JOIN: &str = "xtask/site/join.mjs";
/// Fetches that file, or finds it in the page.
const PROGRAM: &str = "xtask/site/program.mjs";
/// What stands beside the program and is not part of it.
const BOOT: &str = "boot.js";
/// Written, bundled, removed.
const ENTRY_SCRIPT: &str = "entry.mjs";
const ENTRY_STYLE: &str = "entry.css";

/// The script of wasm-bindgen's that the site in `folder` loads.
pub fn glue_of(folder: &Path) -> Result<PathBuf> {
    let html = std::fs::read_to_string(folder.join("index.html"))?;
    let (_, glue) = with_external_start(&html).context("no inline script of Trunk's")?;
    Ok(folder.join(glue))
}

/// Bundles the site in `folder`: one script is left, with all it names.
pub fn bundle(esbuild: &Path, folder: &Path) -> Result<()> {
    let file = folder.join("index.html");
    let html = std::fs::read_to_string(&file).context("no index.html in the site")?;
    let (html, glue) = with_external_start(&html).context("no inline script of Trunk's")?;
    let (html, styles) = with_one_style(&html).context("no styles in index.html")?;
    esbuild_over(esbuild, folder, ENTRY_SCRIPT, &start(&glue), &glue)?;
    minify(esbuild, &folder.join(BOOT))?;
    let imports: String = styles
        .iter()
        .map(|name| format!("@import './{name}';\n"))
        .collect();
    esbuild_over(esbuild, folder, ENTRY_STYLE, &imports, &styles[0])?;
    for style in &styles[1..] {
        std::fs::remove_file(folder.join(style))?;
    }
    // They are part of the script now.
    let snippets = folder.join("snippets");
    if snippets.exists() {
        std::fs::remove_dir_all(snippets)?;
    }
    Ok(std::fs::write(&file, html)?)
}

/// Bundles an entry, whose text is given, into a file that may be part of it.
fn esbuild_over(esbuild: &Path, folder: &Path, entry: &str, text: &str, into: &str) -> Result<()> {
    let entry = folder.join(entry);
    std::fs::write(&entry, text)?;
    let mut bundled = command(esbuild);
    bundled
        .arg(&entry)
        .args([
            "--bundle",
            "--minify",
            "--format=esm",
            "--allow-overwrite",
            "--log-level=warning",
        ])
        .arg(TARGET)
        .arg(format!("--outfile={}", folder.join(into).display()));
    let done = run_command(&mut bundled);
    std::fs::remove_file(&entry)?;
    done
}

/// Makes a script smaller that is not part of a bundle.
pub fn minify(esbuild: &Path, script: &Path) -> Result<()> {
    let mut minified = command(esbuild);
    minified
        .arg(script)
        .args(["--minify", "--allow-overwrite", "--log-level=warning"])
        .arg(TARGET)
        .arg(format!("--outfile={}", script.display()));
    run_command(&mut minified)
}

/// The script that starts the program, beside Trunk's glue of this name.
fn start(glue: &str) -> String {
    let wasm = glue.replace(".js", "_bg.wasm");
    let join = root().join(JOIN);
    format!(
        "import init from './{glue}';\n\
         import {{ join }} from '{}';\n\
         import {{ program }} from '{}';\n\
         await init({{ module_or_path: await join(await program('./{wasm}')) }});\n\
         dispatchEvent(new Event('TrunkApplicationStarted'));\n",
        join.display(),
        root().join(PROGRAM).display()
    )
}

/// The page that loads the glue in place of Trunk's inline module, and the
/// name of the glue.
fn with_external_start(html: &str) -> Option<(String, String)> {
    let start = html.find("<script type=\"module\">")?;
    let end = start + html[start..].find("</script>")?;
    let (_, rest) = html[start..end].split_once("from './")?;
    let (glue, _) = rest.split_once('\'')?;
    let (before, after) = (&html[..start], &html[end..]);
    let page = format!("{before}<script type=\"module\" src=\"./{glue}\">{after}");
    Some((without_snippets(&page), glue.to_owned()))
}

/// The page that no longer fetches ahead what became part of the glue.
fn without_snippets(html: &str) -> String {
    let mut pieces = html.split("<link rel=\"modulepreload\" href=\"./snippets/");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |page, piece| {
        page + piece.split_once('>').map_or("", |(_, rest)| rest)
    })
}

/// The page with its first style sheet alone, and the names of all.
fn with_one_style(html: &str) -> Option<(String, Vec<String>)> {
    const OPEN: &str = "<link rel=\"stylesheet\" href=\"./";
    let mut pieces = html.split(OPEN);
    let mut page = pieces.next()?.to_owned();
    let mut names = Vec::new();
    for piece in pieces {
        let (name, _) = piece.split_once('"')?;
        let (link, rest) = piece.split_once('>')?;
        if names.is_empty() {
            page.push_str(&format!("{OPEN}{link}>"));
        }
        page.push_str(rest);
        names.push(name.to_owned());
    }
    (!names.is_empty()).then_some((page, names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inline_script_gives_way_to_the_glue() {
        let html = "<head><script type=\"module\">\nimport init, * as x from './a-1.js';\n</script>\
            <link rel=\"modulepreload\" href=\"./snippets/a/b.js\" crossorigin=\"anonymous\"></head>";
        let (page, glue) = with_external_start(html).expect("the page has one");
        assert_eq!(glue, "a-1.js");
        assert_eq!(
            page,
            "<head><script type=\"module\" src=\"./a-1.js\"></script></head>"
        );
        assert!(start(&glue).contains("'./a-1_bg.wasm'"));
    }

    #[test]
    fn one_style_sheet_is_left() {
        let html = "<head><link rel=\"stylesheet\" href=\"./a.css\"/>\n\
            <link rel=\"stylesheet\" href=\"./b.css\"/></head>";
        let (page, names) = with_one_style(html).expect("the page has two");
        assert_eq!(names, ["a.css", "b.css"]);
        assert_eq!(
            page,
            "<head><link rel=\"stylesheet\" href=\"./a.css\"/>\n</head>"
        );
    }
}
