//! The last step of a site build: a strict content security policy.
//!
//! Trunk starts the program from an inline script. A policy that forbids
//! inline scripts is worth more, so that script moves to a file.

use std::path::Path;

use anyhow::{Context, Result};

/// Only own files, no inline script or style, no other host. The page may show
/// pictures that it made itself (`blob:`, `data:`) and frame its own embed.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; \
    manifest-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'";

/// The external file that starts the program.
const START: &str = "start.js";

/// Rewrites `index.html` of the site in `folder`.
pub fn secure(folder: &Path) -> Result<()> {
    let file = folder.join("index.html");
    let html = std::fs::read_to_string(&file).context("no index.html in the site")?;
    // A bundled site has none any more.
    let html = match without_inline_script(&html) {
        Some((html, script)) => {
            std::fs::write(folder.join(START), script)?;
            html
        }
        None => html,
    };
    let html = with_policy(&html).context("no <meta charset> in index.html")?;
    std::fs::write(&file, html)?;
    Ok(())
}

/// The page that loads [`START`] in place of its inline module, and that module.
fn without_inline_script(html: &str) -> Option<(String, String)> {
    let start = html.find("<script type=\"module\">")?;
    let body = start + html[start..].find('>')? + 1;
    let end = body + html[body..].find("</script>")?;
    let script = html[body..end].trim();
    let page = format!(
        "{}<script type=\"module\" src=\"./{START}\">{}",
        &html[..start],
        &html[end..]
    );
    Some((page, format!("{script}\n")))
}

/// The page with the policy as early as it can be: before anything it governs.
fn with_policy(html: &str) -> Option<String> {
    let charset = html.find("<meta charset")?;
    let after = charset + html[charset..].find('>')? + 1;
    Some(format!(
        "{}\n    <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">{}",
        &html[..after],
        &html[after..]
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<meta charset=\"utf-8\"><script src=\"./boot.js\"></script>\
        <script type=\"module\">\nimport init from './a.js';\n</script></head>";

    #[test]
    fn moves_the_inline_script_out() {
        let (page, script) = without_inline_script(PAGE).expect("the page has one");
        assert_eq!(script, "import init from './a.js';\n");
        assert!(page.contains("<script type=\"module\" src=\"./start.js\"></script></head>"));
        assert!(!page.contains("import"));
        assert_eq!(without_inline_script(&page), None);
    }

    #[test]
    fn the_policy_precedes_every_script() {
        let page = with_policy(PAGE).expect("the page has a charset");
        assert!(page.find(POLICY) < page.find("<script"));
        assert!(!POLICY.contains("unsafe-inline") && !POLICY.contains("'unsafe-eval'"));
    }
}
