//! A slider over the pattern's log: the state as of any of its events. Looking
//! back changes nothing in the run.

use crate::dom::{Element, html, value_of};
use crate::player::Player;
use patternscope_engine::History;

/// The state as of an event, line by line, and how long the log is.
fn as_of(history: &History, place: u64) -> Option<(u64, Vec<String>)> {
    let mut lines = Vec::new();
    let model = history.simulation().model();
    let length = model.look_back(place, &mut lines)?;
    Some((length, lines))
}

/// Whether the pattern has a log to look back over.
pub fn has_log(player: Player) -> bool {
    player.read(|history| as_of(history, 0).is_some())
}

/// The slider, and below it what was so.
pub fn look_back(player: Player) -> Element {
    let length = player.watch(|history| as_of(history, 0).map_or(0, |(length, _)| length));
    // Without a place of its own the slider stands at the end.
    let last = move || length.get().saturating_sub(1);
    let place = move || player.looks_back_to.get().unwrap_or(u64::MAX).min(last());
    let lines = player.watch(move |history| {
        let place = place();
        as_of(history, place).map_or_else(Vec::new, |(_, lines)| lines)
    });
    let words = move || format!("State as of event {} of {}", place(), length.get());
    let slide = html("input")
        .with("type", "range")
        .with("min", "0")
        .with("step", "1")
        .with("aria-label", "Event")
        .live("max", move || last().to_string())
        .property("value", move || place() as f64)
        .style("--share", move || {
            format!("{}%", 100 * place() / last().max(1))
        })
        .live("aria-valuetext", words)
        .on("input", move |event| {
            let to = value_of(&event).parse().unwrap_or(u64::MAX);
            player.looks_back_to.set((to < last()).then_some(to));
            player.repaint();
        });
    let list = move || {
        let lines = lines.get();
        lines.iter().map(|line| html("li").text(line)).collect()
    };
    html("article.words look-back")
        .child(html("h2").live_text(words))
        .child(slide)
        .child(html("ul").each(list))
        .child(html("p.hint").text(
            "Drag along the log. The state is a fold of its events, so every moment of it is still there.",
        ))
}
