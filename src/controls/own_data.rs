//! The user's own data in place of made-up traffic: a file or a pasted text,
//! loaded whole or not at all.

use crate::dom::{Element, button, follow, html, value_of};
use crate::format;
use crate::player::{Command, Player};
use crate::signals::State;
use leptos::prelude::*;
use patternscope_engine::History;
use patternscope_engine::scenario::{INPUT_LONGEST, Input};
use std::sync::Arc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;

/// What a user may bring to a pattern that reads rows of these columns.
pub fn own_data(player: Player, columns: &'static [&'static str]) -> Element {
    let text = State::new(String::new());
    let refused = player.refused;
    let take = move |text: &str| {
        let read = player
            .read(|history| Input::parse_among(columns, text, history.simulation().topology()));
        match read {
            Ok(input) => {
                refused.set(Vec::new());
                player.dispatch(Command::Input(Some(Arc::new(input))));
            }
            Err(reasons) => refused.set(reasons),
        }
    };
    let header = columns.join(",");
    let file = html("input")
        .with("type", "file")
        .with(
            "accept",
            ".csv,.json,.txt,text/csv,text/plain,application/json",
        )
        .on("change", move |event| {
            let input: web_sys::HtmlInputElement = event_target(&event);
            let file = input.files().and_then(|files| files.get(0));
            // The same file, corrected, can be chosen again.
            input.set_value("");
            if let Some(file) = file {
                read(&file, move |read| match read {
                    Ok(text) => take(&text),
                    Err(why) => {
                        refused.set(vec![why]);
                    }
                });
            }
        });
    let field = html("textarea")
        .with("rows", "3")
        .with("spellcheck", "false")
        .with("placeholder", &header)
        .on("input", move |event| text.set(value_of(&event)));
    let hint = html("p.hint")
        .text("CSV, or JSON with a member a column, in any order. Columns: ")
        .child(html("code").text(&header));
    let use_it = button("", "Use it", move |_| take(&text.get_untracked()))
        .flag("disabled", move || text.with(|text| text.trim().is_empty()));
    let section = html("details");
    let raw = section.raw().clone();
    follow(move || {
        if !refused.with(Vec::is_empty) {
            let _ = raw.set_attribute("open", "");
        }
    });
    section
        .with("name", "knobs")
        .class("own-data")
        .child(html("summary").text("Own data"))
        .child(in_use(player))
        .child(hint)
        .child(html("label").text("From a file ").child(file))
        .child(html("label").text("Or paste it ").child(field))
        .child(use_it)
        .child(refusals(refused))
}

/// What the run reads now, and the way back.
fn in_use(player: Player) -> Element {
    let rows = player.watch(|history: &History| {
        let input = history.scenario().input;
        input.map(|input| input.rows().len())
    });
    let line = move |rows: usize| {
        let word = if rows == 1 { "row" } else { "rows" };
        let text = format!("{} {word} of your own in use", format::count(rows as u64));
        let remove = button("", "Remove", move |_| player.dispatch(Command::Input(None)));
        html("p.in-use")
            .child(html("span").text(&text))
            .child(remove)
    };
    html("div")
        .with("role", "status")
        .each(move || rows.get().map(line).into_iter().collect())
}

/// Every row that was refused, and why.
fn refusals(refused: State<Vec<String>>) -> Element {
    let list = |reasons: &Vec<String>| {
        if reasons.is_empty() {
            return Vec::new();
        }
        let lines = reasons.iter().map(|line| html("li").text(line));
        vec![
            html("strong").text("Nothing was changed. To mend:"),
            html("ul")
                .with("tabindex", "0")
                .with("aria-label", "Refused rows")
                .children(lines),
        ]
    };
    html("div.refused")
        .with("role", "alert")
        .each(move || refused.with(list))
}

/// Reads a file as text, unless it is too long to be of use.
fn read(file: &web_sys::File, done: impl FnOnce(Result<String, String>) + Clone + 'static) {
    if file.size() > INPUT_LONGEST as f64 {
        let most = INPUT_LONGEST >> 20;
        return done(Err(format!("{}: is longer than {most} MB", file.name())));
    }
    let (done, failed) = (done.clone(), done);
    let name = file.name();
    let on_read =
        Closure::once(move |text: JsValue| done(Ok(text.as_string().unwrap_or_default())));
    let on_failure =
        Closure::once(move |_: JsValue| failed(Err(format!("{name}: cannot be read"))));
    let _ = file.text().then2(&on_read, &on_failure);
    // The browser calls one of them, later.
    on_read.forget();
    on_failure.forget();
}
