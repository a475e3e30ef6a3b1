//! The fixed parts of a card's rows, and what is said of them in words.

use super::badge::{NodeBadge, RowBadge, tone_class};
use super::mark::Mark;
use crate::format;
use crate::scene::{Area, Card, ROW_PX, RowKind, RowPlace, Spot, text_width};

/// How high a gauge is.
const BAR_HEIGHT: f32 = 4.0;

/// All rows of a card that have room.
pub fn rows(card: &Card, badge: &NodeBadge) -> Vec<Mark> {
    let quiet = RowBadge::default();
    let placed = card.rows.iter().enumerate();
    placed
        .filter_map(|(index, place)| Some((index, place.as_ref()?)))
        .flat_map(|(index, place)| row(place, badge.rows.get(index).unwrap_or(&quiet)))
        .collect()
}

fn row(place: &RowPlace, seen: &RowBadge) -> Vec<Mark> {
    let (start, end) = (place.start, place.end);
    let mut parts = Vec::new();
    if !place.label.is_empty() {
        parts.push(Mark::words("small", start, &*place.label));
    }
    if place.kind == RowKind::Gauge {
        parts.push(bar("track", place.bar.x, place.bar.y, place.bar.w));
    }
    let (x, anchor) = match place.kind {
        RowKind::Line => (start.x, "start"),
        _ => (end.x, "end"),
    };
    let said = format::shorten(&seen.said, letters(place, seen.cells));
    let class = match tone_class(seen.tone) {
        "" => "said".to_owned(),
        tone => format!("said {tone}"),
    };
    parts.push(Mark::words(class, Spot { x, y: end.y }, said).anchored(anchor));
    parts
}

/// How many letters have room beside the label or the cells that show: the
/// rest is cut short, never drawn over them.
fn letters(place: &RowPlace, cells: usize) -> usize {
    let (start, end) = (place.start, place.end);
    let taken = match place.kind {
        RowKind::Gauge | RowKind::Grid => text_width(place.label.chars().count(), ROW_PX) + 8.0,
        RowKind::Line => 0.0,
        RowKind::Cells => place
            .cells
            .get(..cells.min(place.cells.len()))
            .and_then(|cells| cells.last())
            .map_or(0.0, |cell| cell.x - start.x + 12.0),
    };
    ((end.x - start.x - taken) / text_width(1, ROW_PX)).max(0.0) as usize
}

/// A thin bar at a place.
pub fn bar(class: &'static str, x: f32, y: f32, width: f32) -> Mark {
    let area = Area {
        x,
        y,
        w: width,
        h: BAR_HEIGHT,
    };
    Mark::rect(class, area, BAR_HEIGHT / 2.0)
}
