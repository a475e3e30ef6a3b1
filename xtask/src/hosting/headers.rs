//! `_headers`, for hosts that read it: what public/_headers says, and that
//! files named by their content never change.

use std::path::Path;

use anyhow::Result;

const FILE: &str = "_headers";
const FOR_EVER: &str = "  Cache-Control: public, max-age=31536000, immutable";

/// Writes the file. Each name on its own: hosts differ in what a `*` may match.
pub fn write(folder: &Path, named_by_content: &[String]) -> Result<()> {
    let mut text = std::fs::read_to_string(super::public(FILE))?;
    for name in named_by_content {
        text.push_str(&format!("\n/{name}\n{FOR_EVER}\n"));
    }
    Ok(std::fs::write(folder.join(FILE), text)?)
}
