//! The fixed parts of a card's rows, and what is said of them in words.

use super::badge::{NodeBadge, tone_class};
use leptos::prelude::*;
use patternscope_engine::scene::{Card, ROW_PX, RowKind, RowPlace, text_width};

/// All rows of a card that have room.
pub fn rows(card: &Card, badge: Memo<NodeBadge>) -> AnyView {
    card.rows
        .iter()
        .enumerate()
        .filter_map(|(index, place)| Some(row(place.as_ref()?, index, badge)))
        .collect_view()
        .into_any()
}

fn row(place: &RowPlace, index: usize, badge: Memo<NodeBadge>) -> AnyView {
    let said = Memo::new(move |_| badge.with(|b| b.rows.get(index).cloned().unwrap_or_default()));
    let (start, end) = (place.start, place.end);
    let label = place.label.clone();
    let is_line = place.kind == RowKind::Line;
    // What does not fit beside the label is cut short, never drawn over it.
    let taken = match place.kind {
        RowKind::Gauge | RowKind::Grid => text_width(label.chars().count(), ROW_PX) + 8.0,
        RowKind::Cells | RowKind::Line => 0.0,
    };
    let letters = ((end.x - start.x - taken) / text_width(1, ROW_PX)).max(0.0) as usize;
    let text = move || said.with(|(text, _)| crate::format::shorten(text, letters));
    let class = move || said.with(|(_, tone)| format!("said {}", tone_class(*tone)));
    let (x, anchor) = if is_line {
        (start.x, "start")
    } else {
        (end.x, "end")
    };
    let track = (place.kind == RowKind::Gauge).then(|| {
        let bar = place.bar;
        view! { <rect class="track" x=bar.x y=bar.y width=bar.w height=bar.h rx="2"/> }
    });
    let before = (!label.is_empty())
        .then(|| view! { <text class="small" x=start.x y=start.y>{label}</text> });
    view! {
        {before}
        {track}
        <text class=class x=x y=end.y text-anchor=anchor>{text}</text>
    }
    .into_any()
}
