//! Links: the only part that touches the address, the list of visited pages
//! and the clipboard.

use leptos::prelude::*;
use patternscope_engine::Instant;
use patternscope_engine::scenario::{ParsedLink, Scenario, format_link, parse_link};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;

/// Reads the address of the page.
pub fn read() -> ParsedLink {
    let location = window().location();
    let part = |text: Result<String, JsValue>| text.unwrap_or_default();
    parse_link(&part(location.search()), &part(location.hash()))
}

/// Keys that a link keeps because they concern how it is shown.
const KEPT: &[&str] = &["embed", "theme", "controls"];

fn query_of(scenario: &Scenario, at: Option<Instant>, speed: Option<f64>, story: bool) -> String {
    let (mut query, fragment) = format_link(scenario, at, speed);
    if story {
        query.push_str("&story=1");
    }
    let here = read();
    for key in KEPT {
        if let Some(value) = here.option(key).filter(|value| value.len() < 16) {
            query.extend(["&", key, "=", value]);
        }
    }
    if fragment.is_empty() {
        format!("?{query}")
    } else {
        format!("?{query}#{fragment}")
    }
}

/// The whole link of a moment.
pub fn link(scenario: &Scenario, at: Instant, speed: f64, story: bool) -> String {
    let location = window().location();
    let base = location.origin().unwrap_or_default() + &location.pathname().unwrap_or_default();
    base + &query_of(scenario, Some(at), Some(speed), story)
}

/// Larger data is packed only when somebody asks for the link.
const ROWS_SHOWN: usize = 2_000;

/// Shows a scenario in the address without a visit of its own. Frames without
/// an origin may not; nothing is lost then.
pub fn show(scenario: &Scenario, story: bool) {
    let rows = scenario
        .input
        .as_ref()
        .map_or(0, |input| input.rows().len());
    if rows > ROWS_SHOWN {
        return;
    }
    let query = query_of(scenario, None, None, story);
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&query));
    }
}

/// Goes to another view of the page, given by its query.
pub fn visit(query: &str) {
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(query));
    }
}

/// The address as it stands, for a report of a failure.
pub fn here() -> String {
    window().location().href().unwrap_or_default()
}

/// Loads the page again.
pub fn reload() {
    let _ = window().location().reload();
}

/// Copies a text; tells `done` whether that was allowed.
pub fn copy(text: &str, done: impl Fn(bool) + 'static) {
    let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into());
    if !clipboard.is_ok_and(|clipboard| clipboard.is_object()) {
        return done(false);
    }
    let done = Rc::new(done);
    let refused = done.clone();
    let on_done = Closure::once(move |_: JsValue| done(true));
    let on_refused = Closure::once(move |_: JsValue| refused(false));
    let promise = window().navigator().clipboard().write_text(text);
    let _ = promise.then2(&on_done, &on_refused);
    // The browser calls one of them, later.
    on_done.forget();
    on_refused.forget();
}

/// The query of a pattern at its defaults.
pub fn query_to(slug: &str) -> String {
    format!("?p={slug}")
}
