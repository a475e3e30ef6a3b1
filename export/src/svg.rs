//! Marks as the text of an SVG file.

use crate::film::Shot;
use crate::theme::{LETTERS, sheet};
use patternscope_engine::drawing::Mark;
use std::fmt::Write;

/// Writes a mark, unless nothing of it shows.
pub fn write_mark(text: &mut String, mark: &Mark) {
    if !mark.shows() {
        return;
    }
    open(text, mark);
    if mark.text.is_empty() && mark.children.is_empty() {
        text.truncate(text.len() - 1);
        text.push_str("/>");
        return;
    }
    write_text(text, &mark.text);
    for child in &mark.children {
        write_mark(text, child);
    }
    close(text, mark);
}

/// Writes a mark's beginning.
pub fn open(text: &mut String, mark: &Mark) {
    let _ = write!(text, "<{}", mark.tag);
    for (name, value) in &mark.attributes {
        if !value.is_empty() {
            let _ = write!(text, " {name}=\"");
            write_text(text, value);
            text.push('"');
        }
    }
    text.push('>');
}

/// Writes a mark's end.
pub fn close(text: &mut String, mark: &Mark) {
    let _ = write!(text, "</{}>", mark.tag);
}

/// Writes a text so that it cannot be markup.
pub fn write_text(text: &mut String, words: &str) {
    for letter in words.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            // XML has no form for these.
            c if c.is_control() => text.push(' '),
            c => text.push(c),
        }
    }
}

/// A whole file around a picture of a shot, with styles of its own: no script,
/// no font, nothing from elsewhere.
pub fn document(shot: &Shot, style: &str, body: &str) -> String {
    let Shot { width, height, .. } = shot;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\" font-family=\"{LETTERS}\"><title>"
    );
    write_text(&mut text, &shot.title());
    text.push_str("</title><desc>");
    write_text(&mut text, &shot.about());
    let _ = write!(text, "</desc><style>{}{}</style>", sheet(shot.theme), style);
    text.push_str(
        "<defs><pattern id=\"grid\" width=\"20\" height=\"20\" patternUnits=\"userSpaceOnUse\">\
         <circle class=\"grid\" cx=\"10\" cy=\"10\" r=\"1.1\"/></pattern></defs>\
         <rect class=\"paper\" width=\"100%\" height=\"100%\"/>\
         <rect width=\"100%\" height=\"100%\" fill=\"url(#grid)\"/>",
    );
    text.push_str(body);
    text.push_str("</svg>\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_show_is_left_out() {
        let marks = Mark::group(
            "node",
            vec![
                Mark::path("cells", ""),
                Mark::words("name", Default::default(), "a<b>&\"c\""),
                Mark::group("off", vec![Mark::path("", "M0 0")]),
            ],
        );
        let mut text = String::new();
        write_mark(&mut text, &marks);
        assert_eq!(
            text,
            "<g class=\"node\"><text class=\"name\" x=\"0\" y=\"0\">a&lt;b&gt;&amp;&quot;c&quot;</text></g>"
        );
    }
}
