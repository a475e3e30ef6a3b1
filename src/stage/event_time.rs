//! The picture of both times in the page: below the nodes where the stage has
//! room, else a panel of its own. An element can be picked, by pointer or by
//! arrow keys; picking one follows it, as anywhere in the stage.

use super::marks::marks;
use super::{spot_of, view_of};
use crate::dom::{Element, key_of, svg};
use crate::player::{Command, Player};
use patternscope_engine::drawing::Mark;
use patternscope_engine::drawing::event_time::plot;
use patternscope_engine::drawing::mark::OFF;
use patternscope_engine::scene::Area;
use patternscope_engine::scene::event_time::TimePlot;
use std::rc::Rc;

/// The picture of a panel, which is as wide as its place.
const PANEL: Area = Area {
    x: 0.0,
    y: 0.0,
    w: 340.0,
    h: 340.0,
};

/// Whether the pattern knows event time.
pub fn has_event_time(player: Player) -> bool {
    player.read(|history| history.simulation().topology().event_time)
}

/// The plot by itself.
pub fn event_time(player: Player) -> Element {
    let root = svg("svg").with("viewBox", "0 0 340 340").class("times");
    let whole = root.raw().clone();
    root.child(event_time_plot(
        player,
        move || Some(PANEL),
        whole,
        move || PANEL.w,
    ))
}

/// The plot within a picture of this width, whose element is `root`; none
/// where `area` is none.
pub fn event_time_plot(
    player: Player,
    area: impl Fn() -> Option<Area> + Copy + 'static,
    root: web_sys::Element,
    width: impl Fn() -> f32 + 'static,
) -> Element {
    let now = player.watch(|history| history.now());
    let picture = marks(move || {
        let (_, picked) = (now.get(), player.selected.get());
        let drawn = area().map(|area| player.read(|history| plot(&view_of(history), area, picked)));
        drawn.unwrap_or_else(|| Mark::group(OFF, Vec::new()))
    });
    let select = Rc::new(move |found| player.dispatch(Command::Select(found)));
    let by_key = select.clone();
    let button = svg("rect.hit-field")
        .with("tabindex", "0")
        .with("role", "application")
        .with(
            "aria-label",
            "Event time across, processing time upwards. Arrow keys pick elements.",
        )
        .live("x", move || edge_of(area(), |it| it.x))
        .live("y", move || edge_of(area(), |it| it.y))
        .live("width", move || edge_of(area(), |it| it.w))
        .live("height", move || edge_of(area(), |it| it.h))
        .on("click", move |event| {
            event.stop_propagation();
            let (Some(area), Some(spot)) = (area(), spot_of(&event, &root, width())) else {
                return;
            };
            select(player.read(|history| {
                let view = view_of(history);
                let near = TimePlot::new(&view, area).nearest(&view, spot);
                near.map(|it| it.flow)
            }));
        })
        .on("keydown", move |event| {
            let step = match key_of(&event).as_str() {
                "ArrowLeft" | "ArrowDown" => -1,
                "ArrowRight" | "ArrowUp" => 1,
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            let from = player.selected.get_untracked();
            by_key(player.read(|history| {
                let all = view_of(history).happenings;
                let last = all.len().checked_sub(1)?;
                let place = all.iter().position(|it| Some(it.flow) == from);
                let place = place.map_or(last, |it| it.saturating_add_signed(step).min(last));
                Some(all[place].flow)
            }));
        });
    svg("g").child(picture).child(button)
}

fn edge_of(area: Option<Area>, read: fn(&Area) -> f32) -> String {
    let mut text = String::new();
    let value = area.as_ref().map_or(0.0, read);
    patternscope_engine::scene::glyph::write_number(&mut text, value);
    text
}
