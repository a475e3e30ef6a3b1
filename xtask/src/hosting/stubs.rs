//! A page of its own for each pattern: `PATTERN/`. Whoever makes a preview of
//! a link reads title, words, picture and oEmbed there, without running a
//! program; a visitor's browser goes on to the run at once (public/stub.js).

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::address::Address;
use super::cards::{FOLDER as CARDS, HEIGHT, WIDTH};
use super::catalog::Pattern;

const SITE: &str = "Patternscope";
/// Where the oEmbed answers are within the site.
const OEMBED: &str = "oembed";
/// The frame that oEmbed offers, in pixels.
const FRAME: (u32, u32) = (720, 440);
/// As strict as the page's own policy; there is less to allow.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    base-uri 'none'; form-action 'none'";

/// Writes `SLUG/index.html` and `oembed/SLUG.json` for each pattern.
pub fn write(folder: &Path, patterns: &[Pattern], address: &Address) -> Result<()> {
    std::fs::create_dir_all(folder.join(OEMBED))?;
    for pattern in patterns {
        let own = folder.join(&pattern.slug);
        std::fs::create_dir_all(&own)?;
        std::fs::write(own.join("index.html"), page(pattern, address))?;
        let answer = format!("{:#}\n", oembed(pattern, address));
        std::fs::write(folder.join(oembed_file(pattern)), answer)?;
    }
    Ok(())
}

fn page(pattern: &Pattern, address: &Address) -> String {
    let (slug, title, summary) = (
        &pattern.slug,
        escaped(&pattern.title),
        escaped(&pattern.summary),
    );
    let answer = address.of("../", &oembed_file(pattern));
    let previews: String = previews(pattern, address)
        .iter()
        .map(|(kind, name, value)| {
            format!(
                "    <meta {kind}=\"{name}\" content=\"{}\">\n",
                escaped(value)
            )
        })
        .collect();
    format!(
        r#"<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="{POLICY}">
    <title>{title} · {SITE}</title>
    <meta name="description" content="{summary}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
{previews}    <link rel="alternate" type="application/json+oembed" href="{answer}" title="{title} · {SITE}">
    <link rel="icon" type="image/svg+xml" href="../favicon.svg">
    <link rel="stylesheet" href="../stub.css">
    <script src="../stub.js" data-pattern="{slug}"></script>
  </head>
  <body>
    <main>
      <h1>{title}</h1>
      <p>{summary}</p>
      <p><a href="../?p={slug}">See it run</a></p>
      <noscript><p>The run itself needs JavaScript and WebAssembly.</p></noscript>
      <img src="../{card}" width="{WIDTH}" height="{HEIGHT}" alt="A moment of a run of {title}">
    </main>
  </body>
</html>
"#,
        card = card_file(pattern),
    )
}

/// Open Graph, and what else is read beside it: attribute, name, value.
fn previews(pattern: &Pattern, address: &Address) -> Vec<(&'static str, &'static str, String)> {
    let card = address.of("../", &card_file(pattern));
    let title = format!("{} · {SITE}", pattern.title);
    let mut all = vec![
        ("property", "og:type", "website".to_owned()),
        ("property", "og:site_name", SITE.to_owned()),
        ("property", "og:title", title.clone()),
        ("property", "og:description", pattern.summary.clone()),
        ("property", "og:image", card.clone()),
        ("property", "og:image:type", "image/png".to_owned()),
        ("property", "og:image:width", WIDTH.to_string()),
        ("property", "og:image:height", HEIGHT.to_string()),
        (
            "property",
            "og:image:alt",
            format!("A moment of a run of {}", pattern.title),
        ),
        ("name", "twitter:card", "summary_large_image".to_owned()),
        ("name", "twitter:title", title),
        ("name", "twitter:description", pattern.summary.clone()),
        ("name", "twitter:image", card),
    ];
    if address.is_known() {
        let own = address.of("", &format!("{}/", pattern.slug));
        all.push(("property", "og:url", own));
    }
    all
}

/// What an oEmbed consumer is answered: a frame.
fn oembed(pattern: &Pattern, address: &Address) -> Value {
    let title = format!("{} · {SITE}", pattern.title);
    let (width, height) = FRAME;
    let run = address.of("../", &format!("?embed=1&p={}", pattern.slug));
    json!({
        "version": "1.0",
        "type": "rich",
        "provider_name": SITE,
        "provider_url": address.of("../", ""),
        "title": title,
        "html": format!(
            "<iframe src=\"{}\" width=\"{width}\" height=\"{height}\" title=\"{}\" loading=\"lazy\" \
             allow=\"fullscreen; clipboard-write\" style=\"border:0;max-width:100%\"></iframe>",
            escaped(&run),
            escaped(&title),
        ),
        "width": width,
        "height": height,
        "thumbnail_url": address.of("../", &card_file(pattern)),
        "thumbnail_width": WIDTH,
        "thumbnail_height": HEIGHT,
    })
}

fn card_file(pattern: &Pattern) -> String {
    format!("{CARDS}/{}.png", pattern.slug)
}

fn oembed_file(pattern: &Pattern) -> String {
    format!("{OEMBED}/{}.json", pattern.slug)
}

/// A text within markup or an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Address {
        let words = ["--site-url", "https://host/scope"].map(str::to_owned);
        Address::from_arguments(&words).expect("it is whole")
    }

    fn pattern() -> Pattern {
        Pattern {
            slug: "pub-sub".to_owned(),
            title: "Pub-Sub".to_owned(),
            summary: "One \"message\" & <many> readers.".to_owned(),
        }
    }

    #[test]
    fn previews_are_whole_where_the_address_is_known() {
        let page = page(&pattern(), &known());
        for part in [
            "property=\"og:image\" content=\"https://host/scope/cards/pub-sub.png\"",
            "property=\"og:url\" content=\"https://host/scope/pub-sub/\"",
            "json+oembed\" href=\"https://host/scope/oembed/pub-sub.json\"",
            "name=\"twitter:card\" content=\"summary_large_image\"",
            "content=\"One &quot;message&quot; &amp; &lt;many&gt; readers.\"",
        ] {
            assert!(page.contains(part), "{part} in {page}");
        }
    }

    #[test]
    fn a_page_names_no_host_by_itself() {
        let page = page(&pattern(), &Address::default());
        assert!(!page.contains("://") && !page.contains("og:url"));
        assert!(page.contains("src=\"../stub.js\" data-pattern=\"pub-sub\""));
        assert!(page.contains("href=\"../?p=pub-sub\""));
        assert_eq!(page.matches("<script").count(), 1);
    }

    #[test]
    fn oembed_answers_with_a_frame() {
        let answer = oembed(&pattern(), &known());
        assert_eq!(answer["type"], "rich");
        let html = answer["html"].as_str().expect("it has");
        assert!(html.starts_with(
            "<iframe src=\"https://host/scope/?embed=1&amp;p=pub-sub\" width=\"720\""
        ));
    }
}
