//! The live region: at most one polite sentence each two seconds, made from
//! facts.

use crate::dom::{Element, html};
use crate::format;
use crate::player::Player;
use crate::pulse::clock_ms;
use crate::signals::State;
use crate::stage::badge::{broken, link_name};
use leptos::prelude::*;
use patternscope_engine::kernel::{Fact, Fault, NodeStatus, Stamped};
use patternscope_engine::{History, Instant};

/// Between two sentences.
const REST_MS: f64 = 2_000.0;

fn sentence(history: &History, fact: &Stamped) -> Option<String> {
    let topology = history.simulation().topology();
    let at = format::time(fact.at);
    match &fact.fact {
        Fact::NodeChanged { node, status } => {
            let word = match status {
                NodeStatus::Up => "is up again",
                NodeStatus::Crashed => "crashed",
                NodeStatus::Paused => "is paused",
            };
            Some(format!("{} {word} at {at}.", topology.node(*node).name))
        }
        Fact::FaultBegan {
            fault: Fault::Cut(link),
            ..
        } => Some(format!(
            "Link {} was cut at {at}.",
            link_name(topology, *link)
        )),
        Fact::FaultBegan {
            fault: Fault::Crash(_) | Fault::Pause(_),
            ..
        } => None,
        Fact::FaultBegan { .. } => broken(history)
            .last()
            .map(|last| format!("{} since {at}.", last.what)),
        Fact::FaultEnded { .. } if broken(history).is_empty() => {
            Some(format!("Everything is whole again at {at}."))
        }
        _ => None,
    }
}

/// Speaks of what happens, and shows nothing.
pub fn live_region(player: Player) -> Element {
    let said = State::new(String::new());
    let last = StoredValue::new((Instant::START, -REST_MS));
    player.follow(move |history| {
        let (until, spoken) = last.get_value();
        if history.now() < until {
            last.set_value((history.now(), spoken));
            return;
        }
        if clock_ms() - spoken < REST_MS {
            return;
        }
        let new = history.recent().rev().take_while(|fact| fact.at > until);
        if let Some(words) = new.filter_map(|fact| sentence(history, fact)).next() {
            said.set(words);
            last.set_value((history.now(), clock_ms()));
        }
    });
    html("div.unseen")
        .with("aria-live", "polite")
        .with("aria-atomic", "true")
        .with("id", "live")
        .live_text(move || said.get())
}
