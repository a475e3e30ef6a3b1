//! The pictures that previews of links show: a telling moment of each pattern,
//! drawn by the project's own export.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::catalog::Pattern;
use super::command_line;
use crate::shell::{root, run};

/// What sites that show previews ask for.
pub const WIDTH: u32 = 1200;
pub const HEIGHT: u32 = 630;
/// Where they are within the site.
pub const FOLDER: &str = "cards";
/// Links to the moments, by pattern.
const MOMENTS: &str = "pictures/moments.json";
/// For a pattern that has no moment of its own yet.
const ANY_MOMENT: &str = "t=1.5s";

/// Where the README's pictures are, and how wide.
const README_PICTURES: &str = "pictures";
const README_WIDTH: u32 = 800;

/// `cargo xtask pictures`: draws the README's pictures anew, a moving one a
/// pattern.
pub fn draw_readme() -> Result<()> {
    let moments = moments()?;
    for pattern in super::catalog::read()? {
        let moment = moments[&pattern.slug].as_str().unwrap_or(ANY_MOMENT);
        let file = root()
            .join(README_PICTURES)
            .join(format!("{}.svg", pattern.slug));
        let mut export = command_line();
        export
            .arg("export")
            .arg(format!("?p={}&{moment}", pattern.slug))
            .args([
                "--format",
                "animated-svg",
                "--width",
                &README_WIDTH.to_string(),
            ])
            .arg("-o")
            .arg(file);
        run(&mut export)?;
    }
    Ok(())
}

fn moments() -> Result<Value> {
    let text = std::fs::read_to_string(root().join(MOMENTS))?;
    serde_json::from_str(&text).context(MOMENTS)
}

/// Draws `cards/SLUG.png` for each pattern.
pub fn draw(folder: &Path, patterns: &[Pattern]) -> Result<()> {
    let moments = moments()?;
    std::fs::create_dir_all(folder.join(FOLDER))?;
    for pattern in patterns {
        let moment = moments[&pattern.slug].as_str().unwrap_or(ANY_MOMENT);
        let card = folder.join(FOLDER).join(format!("{}.png", pattern.slug));
        if let Err(error) = export(&format!("?p={}&{moment}", pattern.slug), &card) {
            // A preview is no reason to have no site; the site's own stands in.
            println!("note: no picture of {}: {error:#}", pattern.slug);
            std::fs::copy(super::public("card.png"), &card)?;
        }
    }
    Ok(())
}

/// The moment of a link as a picture of the right size.
fn export(link: &str, file: &Path) -> Result<()> {
    let mut export = command_line();
    export
        .args(["export", link, "--format", "png", "--theme", "light"])
        .args([
            "--width",
            &WIDTH.to_string(),
            "--height",
            &HEIGHT.to_string(),
        ])
        .arg("-o")
        .arg(file);
    run(&mut export)?;
    if size_of(&std::fs::read(file)?) != Some((WIDTH, HEIGHT)) {
        bail!("the picture is not {WIDTH} by {HEIGHT} pixels");
    }
    Ok(())
}

/// Width and height of a PNG, which stand at a fixed place.
fn size_of(png: &[u8]) -> Option<(u32, u32)> {
    const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
    let number = |at: usize| Some(u32::from_be_bytes(png.get(at..at + 4)?.try_into().ok()?));
    png.starts_with(SIGNATURE)
        .then_some((number(16)?, number(20)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sites_own_card_has_the_size_of_the_others() {
        let card = std::fs::read(super::super::public("card.png")).expect("it is there");
        assert_eq!(size_of(&card), Some((WIDTH, HEIGHT)));
        assert_eq!(size_of(b"\x89PNG"), None);
    }
}
