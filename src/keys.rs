//! The keyboard, while the page itself has the focus.

use crate::app::Route;
use crate::player::{Command, Player};
use crate::signals::State;
use leptos::prelude::*;
use patternscope_engine::History;
use wasm_bindgen::JsCast;

/// Every key with what it does, as the list shows it.
pub const KEYS: &[(&str, &str)] = &[
    ("space, k", "play or pause"),
    ("← →", "back, forth by one second of watching"),
    (", .", "step back, step to what happens next"),
    ("< >", "slower, faster"),
    ("n", "next beat of the story"),
    ("r", "restart"),
    ("m", "follow the newest message"),
    ("u", "undo"),
    ("f", "full screen"),
    ("1 – 9", "another pattern"),
    ("?", "this list"),
    ("Esc", "close; give the keys back to the page around"),
];

/// A factor between two speeds.
const FASTER: f64 = 1.5;

/// What sliders and radio buttons want themselves.
const MOVES: &[&str] = &[
    " ",
    "ArrowLeft",
    "ArrowRight",
    "ArrowUp",
    "ArrowDown",
    "Home",
    "End",
    "PageUp",
    "PageDown",
];

/// Whether the focus is on something that wants this key itself.
fn is_taken(event: &web_sys::KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let Some(target) = target else {
        return false;
    };
    match target.tag_name().as_str() {
        "SELECT" | "TEXTAREA" => true,
        "INPUT" => {
            let kind = target.get_attribute("type").unwrap_or_default();
            kind == "text" || MOVES.contains(&event.key().as_str())
        }
        "BUTTON" | "A" | "SUMMARY" => event.key() == " " || event.key() == "Enter",
        _ => target.get_attribute("role").as_deref() == Some("dialog"),
    }
}

/// Listens until the view goes. `help` is the list of keys.
pub fn listen(player: Player, help: State<bool>) {
    crate::dom::listen(&window(), "keydown", move |event| {
        let Ok(event) = event.dyn_into::<web_sys::KeyboardEvent>() else {
            return;
        };
        let chord = event.ctrl_key() || event.meta_key() || event.alt_key();
        if chord || event.default_prevented() || is_taken(&event) {
            return;
        }
        if let Some(done) = act(&event.key(), player, help).then_some(event) {
            done.prevent_default();
        }
    });
}

/// Does what a key says. Tells whether it says anything.
fn act(key: &str, player: Player, help: State<bool>) -> bool {
    let speed = player.speed.get_untracked();
    let command = match key {
        " " | "k" => Command::Toggle,
        "ArrowLeft" => Command::SeekBy(-1.0),
        "ArrowRight" => Command::SeekBy(1.0),
        "Home" => Command::Seek(patternscope_engine::Instant::START),
        "End" => Command::Seek(player.read(History::end)),
        "," => Command::StepBack,
        "." => Command::Step,
        "<" => Command::Speed(speed / FASTER),
        ">" => Command::Speed(speed * FASTER),
        "n" => Command::NextBeat,
        "r" => Command::Restart,
        "m" => Command::SelectNewest,
        "u" => Command::Undo,
        "f" => {
            full_screen();
            return true;
        }
        "?" => {
            help.update(|open| *open = !*open);
            return true;
        }
        "Escape" => {
            help.set(false);
            crate::embed::leave();
            Command::Select(None)
        }
        _ => return go_to(key),
    };
    player.dispatch(command);
    true
}

fn go_to(key: &str) -> bool {
    let number = key
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1));
    let pattern = number.and_then(|index| patternscope_engine::patterns::CATALOG.get(index));
    match pattern {
        Some(pattern) => {
            Route::current().visit(&crate::share::query_to(pattern.slug));
            true
        }
        None => false,
    }
}

fn full_screen() {
    let document = document();
    if document.fullscreen_element().is_some() {
        document.exit_fullscreen();
    } else if let Some(root) = document.document_element() {
        let _ = root.request_fullscreen();
    }
}
