//! Colours and looks of pictures in files: the page's own, from `style/`.

use std::fmt::Write;

const TOKENS: &str = include_str!("../../style/tokens.css");
const SHEETS: [&str; 4] = [
    include_str!("../../style/stage.css"),
    include_str!("../../style/ring.css"),
    include_str!("../../style/workflow.css"),
    include_str!("../../style/event_time.css"),
];
/// The letters of pictures, as in the page; the last is the one that pixels
/// are made with.
pub const LETTERS: &str = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif";

/// Rules for what is only in the page, or only while somebody acts on it.
const ONLY_IN_PAGE: [&str; 10] = [
    ":",
    "[",
    "@",
    ".stage",
    ".preview",
    ".times",
    ".following",
    ".hit",
    ".dense",
    ".rich",
];
/// The same for properties. Files say `transform` by attributes.
const PROPERTIES_OF_PAGE: [&str; 5] = [
    "transform",
    "pointer-events",
    "cursor",
    "outline",
    "shape-rendering",
];

/// How a picture looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As who looks at it prefers.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// By its word; none if it is no theme.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "auto" => Some(Self::Auto),
            "light" => Some(Self::Light),
            "dark" => Some(Self::Dark),
            _ => None,
        }
    }
}

/// A colour by name: light and dark.
struct Token {
    name: &'static str,
    light: &'static str,
    dark: &'static str,
}

fn tokens() -> impl Iterator<Item = Token> {
    TOKENS.lines().filter_map(|line| {
        let (name, value) = line
            .trim()
            .strip_prefix("--")?
            .split_once(": light-dark(")?;
        let (light, dark) = value.strip_suffix(");")?.split_once(", ")?;
        Some(Token { name, light, dark })
    })
}

/// Every colour of a theme, as `#rrggbb`; those of light if the theme is open.
pub fn colours(theme: Theme) -> Vec<&'static str> {
    tokens()
        .map(|token| match theme {
            Theme::Dark => token.dark,
            Theme::Light | Theme::Auto => token.light,
        })
        .collect()
}

/// The style sheet of a picture in a file.
pub fn sheet(theme: Theme) -> String {
    let mut sheet = String::new();
    if theme == Theme::Auto {
        let all = |pick: fn(&Token) -> &'static str| {
            tokens().fold(String::new(), |mut all, token| {
                let _ = write!(all, "--{}:{};", token.name, pick(&token));
                all
            })
        };
        let (light, dark) = (all(|token| token.light), all(|token| token.dark));
        let _ = write!(
            sheet,
            ":root{{{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}"
        );
    }
    sheet.push_str(".paper{fill:var(--paper)}.grid{fill:var(--grid)}");
    for rules in SHEETS {
        write_rules(&mut sheet, rules);
    }
    match theme {
        Theme::Auto => sheet,
        _ => with_colours(&sheet, theme),
    }
}

/// Writes the rules that concern pictures, as short as can be.
fn write_rules(sheet: &mut String, rules: &str) {
    let mut rest = without_comments(rules);
    while let Some((before, after)) = rest.split_once('{') {
        let end = match before.contains('@') {
            true => end_of_block(after),
            false => after.find('}').unwrap_or(after.len()),
        };
        let kept = |selector: &&str| !ONLY_IN_PAGE.iter().any(|part| selector.contains(part));
        let selectors: Vec<&str> = before.split(',').map(str::trim).filter(kept).collect();
        let declarations: Vec<String> = after[..end]
            .split(';')
            .filter_map(|declaration| declaration.split_once(':'))
            .map(|(name, value)| (name.trim(), value.trim()))
            .filter(|(name, _)| !PROPERTIES_OF_PAGE.contains(name))
            .map(|(name, value)| format!("{name}:{value}"))
            .collect();
        if !selectors.is_empty() && !declarations.is_empty() {
            let _ = write!(
                sheet,
                "{}{{{}}}",
                selectors.join(","),
                declarations.join(";")
            );
        }
        rest = after.get(end + 1..).unwrap_or_default().to_owned();
    }
}

fn without_comments(rules: &str) -> String {
    let mut pieces = rules.split("/*");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |kept, piece| {
        kept + piece.split_once("*/").map_or("", |(_, after)| after)
    })
}

/// Where a block ends whose opening brace is just before.
fn end_of_block(text: &str) -> usize {
    let mut depth = 1;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

fn with_colours(sheet: &str, theme: Theme) -> String {
    let mut sheet = sheet.to_owned();
    for (token, colour) in tokens().zip(colours(theme)) {
        sheet = sheet.replace(&format!("var(--{})", token.name), colour);
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_of_the_page_is_known() {
        let named = TOKENS.matches("light-dark(#").count();
        assert_eq!(tokens().count(), named);
        assert!(tokens().any(|token| token.name == "paper"));
    }

    #[test]
    fn a_theme_leaves_no_variable_open() {
        for theme in [Theme::Light, Theme::Dark] {
            let sheet = sheet(theme);
            assert!(!sheet.contains("var("), "{sheet}");
            assert!(sheet.contains(".card{fill:#"));
            assert!(sheet.contains(".step.stuck rect{stroke:#"));
        }
        assert_ne!(sheet(Theme::Light), sheet(Theme::Dark));
    }

    #[test]
    fn an_open_theme_has_both() {
        let sheet = sheet(Theme::Auto);
        assert!(sheet.contains("prefers-color-scheme:dark"));
        assert!(sheet.contains("fill:var(--panel)"));
    }

    #[test]
    fn nothing_of_the_page_alone_is_kept() {
        let sheet = sheet(Theme::Light);
        for part in [
            ":hover",
            ".stage",
            "forced-colors",
            "pointer-events",
            "Canvas",
        ] {
            assert!(!sheet.contains(part), "{part}");
        }
    }
}
