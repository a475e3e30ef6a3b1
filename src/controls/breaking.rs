//! What is broken now, and how to break more, without a pointer too.

use super::lasting::{LASTING, Lasting};
use super::option;
use crate::dom::{Element, button, follow, html, value_of};
use crate::player::{Command, Player};
use crate::signals::{Memo, State};
use crate::stage::badge::{self, Broken};
use crate::stage::menu::{Choice, choices};
use leptos::prelude::*;
use patternscope_engine::History;
use patternscope_engine::kernel::{Link, NodeId};
use web_sys::Event;

/// Failures: those in force, and a form for more.
pub fn breaking(player: Player) -> Element {
    let broken = player.watch(badge::broken);
    // Who is about to press a button keeps it: only the rest of the time
    // changes from moment to moment.
    let lines = Memo::new(move || {
        let words = |each: &Broken| (each.what.clone(), each.heal.clone());
        broken.with(|all| all.iter().map(words).collect::<Vec<_>>())
    });
    let left = move |index: usize| {
        broken.with(|all| {
            let each = all.get(index);
            each.and_then(|each| each.left.clone()).unwrap_or_default()
        })
    };
    let line = move |(index, (what, heal)): (usize, (String, String))| {
        let label = format!("Heal: {what}");
        html("li")
            .child(html("span").text(&what))
            .child(html("small").live_text(move || left(index)))
            .child(
                button("", "heal", move |_| {
                    player.dispatch(Command::Act(heal.clone()));
                })
                .with("aria-label", &label),
            )
    };
    html("section.breaking")
        .with("aria-label", "Failures")
        .child(html("h2").text("Broken now"))
        .child(
            html("p.hint")
                .hidden_if(move || !broken.with(Vec::is_empty))
                .text("Nothing. Click any node or link to break it, or choose here."),
        )
        .child(
            html("ul.broken").each(move || lines.get().into_iter().enumerate().map(line).collect()),
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

/// Where most links meet, but not where work begins: what a pattern is about,
/// and what most people would break first.
fn main_node(history: &History) -> String {
    let topology = history.simulation().topology();
    let weight = |node: &NodeId| {
        let meets = |link: &&Link| link.from == *node || link.to == *node;
        let kind = topology.node(*node).kind;
        let like_it = topology.nodes().iter().filter(|other| other.kind == kind);
        let alone = like_it.count() == 1;
        (topology.links().iter().filter(meets).count(), alone)
    };
    let inner = |node: &NodeId| topology.ring || topology.node(*node).place.column > 0;
    let ids = (0..topology.nodes().len() as u16).map(NodeId);
    // Of equals the only one of its kind, or the first.
    let main = ids.filter(inner).rev().max_by_key(weight);
    main.map_or(String::new(), |node| topology.node(node).name.clone())
}

/// What the form has chosen.
#[derive(Clone, Copy)]
struct Form {
    player: Player,
    target: State<String>,
    action: State<usize>,
    lasting: State<Lasting>,
}

impl Form {
    /// What can be done to the target.
    fn possible(self) -> Vec<Choice> {
        let (player, name) = (self.player, self.target.get());
        player.read(|history| choices(history.simulation().topology(), &name))
    }

    fn apply(self) {
        let choice = untrack(|| self.possible().into_iter().nth(self.action.get()));
        if let Some(choice) = choice {
            let text = choice.on(&self.target.get_untracked(), self.lasting.get_untracked());
            self.player.dispatch(Command::Act(text));
        }
    }

    fn targets(self, targets: Memo<Vec<String>>) -> Element {
        let Self { target, action, .. } = self;
        let entry = move |name: &String| {
            let own = name.clone();
            let chosen = move || target.with(|target| *target == own);
            option(name, &name.replace('>', " → "), chosen)
        };
        select("What to break")
            .each(move || targets.with(|all| all.iter().map(entry).collect()))
            .on("change", move |event| {
                target.set(value_of(&event));
                action.set(0);
            })
    }

    fn actions(self) -> Element {
        let action = self.action;
        let entry = move |(index, choice): (usize, Choice)| {
            option(&index.to_string(), &choice.label, move || {
                action.get() == index
            })
        };
        select("How")
            .each(move || self.possible().into_iter().enumerate().map(entry).collect())
            .on("change", move |event| action.set(place(&event)))
    }

    fn lengths(self) -> Element {
        let lasting = self.lasting;
        let entry = |(index, each): (usize, &'static Lasting)| {
            option(&index.to_string(), each.label(), move || {
                lasting.get() == *each
            })
        };
        select("For how long")
            .children(LASTING.iter().enumerate().map(entry))
            .on("change", move |event| {
                lasting.set(LASTING.get(place(&event)).copied().unwrap_or_default());
            })
    }
}

fn select(label: &str) -> Element {
    html("select").with("aria-label", label)
}

fn form(player: Player) -> Element {
    let targets = targets(player);
    let form = Form {
        player,
        target: State::new(String::new()),
        action: State::new(0),
        lasting: State::new(Lasting::default()),
    };
    let target = form.target;
    follow(move || {
        let gone = targets.with(|all| !all.contains(&target.get_untracked()));
        if gone {
            target.set(player.read(main_node));
        }
    });
    html("div.break-form")
        .with("role", "group")
        .with("aria-label", "Break something")
        .child(form.targets(targets))
        .child(form.actions())
        .child(form.lengths())
        .child(button("danger", "Break", move |_| form.apply()))
}

fn place(event: &Event) -> usize {
    value_of(event).parse().unwrap_or(0)
}
