//! Links: the only part that touches the address, the list of visited pages
//! and the clipboard.

use js_sys::{Array, Promise};
use leptos::prelude::*;
use patternscope_engine::Instant;
use patternscope_engine::scenario::{
    Attached, ParsedLink, Scenario, most_bytes, pairs, read_link, write_link,
};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen(module = "/src/packing.js")]
extern "C" {
    /// Texts to packed texts.
    fn pack(texts: Array) -> Promise;
    /// Packed texts, and the most bytes of each, to texts or errors.
    fn unpack(packed: Array, most: Array) -> Promise;
}

/// Calls `done` with what a promise of [`pack`] or [`unpack`] brings; nothing
/// comes of it where the browser cannot pack.
fn later(promise: &Promise, done: Box<dyn FnOnce(Array)>) {
    let on_done = Closure::once(move |texts: JsValue| done(texts.unchecked_into()));
    let _ = promise.then(&on_done);
    // The browser calls it, later.
    on_done.forget();
}

fn part(text: Result<String, JsValue>) -> String {
    text.unwrap_or_default()
}

/// Reads the address of the page: at once where nothing in it is packed.
pub fn read(done: impl FnOnce(ParsedLink) + 'static) {
    let location = window().location();
    // A page that is one file brings the link of what it shows.
    let own = document().query_selector("meta[name=patternscope-link]");
    if let Ok(Some(own)) = own
        && part(location.search()).is_empty()
    {
        let link = own.get_attribute("content").unwrap_or_default();
        return read_text(&link, done);
    }
    read_parts(
        part(location.search()),
        &part(location.hash()),
        Box::new(done),
    );
}

/// Reads a link that somebody hands over, whole or from its `?` on.
pub fn read_text(link: &str, done: impl FnOnce(ParsedLink) + 'static) {
    let (rest, hash) = link.split_once('#').unwrap_or((link, ""));
    // Not `contains` of words: their search is a kilobyte of code.
    let is_whole = rest
        .find(':')
        .is_some_and(|colon| rest[colon..].starts_with("://"));
    let plain = if is_whole { "" } else { rest };
    let query = rest.split_once('?').map_or(plain, |(_, query)| query);
    read_parts(query.to_owned(), hash, Box::new(done));
}

fn read_parts(query: String, hash: &str, done: Box<dyn FnOnce(ParsedLink)>) {
    let (packed, plain): (Vec<_>, Vec<_>) = pairs(hash.strip_prefix('#').unwrap_or(hash))
        .partition(|(key, _)| most_bytes(key).is_some());
    let mut attached: Vec<Attached> = plain
        .into_iter()
        .map(|(key, value)| Attached {
            key,
            value: Ok(value),
        })
        .collect();
    if packed.is_empty() {
        return done(read_link(&query, attached));
    }
    let (texts, most) = (Array::new(), Array::new());
    for (key, value) in &packed {
        texts.push(&value.into());
        most.push(&most_bytes(key).unwrap_or_default().into());
    }
    let read = move |texts: Array| {
        for ((key, _), text) in packed.into_iter().zip(texts) {
            let why = || String::from(text.unchecked_ref::<js_sys::Error>().message());
            let value = text.as_string().ok_or_else(why);
            attached.push(Attached { key, value });
        }
        done(read_link(&query, attached));
    };
    later(&unpack(texts, most), Box::new(read));
}

/// Keys that the address keeps because they concern how the page is shown.
pub const KEPT: &[&str] = &["embed", "theme", "controls", "background", "loop"];

/// Writes the query and the fragment: at once where nothing must be packed.
fn write(
    scenario: &Scenario,
    at: Option<Instant>,
    speed: Option<f64>,
    story: bool,
    kept: &[&str],
    done: Box<dyn FnOnce(String)>,
) {
    let (query, attached) = write_link(scenario, at, speed);
    let mut query = format!("?{query}");
    if story {
        query.push_str("&story=1");
    }
    let here = read_link(&part(window().location().search()), Vec::new());
    for key in kept {
        if let Some(value) = here.option(key).filter(|value| value.len() < 16) {
            query.extend(["&", key, "=", value]);
        }
    }
    if attached.is_empty() {
        return done(query);
    }
    let texts: Array = attached
        .iter()
        .map(|(_, text)| JsValue::from(text))
        .collect();
    let add = move |packed: Array| {
        for (index, ((key, _), text)) in attached.iter().zip(packed).enumerate() {
            let before = if index == 0 { "#" } else { "&" };
            query.extend([before, key, "=", &text.as_string().unwrap_or_default()]);
        }
        done(query);
    };
    later(&pack(texts), Box::new(add));
}

/// Hands over the whole link of a moment, on the whole page.
pub fn link(
    scenario: &Scenario,
    at: Instant,
    speed: f64,
    story: bool,
    done: impl FnOnce(String) + 'static,
) {
    let location = window().location();
    let base = part(location.origin()) + &part(location.pathname());
    let done = Box::new(move |query: String| done(base + &query));
    write(scenario, Some(at), Some(speed), story, &[], done);
}

/// A link with a further option, which begins with `&`.
pub fn with_option(link: &str, option: &str) -> String {
    let end = link.find('#').unwrap_or(link.len());
    let (query, fragment) = link.split_at(end);
    [query, option, fragment].concat()
}

/// Larger data is packed only when somebody asks for the link.
const ROWS_SHOWN: usize = 2_000;

thread_local! {
    /// Addresses asked for; what was packed for an older one comes too late.
    static ASKED: Cell<u32> = const { Cell::new(0) };
}

fn ask() -> u32 {
    ASKED.set(ASKED.get().wrapping_add(1));
    ASKED.get()
}

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
    let asked = ask();
    let replace = move |query: String| {
        if asked == ASKED.get()
            && let Ok(history) = window().history()
        {
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&query));
        }
    };
    write(scenario, None, None, story, KEPT, Box::new(replace));
}

/// Goes to another view of the page, given by its query.
pub fn visit(query: &str) {
    ask();
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(query));
    }
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
