//! The gallery: one card a pattern, from the catalog.

use crate::app::{Notices, To};
use crate::page::{Header, ThemeSwitch};
use crate::share;
use crate::stage::Preview;
use leptos::prelude::*;
use patternscope_engine::patterns::{CATALOG, Pattern};

/// All patterns.
#[component]
pub fn Gallery(notices: Vec<String>) -> impl IntoView {
    let route = expect_context::<crate::app::Route>();
    let on_key = window_event_listener(leptos::ev::keydown, move |event| {
        let number: usize = event.key().parse().unwrap_or(0);
        let plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
        if let Some(pattern) = number
            .checked_sub(1)
            .and_then(|i| CATALOG.get(i))
            .filter(|_| plain)
        {
            route.visit(&share::query_to(pattern.slug));
        }
    });
    on_cleanup(move || on_key.remove());
    let cards = CATALOG
        .iter()
        .enumerate()
        .map(|(index, pattern)| view! { <PatternCard pattern=*pattern number=index + 1/> })
        .collect_view();
    view! {
        <div class="gallery-page">
            <Header current=None><ThemeSwitch/></Header>
            <Notices notices=notices/>
            <main class="gallery">
                <h1>"Architecture patterns, running live"</h1>
                <p class="lead">
                    "Every dot is a real message. Turn the load up, break things, rewind, see why; "
                    "then send the link of that very moment."
                </p>
                <ul class="cards">{cards}</ul>
            </main>
        </div>
    }
}

#[component]
fn PatternCard(pattern: &'static Pattern, number: usize) -> impl IntoView {
    let moving = RwSignal::new(false);
    view! {
        <li
            on:mouseenter=move |_| moving.set(true) on:mouseleave=move |_| moving.set(false)
            on:focusin=move |_| moving.set(true) on:focusout=move |_| moving.set(false)
        >
            <To query=share::query_to(pattern.slug) class="tile">
                <Preview pattern=pattern moving=moving/>
                <span class="tile-title"><kbd>{number}</kbd>{pattern.title}</span>
                <span class="tile-summary">{pattern.summary}</span>
            </To>
        </li>
    }
}
