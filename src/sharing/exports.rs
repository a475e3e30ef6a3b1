//! Files of a stretch of the run. What makes them is loaded when somebody asks
//! (`public/exporting.js`).

use crate::dom::{Element, button, html, value_of};
use crate::player::Player;
use crate::signals::State;
use js_sys::{Function, Promise};
use patternscope_engine::kernel::decimal::{self, Number};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen(module = "/src/sharing/exporting.js")]
extern "C" {
    /// Makes a file and saves it; comes to a sentence, or to an error.
    #[wasm_bindgen(js_name = make)]
    fn make(format: &str, link: &str, values: Vec<f64>, theme: &str, tell: &Function) -> Promise;
    /// Ends what is being made.
    fn cancel();
}

/// Kinds of file, and what to say of them.
const FORMATS: [(&str, &str); 9] = [
    (
        "animated-svg",
        "Animated SVG: moves in an <img>, on GitHub too",
    ),
    ("svg", "SVG, still"),
    ("png", "PNG, still"),
    ("gif", "GIF: for slides and places that take nothing else"),
    ("video", "Video, as this browser writes it"),
    ("html", "One HTML file: the whole page, without a network"),
    ("csv", "CSV: measures over time"),
    ("json", "JSON: all measures"),
    ("trace", "Trace for Perfetto"),
];
const THEMES: [(&str, &str); 3] = [
    ("auto", "as who looks prefers"),
    ("light", "light"),
    ("dark", "dark"),
];
const WIDTHS: [(&str, &str); 4] = [
    ("960", "960 × 540"),
    ("640", "640 × 360"),
    ("1280", "1280 × 720"),
    ("1920", "1920 × 1080"),
];
/// A film shows so many seconds of watching before the playhead.
const USUAL_S: f64 = 8.0;

/// What is being made, or has been.
#[derive(Clone, PartialEq)]
enum Work {
    None,
    /// How far it is, 0 to 1.
    Runs(f64),
    Done(String),
    Failed(String),
}

/// The choice of a file, and what comes of it.
pub fn exports(player: Player, link: State<String>) -> Element {
    let now = player.at().as_secs();
    let begin = (now - USUAL_S * player.speed.get_untracked()).max(0.0);
    let end = if begin == 0.0 {
        USUAL_S * player.speed.get_untracked()
    } else {
        now
    };
    let format = State::new(FORMATS[0].0.to_owned());
    let theme = State::new(THEMES[0].0.to_owned());
    let width = State::new(WIDTHS[0].0.to_owned());
    let (from, to) = (
        State::new(text_of(begin)),
        State::new(text_of(end.max(now))),
    );
    let work = State::new(Work::None);
    let press = move |_| {
        let seconds = [from, to].map(|text| decimal::parse(&text.get_untracked()));
        let [Some(from), Some(to)] = seconds else {
            let why = "From and to must be seconds, such as 12.5".to_owned();
            return work.set(Work::Failed(why));
        };
        let width = decimal::parse(&width.get_untracked()).unwrap_or(960.0);
        start(
            &format.get_untracked(),
            &link.get_untracked(),
            vec![from, to, width],
            &theme.get_untracked(),
            work,
        );
    };
    let is_running = move || matches!(work.get(), Work::Runs(_));
    html("div.exports")
        .child(choice("File", &FORMATS, format))
        .child(seconds("From", from))
        .child(seconds("To", to))
        .child(choice("Theme", &THEMES, theme))
        .child(choice("Size", &WIDTHS, width))
        .child(
            html("div.making")
                .child(button("primary", "Make the file", press).flag("disabled", is_running))
                .child(button("", "Cancel", move |_| cancel()).hidden_if(move || !is_running()))
                .child(progress(work)),
        )
        .child(outcome(work))
}

fn text_of(seconds: f64) -> String {
    Number((seconds * 1e3).round() / 1e3).to_string()
}

fn choice(name: &str, all: &[(&str, &str)], chosen: State<String>) -> Element {
    let option = |(value, words): &(&str, &str)| html("option").with("value", value).text(words);
    let select = html("select")
        .children(all.iter().map(option))
        .on("change", move |event| chosen.set(value_of(&event)));
    html("label").text(name).child(select)
}

fn seconds(name: &str, text: State<String>) -> Element {
    let field = html("input")
        .with("inputmode", "decimal")
        .with("value", &text.get_untracked())
        .on("input", move |event| text.set(value_of(&event)));
    html("label")
        .text(name)
        .child(html("span").child(field).text(" s of the run"))
}

fn progress(work: State<Work>) -> Element {
    html("progress")
        .with("max", "1")
        .with("aria-label", "Progress")
        .hidden_if(move || !matches!(work.get(), Work::Runs(_)))
        .property("value", move || match work.get() {
            Work::Runs(share) => share,
            _ => 0.0,
        })
}

fn outcome(work: State<Work>) -> Element {
    html("p")
        .with("role", "status")
        .live("class", move || match work.get() {
            Work::Failed(_) => "wrong",
            _ => "hint",
        })
        .live_text(move || match work.get() {
            Work::None => String::new(),
            Work::Runs(_) => "The run here goes on meanwhile.".to_owned(),
            Work::Done(said) => format!("Saved {said}"),
            Work::Failed(why) => format!("No file was made: {why}."),
        })
}

fn start(format: &str, link: &str, values: Vec<f64>, theme: &str, work: State<Work>) {
    work.set(Work::Runs(0.0));
    let tell = Closure::<dyn FnMut(f64)>::new(move |share| {
        if matches!(work.try_get_untracked(), Some(Work::Runs(_))) {
            work.set(Work::Runs(share));
        }
    });
    let promise = make(format, link, values, theme, tell.as_ref().unchecked_ref());
    let on_done = Closure::once(move |said: JsValue| {
        work.set(Work::Done(said.as_string().unwrap_or_default()));
    });
    let on_failure = Closure::once(move |error: JsValue| {
        drop(tell);
        let why = error.unchecked_ref::<js_sys::Error>().message();
        work.set(Work::Failed(why.into()));
    });
    let _ = promise.then2(&on_done, &on_failure);
    // The browser calls one of them, later.
    on_done.forget();
    on_failure.forget();
}
