//! Where the site will be, if anybody says so: crawlers of link previews take
//! whole addresses only.

use std::path::Path;

use anyhow::{Context, Result, bail};

/// The variable that `--site-url` takes the place of.
const VARIABLE: &str = "SITE_URL";
/// What index.html shows of itself in previews.
const PICTURE: &str = "card.png";

/// The site's address, ending in `/`; empty when nobody knows it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// From `--site-url URL`, else from the variable.
    pub fn from_arguments(arguments: &[String]) -> Result<Self> {
        match arguments {
            [] => {
                std::env::var(VARIABLE).map_or_else(|_| Ok(Self::default()), |url| Self::new(&url))
            }
            [option, url] if option == "--site-url" => Self::new(url),
            other => bail!("`{}` is not --site-url URL", other.join(" ")),
        }
    }

    fn new(url: &str) -> Result<Self> {
        let url = url.trim();
        let strange = |c: char| c.is_whitespace() || "\"'<>?#".contains(c);
        let whole = url.starts_with("https://") || url.starts_with("http://");
        if !url.is_empty() && (!whole || url.contains(strange)) {
            bail!("{url}: must be like https://host/folder/");
        }
        let slash = if url.is_empty() || url.ends_with('/') {
            ""
        } else {
            "/"
        };
        Ok(Self(format!("{url}{slash}")))
    }

    /// Whether links to the site can be whole.
    pub fn is_known(&self) -> bool {
        !self.0.is_empty()
    }

    /// A file of the site: whole if known, else from where `base` leads to the site.
    pub fn of(&self, base: &str, file: &str) -> String {
        let start = if self.is_known() { &self.0 } else { base };
        format!("{start}{file}")
    }

    /// Writes the address of the site's own picture into its page.
    pub fn enter(&self, index: &Path) -> Result<()> {
        let html = std::fs::read_to_string(index)?;
        let html =
            with_picture(&html, &self.of("./", PICTURE)).context("no og:image in index.html")?;
        Ok(std::fs::write(index, html)?)
    }
}

fn with_picture(html: &str, picture: &str) -> Option<String> {
    const OPEN: &str = "<meta property=\"og:image\" content=\"";
    let start = html.find(OPEN)? + OPEN.len();
    let end = start + html[start..].find('"')?;
    Some(format!("{}{picture}{}", &html[..start], &html[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(words: &[&str]) -> Result<Address> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Address::from_arguments(&words)
    }

    #[test]
    fn an_address_is_whole_and_ends_in_a_slash() {
        let address = from(&["--site-url", "https://host/folder"]).expect("it is whole");
        assert_eq!(address.of("../", "a.png"), "https://host/folder/a.png");
        assert_eq!(Address::default().of("../", "a.png"), "../a.png");
        for wrong in ["host/folder", "https://host/?a=1", "https://host/\"x"] {
            assert!(from(&["--site-url", wrong]).is_err(), "{wrong}");
        }
        assert!(from(&["--site"]).is_err());
    }

    #[test]
    fn the_picture_is_entered_again_and_again() {
        let page = "<meta property=\"og:image\" content=\"./card.png\"><p>";
        let once = with_picture(page, "https://a/card.png").expect("the page has one");
        let twice = with_picture(&once, "https://b/card.png").expect("it still has");
        assert_eq!(twice, page.replace("./", "https://b/"));
    }
}
