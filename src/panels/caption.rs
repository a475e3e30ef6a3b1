//! Captions over the stage: the story's beats, or what to look at.

use crate::dom::{Element, button, html};
use crate::player::{Command, Player};
use patternscope_engine::History;

#[derive(Clone, PartialEq)]
struct Words {
    lead: String,
    text: &'static str,
    button: Option<&'static str>,
}

fn words(history: &History, story: bool) -> Words {
    let scenario = history.scenario();
    let pattern = scenario.pattern;
    let beats = pattern.story.beats;
    if story {
        let beat = Player::beat_at(pattern, history.now());
        let more = beat + 1 < beats.len();
        return Words {
            lead: format!("{} of {}", beat + 1, beats.len()),
            text: beats.get(beat).map_or("", |beat| beat.caption),
            button: more.then_some("Next"),
        };
    }
    match scenario.preset {
        Some(preset) => Words {
            lead: preset.title.to_owned(),
            text: preset.summary,
            button: None,
        },
        None => Words {
            lead: pattern.title.to_owned(),
            text: pattern.summary,
            button: (!beats.is_empty()).then_some("Tell its story"),
        },
    }
}

/// The caption.
pub fn caption(player: Player) -> Element {
    let words = player.watch(move |history| words(history, player.story.get()));
    let next = move || {
        let label = words.with(|words| words.button);
        let press = move |_| player.dispatch(Command::NextBeat);
        let make = |label| button("", label, press).child(html("kbd").text("n"));
        label.map(make).into_iter().collect()
    };
    html("div.caption")
        .child(
            html("p")
                .child(html("b").live_text(move || words.with(|words| words.lead.clone())))
                .text(" ")
                .live_text(move || words.with(|words| words.text)),
        )
        .child(html("div").each(next))
}
