//! The gallery: one card a pattern, from the catalog.

use crate::app::{Route, link_to, notices};
use crate::dom::{Element, html, key_of, listen, watch_sight};
use crate::page::{header, theme_switch};
use crate::share;
use crate::signals::State;
use crate::stage::preview;
use crate::theme::{is_touched, motion_is_unwelcome};
use leptos::prelude::*;
use patternscope_engine::patterns::{CATALOG, Pattern};
use wasm_bindgen::JsCast;

/// All patterns.
pub fn gallery(unread: Vec<String>) -> Element {
    let route = Route::current();
    listen(&window(), "keydown", move |event| {
        let chord = event
            .dyn_ref::<web_sys::KeyboardEvent>()
            .is_some_and(|key| key.ctrl_key() || key.meta_key() || key.alt_key());
        let number: usize = key_of(&event).parse().unwrap_or(0);
        let pattern = number.checked_sub(1).and_then(|i| CATALOG.get(i));
        if let Some(pattern) = pattern.filter(|_| !chord) {
            route.visit(&share::query_to(pattern.slug));
        }
    });
    let cards = CATALOG.iter().enumerate();
    let lead = "Every dot is a real message. Turn the load up, break things, rewind, see why; \
        then send the link of that very moment.";
    html("div.gallery-page")
        .child(header(None, vec![theme_switch()]))
        .child(notices(unread))
        .child(
            html("main.gallery")
                .child(html("h1").text("Architecture patterns, running live"))
                .child(html("p.lead").text(lead))
                .child(
                    html("ul.cards")
                        .children(cards.map(|(index, pattern)| card(pattern, index + 1))),
                ),
        )
}

fn card(pattern: &'static Pattern, number: usize) -> Element {
    let moving = State::new(false);
    let tile = link_to(&share::query_to(pattern.slug), "tile")
        .child(preview(pattern, moving))
        .child(
            html("span.tile-title")
                .child(html("kbd").text(&number.to_string()))
                .text(pattern.title),
        )
        .child(html("span.tile-summary").text(pattern.summary));
    let item = html("li");
    if is_touched() && !motion_is_unwelcome() {
        watch_sight(item.raw(), move |is_seen| moving.set(is_seen));
    }
    item.on("mouseenter", move |_| moving.set(true))
        .on("mouseleave", move |_| moving.set(false))
        .on("focusin", move |_| moving.set(true))
        .on("focusout", move |_| moving.set(false))
        .child(tile)
}
