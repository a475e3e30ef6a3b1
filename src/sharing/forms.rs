//! The texts that put a run elsewhere. Pure: from a link and options to text.

use crate::share::with_option;
use patternscope_engine::patterns::Pattern;

/// What a run is passed on as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An address.
    Link,
    /// A frame, in HTML.
    Frame,
    /// The element of embed.js, in HTML.
    Element,
    /// A picture that leads to the run, in Markdown.
    Markdown,
    /// A picture, a film, data, a page.
    File,
}

/// All of them with their names.
pub const FORMS: [(Form, &str); 5] = [
    (Form::Link, "Link"),
    (Form::Frame, "iframe"),
    (Form::Element, "Element"),
    (Form::Markdown, "Markdown"),
    (Form::File, "File"),
];

/// The rows of options with their words, the usual one first.
pub const CHOICES: [(&str, &[&str]); 6] = [
    ("Starts at", &["this moment", "the beginning"]),
    (
        "Size",
        &["640 × 360", "960 × 540", "1280 × 720", "480 × 270"],
    ),
    ("Theme", &["auto", "light", "dark"]),
    ("Controls", &["min", "full", "none"]),
    ("Plays", &["when asked", "by itself", "by itself, for ever"]),
    ("Ground", &["theme", "transparent"]),
];
/// Which row says where it starts; after its words come the beats of the story.
pub const START: usize = 0;
const SIZE: usize = 1;
const PLAYS: usize = 4;
/// The sizes, in pixels.
const SIZES: [(u32, u32); 4] = [(640, 360), (960, 540), (1280, 720), (480, 270)];
/// What a link says of a row, where its word is not the usual one.
const KEYS: [&str; CHOICES.len()] = ["", "", "theme", "controls", "", "background"];

/// The usual word of each row.
pub fn first_chosen() -> Vec<usize> {
    vec![0; CHOICES.len()]
}

impl Form {
    /// What the text is.
    pub const fn says(self) -> &'static str {
        match self {
            Self::Link => {
                "The whole run, as far as it has come: everybody who opens this sees the same."
            }
            Self::Frame => "A live run inside a page, without any script of ours.",
            Self::Element => {
                "The same with a script: it loads when it comes into view, and obeys the page around."
            }
            Self::Markdown => "A picture that leads to the live run.",
            Self::File => "A file of a stretch of this run.",
        }
    }

    /// Where it can be used.
    pub const fn works_where(self) -> &'static str {
        match self {
            Self::Link => {
                "Works everywhere. Medium and Notion make a card of it where the site was built with its address."
            }
            Self::Frame => {
                "For reveal.js, Slidev, blogs, mdBook, Docusaurus, Hugo, Jekyll and other pages that take HTML."
            }
            Self::Element => "For pages that may load scripts: reveal.js, blogs, documentation.",
            Self::Markdown => {
                "For GitHub and other places that take pictures and no frames. Before it can show, the site must be on the web."
            }
            Self::File => "",
        }
    }

    /// Whether a row of options concerns it.
    pub const fn takes(self, row: usize) -> bool {
        match self {
            Self::Link | Self::Markdown => row == START,
            Self::Frame | Self::Element => true,
            Self::File => false,
        }
    }
}

/// What the texts are made of.
pub struct Terms {
    /// The run as a whole link.
    pub link: String,
    /// Its pattern.
    pub pattern: &'static Pattern,
    /// Of each row of [`CHOICES`], which word.
    pub chosen: Vec<usize>,
}

impl Terms {
    /// Width and height of a frame.
    pub fn size(&self) -> (u32, u32) {
        SIZES[self.chosen[SIZE].min(SIZES.len() - 1)]
    }

    /// Options that are not as usual: keys and words of a link.
    fn options(&self) -> Vec<(&'static str, &'static str)> {
        let named = KEYS.iter().zip(&self.chosen).zip(CHOICES);
        let mut options: Vec<_> = named
            .filter(|((key, chosen), _)| !key.is_empty() && **chosen > 0)
            .map(|((key, chosen), (_, words))| (*key, words[*chosen]))
            .collect();
        for key in &["autoplay", "loop"][..self.chosen[PLAYS]] {
            options.push((*key, "1"));
        }
        options
    }

    /// The address of a frame.
    pub fn address(&self) -> String {
        let mut more = "&embed=1".to_owned();
        for (key, word) in self.options() {
            more.extend(["&", key, "=", word]);
        }
        with_option(&self.link, &more)
    }

    /// The text of a form.
    pub fn text(&self, form: Form) -> String {
        let (width, height) = self.size();
        let title = self.pattern.title;
        let (base, query) = self.link.split_at(self.link.find('?').unwrap_or(0));
        let mut text = String::new();
        match form {
            Form::Link | Form::File => text.push_str(&self.link),
            Form::Frame => {
                text.push_str("<iframe src=\"");
                write_escaped(&mut text, &self.address());
                text.extend(["\" title=\"", title, ", live\" width=\""]);
                text.extend([&*width.to_string(), "\" height=\"", &height.to_string()]);
                text.push_str(
                    "\" style=\"border:0\" loading=\"lazy\" allow=\"fullscreen\"></iframe>",
                );
            }
            Form::Element => {
                text.push_str("<script src=\"");
                write_escaped(&mut text, base);
                text.push_str("embed.js\" async></script>\n<pattern-scope link=\"");
                write_escaped(&mut text, query);
                for (key, word) in self.options() {
                    text.extend(["\" ", key, "=\"", word]);
                }
                text.extend(["\" height=\"", &height.to_string(), "\"></pattern-scope>"]);
            }
            Form::Markdown => {
                let slug = self.pattern.slug;
                text.extend(["[![", title, ", live](", base, "cards/", slug, ".png)]("]);
                text.extend([&*self.link, ")"]);
            }
        }
        text
    }
}

/// Writes what stands in an attribute of HTML.
fn write_escaped(text: &mut String, value: &str) {
    for letter in value.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '"' => text.push_str("&quot;"),
            '<' => text.push_str("&lt;"),
            letter => text.push(letter),
        }
    }
}
