//! The whole page in one HTML file that opens from a disk: script, styles and
//! program are put inside, under a policy that admits them by their hashes.

use crate::svg::write_text;
use base64::{Engine, engine::general_purpose::STANDARD};
use miniz_oxide::deflate::compress_to_vec;
use sha2::{Digest, Sha256};

/// How hard the program is packed, 0 to 10.
const LEVEL: u8 = 9;
/// Where the page looks for its program, and for the link it shows.
const PROGRAM: &str = "<script type=\"application/octet-stream\" id=\"program\">";
const LINK: &str = "<meta name=\"patternscope-link\" content=\"";
/// Of the page's head, what names other files and is not put inside.
const LEFT_OUT: [&str; 5] = [
    "<link rel=\"icon\"",
    "<link rel=\"apple-touch-icon\"",
    "<link rel=\"manifest\"",
    "<link rel=\"modulepreload\"",
    "<link rel=\"preload\"",
];

/// The file. `read` hands over the site's files by their names; `link` is the
/// query and fragment of what is shown.
///
/// # Errors
/// The site lacks a file, or was not made by `cargo xtask dist`.
pub fn single_file(
    read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    link: &str,
) -> Result<String, String> {
    let html = text_of("index.html", read)?;
    let mut page = Page {
        rest: &html,
        made: String::new(),
    };
    page.copy_to("<meta charset")?;
    page.copy_past(">")?;
    let after_charset = page.made.len();
    page.skip("<meta http-equiv=\"Content-Security-Policy\"");
    page.copy_to("<link rel=\"stylesheet\" href=\"./")?;
    let style = text_of(&page.take_name()?, read)?;
    page.made.push_str(&format!("<style>{style}</style>"));
    page.copy_to("<script src=\"./")?;
    let boot = for_html(&text_of(&page.take_name()?, read)?);
    page.skip("</script>");
    page.made.push_str(&format!("<script>{boot}</script>"));
    page.copy_to("<script type=\"module\" src=\"./")?;
    let name = page.take_name()?;
    let script = for_html(&text_of(&name, read)?);
    page.skip("</script>");
    page.made
        .push_str(&format!("<script type=\"module\">{script}</script>"));
    page.copy_to("<div id=\"app\"")?;
    let wasm = read(&name.replace(".js", "_bg.wasm"))?;
    let packed = STANDARD.encode(compress_to_vec(&wasm, LEVEL));
    page.made.push_str(&format!("{PROGRAM}{packed}</script>"));
    page.made.push_str(page.rest);
    let mut head = format!(
        "\n    <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n    {LINK}",
        policy(&[&boot, &script], &style)
    );
    write_text(&mut head, link);
    head.push_str("\">");
    let mut made = page.made;
    made.insert_str(after_charset, &head);
    Ok(LEFT_OUT.iter().fold(made, |made, tag| without(&made, tag)))
}

fn text_of(
    name: &str,
    read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
) -> Result<String, String> {
    String::from_utf8(read(name)?).map_err(|_| format!("{name}: is no text"))
}

/// A script as it may stand in a page: `</script` would end it there.
fn for_html(script: &str) -> String {
    script.replace("</script", "<\\/script")
}

/// Nothing from elsewhere, and of scripts and styles only these.
fn policy(scripts: &[&str], style: &str) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let scripts: Vec<String> = scripts.iter().map(|script| hash(script)).collect();
    format!(
        "default-src 'none'; script-src {} 'wasm-unsafe-eval'; style-src {}; \
         img-src blob: data:; media-src blob:; base-uri 'none'; form-action 'none'",
        scripts.join(" "),
        hash(style)
    )
}

/// A page being copied.
struct Page<'p> {
    rest: &'p str,
    made: String,
}

impl Page<'_> {
    fn find(&self, what: &str) -> Result<usize, String> {
        let wrong = || format!("index.html: has no {what}; was it made by `cargo xtask dist`?");
        self.rest.find(what).ok_or_else(wrong)
    }

    /// Copies all that comes before.
    fn copy_to(&mut self, what: &str) -> Result<(), String> {
        let at = self.find(what)?;
        self.made.push_str(&self.rest[..at]);
        self.rest = &self.rest[at..];
        Ok(())
    }

    /// Copies that as well.
    fn copy_past(&mut self, what: &str) -> Result<(), String> {
        let end = self.find(what)? + what.len();
        self.made.push_str(&self.rest[..end]);
        self.rest = &self.rest[end..];
        Ok(())
    }

    /// Takes the tag in front away, and the name of the file it names.
    fn take_name(&mut self) -> Result<String, String> {
        let (tag, rest) = self
            .rest
            .split_once('>')
            .ok_or("index.html: ends in a tag")?;
        self.rest = rest;
        let name = tag
            .split_once("\"./")
            .and_then(|(_, rest)| rest.split_once('"'));
        let name = name.ok_or_else(|| format!("index.html: {tag}> names no file beside it"))?;
        Ok(name.0.to_owned())
    }

    /// Takes a tag away if it is the next.
    fn skip(&mut self, tag: &str) {
        if let Some(rest) = self.rest.trim_start().strip_prefix(tag) {
            self.rest = match tag.ends_with('>') {
                true => rest,
                false => rest.split_once('>').map_or("", |(_, rest)| rest),
            };
        }
    }
}

/// A page without the tags that begin so.
fn without(html: &str, tag: &str) -> String {
    let mut pieces = html.split(tag);
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |page, piece| {
        page + piece.split_once('>').map_or("", |(_, rest)| rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<!doctype html><head><meta charset=\"utf-8\">\n\
        <meta http-equiv=\"Content-Security-Policy\" content=\"script-src 'self'\">\
        <link rel=\"icon\" href=\"./favicon.svg\"><link rel=\"stylesheet\" href=\"./a.css\"/>\
        <script src=\"./boot.js\"></script><script type=\"module\" src=\"./p-1.js\"></script>\
        <link rel=\"preload\" href=\"./p-1_bg.wasm\"></head><body><div id=\"app\"></div></body>";

    fn site(name: &str) -> Result<Vec<u8>, String> {
        match name {
            "index.html" => Ok(PAGE.into()),
            "a.css" => Ok("b{color:red}".into()),
            "boot.js" => Ok("boot('</script>')".into()),
            "p-1.js" => Ok("start()".into()),
            "p-1_bg.wasm" => Ok(vec![0; 1000]),
            other => Err(format!("{other}: not there")),
        }
    }

    #[test]
    fn nothing_is_left_to_load() {
        let page = single_file(&mut site, "?p=etl&script=1s \"x\"").expect("the site is whole");
        assert!(!page.contains("\"./"), "{page}");
        assert!(page.contains("<style>b{color:red}</style>"));
        assert!(page.contains("<script>boot('<\\/script>')</script>"));
        assert!(page.contains("<script type=\"module\">start()</script>"));
        assert!(page.contains("content=\"?p=etl&amp;script=1s &quot;x&quot;\""));
        assert_eq!(page.matches("Content-Security-Policy").count(), 1);
        assert_eq!(page.matches("'sha256-").count(), 3);
        assert!(page.find("Content-Security-Policy") < page.find("<script"));
    }

    #[test]
    fn what_is_missing_is_named() {
        let mut broken = |name: &str| match name {
            "p-1_bg.wasm" => Err(format!("{name}: not there")),
            name => site(name),
        };
        let why = single_file(&mut broken, "").expect_err("the program is missing");
        assert!(why.contains("p-1_bg.wasm"));
        let mut other = |_: &str| Ok(b"<html></html>".to_vec());
        let why = single_file(&mut other, "").expect_err("no page of ours");
        assert!(why.contains("xtask dist"));
    }
}
