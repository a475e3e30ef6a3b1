//! What the shapes mean.

use crate::dom::{Element, html, svg};
use patternscope_engine::kernel::Role;
use patternscope_engine::scene::glyph;

/// Every shape with its word, and every outline.
pub fn legend() -> Element {
    let entry = |class: &str, shape: &str, words: &str| {
        let glyph = svg("g")
            .class(class)
            .child(svg("circle.halo").with("r", "9.5"))
            .child(svg("path.shape").with("d", shape));
        let picture = svg("svg.messages rich")
            .with("viewBox", "-12 -12 24 24")
            .with("width", "24")
            .with("height", "24")
            .with("aria-hidden", "true")
            .child(glyph);
        html("li").child(picture).text(words)
    };
    let of_role = |role: &Role| {
        let class = format!("glyph {}", role.name());
        entry(&class, glyph::rich(*role), role.name())
    };
    let request = glyph::rich(Role::Request);
    let outlines = [
        ("glyph request retry", request, "dashed outline: a retry"),
        ("glyph request hedge", request, "solid outline: a hedge"),
        (
            "glyph request duplicate",
            request,
            "dotted outline: a copy by the network",
        ),
        (
            "glyph request orphan",
            request,
            "hollow and grey: nobody waits for it any more",
        ),
        ("glyph error fell", glyph::CROSS, "falling: lost"),
    ];
    html("ul.legend")
        .children(Role::ALL.iter().map(of_role))
        .children(outlines.map(|(class, shape, words)| entry(class, shape, words)))
}
