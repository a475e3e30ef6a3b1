//! Elements of a picture as data. Whoever shows them, the page or a file,
//! decides nothing about them.

use crate::scene::glyph;
use crate::scene::{Area, Spot};

/// The class of what is there but does not show.
pub const OFF: &str = "off";

/// An SVG element with what is in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mark {
    /// Such as `path`.
    pub tag: &'static str,
    /// In the order of writing.
    pub attributes: Vec<(&'static str, String)>,
    /// What it says.
    pub text: String,
    /// What it is made of.
    pub children: Vec<Self>,
}

impl Mark {
    /// One of a class, which may be empty.
    pub fn new(tag: &'static str, class: impl Into<String>) -> Self {
        let mark = Self {
            tag,
            ..Self::default()
        };
        mark.with("class", class)
    }

    /// Several as one.
    pub fn group(class: impl Into<String>, children: Vec<Self>) -> Self {
        Self {
            children,
            ..Self::new("g", class)
        }
    }

    /// An outline.
    pub fn path(class: impl Into<String>, path: impl Into<String>) -> Self {
        Self::new("path", class).with("d", path)
    }

    /// A rectangle with round corners.
    pub fn rect(class: impl Into<String>, area: Area, radius: f32) -> Self {
        Self::new("rect", class)
            .number("x", area.x)
            .number("y", area.y)
            .number("width", area.w)
            .number("height", area.h)
            .number("rx", radius)
    }

    /// A text that begins at a place, on its base line.
    pub fn words(class: impl Into<String>, at: Spot, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::new("text", class).number("x", at.x).number("y", at.y)
        }
    }

    /// With a further attribute.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// With a number, to a tenth.
    pub fn number(self, name: &'static str, value: f32) -> Self {
        let mut text = String::new();
        glyph::write_number(&mut text, value);
        self.with(name, text)
    }

    /// A text around or before its place: `middle` or `end`.
    pub fn anchored(self, anchor: &'static str) -> Self {
        self.with("text-anchor", anchor)
    }

    /// Moved to a place.
    pub fn at(self, spot: Spot) -> Self {
        self.with("transform", moved_to(spot))
    }

    /// Whether anything of it can be seen.
    pub fn shows(&self) -> bool {
        let is_off = |(name, value): &(&str, String)| *name == "class" && value == OFF;
        let is_empty = match self.tag {
            "g" => !self.children.iter().any(Self::shows),
            "text" => self.text.is_empty(),
            "path" => self.attributes.contains(&("d", String::new())),
            "rect" => self.attributes.contains(&("width", "0".to_owned())),
            _ => false,
        };
        !is_empty && !self.attributes.iter().any(is_off)
    }
}

/// A transform to a place.
pub fn moved_to(spot: Spot) -> String {
    let mut text = "translate(".to_owned();
    glyph::write_number(&mut text, spot.x);
    text.push(' ');
    glyph::write_number(&mut text, spot.y);
    text.push(')');
    text
}
