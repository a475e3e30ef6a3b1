//! The controls: experiment, load, knobs, failures, time.

mod breaking;
mod knob;
pub mod lasting;
mod own_data;
mod scale;
pub mod timeline;

use crate::compare::choice;
use crate::dom::{Element, button, html, value_of};
use crate::player::{Command, Player};
use breaking::breaking;
use knob::knob_row;
use own_data::own_data;
use patternscope_engine::{History, Scenario};

/// The column of controls.
pub fn controls(player: Player) -> Element {
    let groups = groups(player);
    let rows = |indices: &[usize]| -> Vec<Element> {
        indices
            .iter()
            .map(|index| knob_row(player, *index))
            .collect()
    };
    let load = groups.first().map(|(name, indices)| {
        html("section")
            .with("aria-label", name)
            .child(html("h2").text(name))
            .children(rows(indices))
            .child(traffic(player))
    });
    let others = groups
        .iter()
        .skip(1)
        .enumerate()
        .map(|(place, (name, indices))| {
            let details = html("details").with("name", "knobs");
            let details = if place == 0 {
                details.with("open", "")
            } else {
                details
            };
            details
                .child(html("summary").text(name))
                .children(rows(indices))
        });
    html("div.controls")
        .child(
            html("div.knobs")
                .child(experiments(player))
                .children(load)
                .children(others)
                .children(
                    player
                        .pattern
                        .input
                        .map(|columns| own_data(player, columns)),
                ),
        )
        .child(breaking(player))
}

/// Knobs by their headings, both in the order of the table.
fn groups(player: Player) -> Vec<(&'static str, Vec<usize>)> {
    let mut groups: Vec<(&'static str, Vec<usize>)> = Vec::new();
    for (index, knob) in player.pattern.knobs.iter().enumerate() {
        match groups.iter_mut().find(|(name, _)| *name == knob.group) {
            Some((_, indices)) => indices.push(index),
            None => groups.push((knob.group, vec![index])),
        }
    }
    groups
}

/// Sudden traffic.
fn traffic(player: Player) -> Element {
    let act = |label: &str, title: &str, text: &'static str| {
        button("", label, move |_| {
            player.dispatch(Command::Act(text.to_owned()));
        })
        .with("title", title)
    };
    html("div.traffic")
        .child(act(
            "Surge ×5",
            "Five times the traffic for four seconds",
            "surge x5 for 4s",
        ))
        .child(act("Send one", "Sends one message by hand", "send"))
}

/// An entry of a select that is chosen while `chosen` holds.
pub fn option(value: &str, label: &str, chosen: impl Fn() -> bool + 'static) -> Element {
    html("option")
        .with("value", value)
        .text(label)
        .property("selected", chosen)
}

/// Ready-made runs.
fn experiments(player: Player) -> Element {
    let pattern = player.pattern;
    let chosen =
        player.watch(|history: &History| history.scenario().preset.map(|preset| preset.slug));
    let choose = move |event: web_sys::Event| {
        let slug = value_of(&event);
        let scenario = match pattern.presets.iter().find(|preset| preset.slug == slug) {
            Some(preset) => Scenario::preset(pattern, preset),
            None => Scenario::new(pattern),
        };
        player.dispatch(Command::Load(Box::new(scenario)));
    };
    let options = pattern.presets.iter().map(|preset| {
        option(preset.slug, preset.title, move || {
            chosen.get() == Some(preset.slug)
        })
    });
    let label = html("label").with("for", "experiment").text("Experiment");
    let select = html("select")
        .with("id", "experiment")
        .on("change", choose)
        .child(option("", "Free run", move || chosen.get().is_none()))
        .children(options);
    html("section.experiments")
        .child(html("h2").child(label))
        .child(select)
        .child(choice(player))
}
