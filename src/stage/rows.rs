//! The fixed parts of a card's rows, and what is said of them in words.

use super::badge::{NodeBadge, tone_class};
use crate::dom::{Element, svg};
use crate::signals::Memo;
use patternscope_engine::scene::{Card, ROW_PX, RowKind, RowPlace, text_width};

/// All rows of a card that have room.
pub fn rows(card: &Card, badge: Memo<NodeBadge>) -> Vec<Element> {
    let placed = card.rows.iter().enumerate();
    placed
        .filter_map(|(index, place)| Some((index, place.as_ref()?)))
        .flat_map(|(index, place)| row(place, index, badge))
        .collect()
}

fn row(place: &RowPlace, index: usize, badge: Memo<NodeBadge>) -> Vec<Element> {
    let seen = Memo::new(move || badge.with(|b| b.rows.get(index).cloned().unwrap_or_default()));
    let (start, end) = (place.start, place.end);
    // What does not fit beside the label or the cells is cut short, never drawn over them.
    let label = match place.kind {
        RowKind::Gauge | RowKind::Grid => text_width(place.label.chars().count(), ROW_PX) + 8.0,
        RowKind::Cells | RowKind::Line => 0.0,
    };
    let cells: Vec<f32> = match place.kind {
        RowKind::Cells => place
            .cells
            .iter()
            .map(|cell| cell.x - start.x + 12.0)
            .collect(),
        _ => Vec::new(),
    };
    let letters = move |shown: usize| {
        let taken = cells
            .get(..shown.min(cells.len()))
            .and_then(|cells| cells.last());
        let room = end.x - start.x - taken.copied().unwrap_or(label);
        (room / text_width(1, ROW_PX)).max(0.0) as usize
    };
    let (x, anchor) = match place.kind {
        RowKind::Line => (start.x, "start"),
        _ => (end.x, "end"),
    };
    let mut parts = Vec::new();
    if !place.label.is_empty() {
        parts.push(text("small", start.x, start.y).text(&place.label));
    }
    if place.kind == RowKind::Gauge {
        let bar = place.bar;
        parts.push(bar_of("track", bar.x, bar.y, bar.w));
    }
    let value = text("", x, end.y)
        .with("text-anchor", anchor)
        .live("class", move || {
            seen.with(|row| format!("said {}", tone_class(row.tone)))
        })
        .live_text(move || seen.with(|row| crate::format::shorten(&row.said, letters(row.cells))));
    parts.push(value);
    parts
}

/// A text at a place.
pub fn text(class: &str, x: f32, y: f32) -> Element {
    svg("text").class(class).number("x", x).number("y", y)
}

/// A thin bar at a place.
pub fn bar_of(class: &str, x: f32, y: f32, width: f32) -> Element {
    svg("rect")
        .class(class)
        .number("x", x)
        .number("y", y)
        .number("width", width)
        .with("height", "4")
        .with("rx", "2")
}
