//! What the page around an embedded one may ask, done; and what it is told.
//! The shape of messages is `host.js`'s; bad ones never get here.

use crate::app::Route;
use crate::player::{Command, Player};
use crate::share;
use gloo_timers::callback::Timeout;
use js_sys::{Object, Promise, Reflect};
use leptos::prelude::*;
use patternscope_engine::kernel::Intervention;
use patternscope_engine::kernel::decimal;
use patternscope_engine::scenario::parse_action;
use patternscope_engine::{Duration, History, Instant};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};

#[wasm_bindgen(module = "/src/embed/host.js")]
extern "C" {
    /// Answers the page around by a function of type and text.
    fn hear(ask: &Closure<dyn FnMut(String, String) -> JsValue>) -> js_sys::Function;
    /// Tells the page around.
    fn tell(kind: &str, detail: &Object);
    /// Gives the keys back to the page around.
    pub fn leave();
}

#[wasm_bindgen(module = "/src/picture.js")]
extern "C" {
    /// The present picture of an SVG element as text.
    fn still(svg: &web_sys::Element, title: &str) -> String;
}

/// Listens to the page around, and tells it what happens, until the view goes.
pub fn listen(player: Player) {
    let route = Route::current();
    let ask = Closure::new(move |kind: String, text: String| {
        answer(player, route, &kind, &text).unwrap_or_else(|why| js_sys::Error::new(&why).into())
    });
    let stop = hear(&ask);
    let kept = StoredValue::new_local((ask, stop));
    on_cleanup(move || {
        kept.with_value(|(_, stop)| {
            let _ = stop.call0(&JsValue::NULL);
        });
    });
    let pattern = player.pattern;
    tell(
        "ready",
        &object(&[
            ("pattern", pattern.slug.into()),
            ("title", pattern.title.into()),
            ("program", env!("CARGO_PKG_VERSION").into()),
        ]),
    );
    tell_changes(player);
}

fn object(entries: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (key, value) in entries {
        let _ = Reflect::set(&object, &JsValue::from(*key), value);
    }
    object
}

/// Tells of every change but the first state, which `ready` stands for.
fn tell_changes(player: Player) {
    let mut first = true;
    crate::dom::follow(move || {
        let word = if player.playing.get() {
            "play"
        } else {
            "pause"
        };
        if !std::mem::take(&mut first) {
            tell(word, &Object::new());
        }
    });
    let beat = player.watch(move |history| {
        let told = player.story.get();
        told.then(|| Player::beat_at(history.scenario().pattern, history.now()))
    });
    crate::dom::follow(move || {
        if let Some(index) = beat.get() {
            let beats = player.pattern.story.beats;
            let caption = beats.get(index).map_or("", |beat| beat.caption);
            let (number, count) = ((index + 1) as f64, beats.len() as f64);
            tell(
                "beat",
                &object(&[
                    ("beat", number.into()),
                    ("of", count.into()),
                    ("caption", caption.into()),
                ]),
            );
        }
    });
    let changes = player.watch(|history| (history.undo_depth(), history.marks().len()));
    let mut first = true;
    crate::dom::follow(move || {
        let _ = (changes.get(), player.run.get());
        if std::mem::take(&mut first) {
            return;
        }
        share::link(
            &player.read(History::scenario),
            player.at(),
            player.speed.get_untracked(),
            false,
            |link| tell("statechange", &object(&[("link", link.into())])),
        );
    });
}

/// Does what is asked, whole or not at all.
fn answer(player: Player, route: Route, kind: &str, text: &str) -> Result<JsValue, String> {
    let command = match kind {
        "play" => Command::Play,
        "pause" => Command::Pause,
        "step" if player.story.get_untracked() => Command::NextBeat,
        "step" => Command::Step,
        "seek" => match Duration::parse(text) {
            Ok(at) => Command::Seek(Instant(at.0)),
            Err(_) => return Err(format!("at={text}: must be a time such as 12.5s")),
        },
        "speed" => match decimal::parse(text) {
            Some(speed) if speed > 0.0 => Command::Speed(speed),
            _ => return Err(format!("speed={text}: must be simulated seconds a second")),
        },
        "set" => return set(player, text),
        "act" => return act(player, text),
        "setState" => return Ok(set_state(route, text).into()),
        "getState" => return Ok(state(player).into()),
        _ => return snapshot(player),
    };
    player.dispatch(command);
    Ok(JsValue::TRUE)
}

/// Knobs, a line each: all of them, or none and what is wrong.
fn set(player: Player, lines: &str) -> Result<JsValue, String> {
    let mut settings = player.read(|history| history.simulation().settings().clone());
    let (mut knobs, mut wrong) = (Vec::new(), Vec::new());
    for (key, value) in lines.lines().filter_map(|line| line.split_once('=')) {
        match settings.set(key, value) {
            Ok(()) => knobs.extend(settings.index(key)),
            Err(error) => wrong.push(error.0),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong.join("; "));
    }
    for knob in knobs {
        player.dispatch(Command::SetKnob(knob, settings.value(knob).clone()));
    }
    Ok(JsValue::TRUE)
}

/// Interventions now, separated by `;`: all of them, or none and what is wrong.
fn act(player: Player, script: &str) -> Result<JsValue, String> {
    let texts: Vec<String> = (script.split(';').map(str::trim))
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect();
    let parsed: Result<Vec<Intervention>, _> = player.read(|history| {
        let simulation = history.simulation();
        let parse =
            |text: &String| parse_action(text, simulation.topology(), simulation.settings());
        texts.iter().map(parse).collect()
    });
    match parsed {
        Ok(some) if !some.is_empty() => {
            player.dispatch(Command::ActAll(texts));
            Ok(JsValue::TRUE)
        }
        Ok(_) => Err("script: must be such as `crash server-1 for 5s`".to_owned()),
        Err(why) => Err(why),
    }
}

/// The run of a link in place of this one; refused whole if any of it is wrong.
fn set_state(route: Route, link: &str) -> Promise {
    let link = link.to_owned();
    Promise::new(&mut |resolve, _| {
        share::read_text(&link, move |read| {
            let wrong = match (read.scenario.is_some(), read.notices.is_empty()) {
                (true, true) => None,
                (false, true) => Some("link: names no pattern".to_owned()),
                (_, false) => Some(read.notices.join("; ")),
            };
            // Not now: this view, which is being asked, goes.
            Timeout::new(0, move || {
                let value = match wrong {
                    Some(why) => js_sys::Error::new(&why).into(),
                    None => {
                        route.show(read);
                        JsValue::TRUE
                    }
                };
                let _ = resolve.call1(&JsValue::NULL, &value);
            })
            .forget();
        });
    })
}

fn state(player: Player) -> Promise {
    let (scenario, at) = (player.read(History::scenario), player.at());
    let (speed, told) = (player.speed.get_untracked(), player.story.get_untracked());
    let playing = player.playing.get_untracked();
    Promise::new(&mut |resolve, _| {
        share::link(&scenario, at, speed, told, move |link| {
            let state = object(&[
                ("link", link.into()),
                ("at", at.as_secs().into()),
                ("speed", speed.into()),
                ("playing", playing.into()),
            ]);
            let _ = resolve.call1(&JsValue::NULL, &state);
        });
    })
}

fn snapshot(player: Player) -> Result<JsValue, String> {
    let stage = document().query_selector(".stage svg").ok().flatten();
    let stage = stage.ok_or("there is no picture yet")?;
    Ok(still(&stage, player.pattern.title).into())
}
