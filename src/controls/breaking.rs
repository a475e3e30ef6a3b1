//! What is broken now, and how to break more, without a pointer too.

use super::lasting::{LASTING, Lasting};
use super::option;
use crate::dom::{Element, button, follow, html, value_of};
use crate::player::{Command, Player};
use crate::stage::badge::{self, Broken};
use crate::stage::menu::{Choice, choices};
use leptos::prelude::*;
use patternscope_engine::scenario::TargetKind;
use web_sys::Event;

/// Failures: those in force, and a form for more.
pub fn breaking(player: Player) -> Element {
    let broken = player.watch(badge::broken);
    let line = move |each: Broken| {
        let heal = each.heal;
        let label = format!("Heal: {}", each.what);
        html("li")
            .child(html("span").text(&each.what))
            .child(html("small").text(&each.left.unwrap_or_default()))
            .child(
                button("", "heal", move |_| {
                    player.dispatch(Command::Act(heal.clone()));
                })
                .with("aria-label", &label),
            )
    };
    html("section")
        .class("breaking")
        .with("aria-label", "Failures")
        .child(html("h2").text("Broken now"))
        .child(
            html("p")
                .class("hint")
                .hidden_if(move || !broken.with(Vec::is_empty))
                .text("Nothing. Click any node or link to break it, or choose here."),
        )
        .child(
            html("ul")
                .class("broken")
                .each(move || broken.get().into_iter().map(line).collect()),
        )
        .child(form(player))
}

/// Names of nodes, then of links, as scripts write them.
fn targets(player: Player) -> Memo<Vec<String>> {
    player.watch(|history| {
        let topology = history.simulation().topology();
        let nodes = topology.nodes().iter().map(|node| node.name.clone());
        let links = topology.links().iter().map(|link| link.name.clone());
        nodes.chain(links).collect()
    })
}

fn form(player: Player) -> Element {
    let targets = targets(player);
    let target = RwSignal::new(String::new());
    let action = RwSignal::new(0_usize);
    let lasting = RwSignal::new(Lasting::default());
    follow(move || {
        let last_node = targets.with(|all| {
            let gone = !all.contains(&target.get_untracked());
            gone.then(|| all.iter().rfind(|name| !name.contains('>')).cloned())
        });
        if let Some(name) = last_node {
            target.set(name.unwrap_or_default());
        }
    });
    let possible = move || -> Vec<Choice> {
        let kind = match target.with(|name| name.contains('>')) {
            true => TargetKind::Link,
            false => TargetKind::Node,
        };
        player.read(|history| choices(history.simulation().topology(), kind))
    };
    let apply = move |_| {
        let choice = possible().into_iter().nth(action.get_untracked());
        if let Some(choice) = choice {
            let text = choice.on(&target.get_untracked(), lasting.get_untracked());
            player.dispatch(Command::Act(text));
        }
    };
    let names = move || {
        let entry = |name: &String| {
            let own = name.clone();
            let chosen = move || target.with(|target| *target == own);
            option(name, &name.replace('>', " → "), chosen)
        };
        targets.with(|all| all.iter().map(entry).collect())
    };
    let actions = move || {
        let labels = possible().into_iter().enumerate();
        labels
            .map(|(index, choice)| numbered(index, &choice.label, action))
            .collect()
    };
    let lengths = LASTING.iter().enumerate().map(|(index, each)| {
        option(&index.to_string(), each.label(), move || {
            lasting.get() == *each
        })
    });
    let select = |label: &str| html("select").with("aria-label", label);
    html("div")
        .class("break-form")
        .with("role", "group")
        .with("aria-label", "Break something")
        .child(
            select("What to break")
                .each(names)
                .on("change", move |event| {
                    target.set(value_of(&event));
                    action.set(0);
                }),
        )
        .child(
            select("How")
                .each(actions)
                .on("change", move |event| action.set(place(&event))),
        )
        .child(
            select("For how long")
                .children(lengths)
                .on("change", move |event| {
                    lasting.set(LASTING.get(place(&event)).copied().unwrap_or_default());
                }),
        )
        .child(button("danger", "Break", apply))
}

fn numbered(index: usize, label: &str, chosen: RwSignal<usize>) -> Element {
    option(&index.to_string(), label, move || chosen.get() == index)
}

fn place(event: &Event) -> usize {
    value_of(event).parse().unwrap_or(0)
}
