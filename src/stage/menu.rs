//! The menu of a node or a link: its failures, from the vocabulary of scripts.

use super::{Opened, Picked, Scene};
use crate::controls::lasting::{LASTING, Lasting};
use crate::dom::{Element, button, html, key_of};
use crate::player::{Command, Player};
use crate::signals::State;
use leptos::prelude::*;
use patternscope_engine::kernel::Topology;
use patternscope_engine::kernel::decimal::Number;
use patternscope_engine::scenario::{ActionWord, TargetKind, ValueKind, actions_of};
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// A failure as a button and as an intervention.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// On the button.
    pub label: String,
    /// The word of the vocabulary.
    pub word: &'static str,
    /// Its value, with a space before it, or nothing.
    pub value: String,
    /// What it does.
    pub help: &'static str,
    /// Whether it can end by itself.
    pub lasts: bool,
}

impl Choice {
    /// The intervention on a target, as scripts write it.
    pub fn on(&self, target: &str, lasting: Lasting) -> String {
        let until = if self.lasts { lasting.suffix() } else { "" };
        format!("{} {target}{}{until}", self.word, self.value)
    }
}

/// What can be done to the node or the link of this name: failures, and those
/// of the pattern's own words that mean something there.
pub fn choices(topology: &Topology, name: &str) -> Vec<Choice> {
    let node = topology.find(name).map(|id| topology.node(id));
    let own = |word: &ActionWord| topology.words.contains(word);
    let fits = |word: &&ActionWord| match node {
        Some(node) => {
            word.target == TargetKind::Node && (word.lasts || own(word)) && word.is_known_at(node)
        }
        None => word.target == TargetKind::Link,
    };
    actions_of(topology).filter(fits).map(choice).collect()
}

/// The vocabulary's own example is the value a button uses.
fn choice(word: &'static ActionWord) -> Choice {
    let example = match word.value {
        ValueKind::Nothing | ValueKind::Number => "",
        _ => word.usage.split_whitespace().nth(2).unwrap_or_default(),
    };
    let spoken = example.replace('x', "×").replace('%', " %");
    let spoken = match spoken.strip_suffix("ms") {
        Some(number) => format!("{number} ms"),
        None => spoken,
    };
    let label = format!("{} {spoken}", word.name).trim().to_owned();
    let value = if example.is_empty() {
        String::new()
    } else {
        format!(" {example}")
    };
    Choice {
        label,
        word: word.name,
        value,
        help: word.help,
        lasts: word.lasts,
    }
}

/// The menu, when one is open.
pub fn menu(player: Player, scene: State<Arc<Scene>>, opened: State<Option<Opened>>) -> Element {
    html("div").each(move || {
        let make = |at| open_menu(player, &scene.get_untracked(), opened, at);
        opened.get().map(make).into_iter().collect()
    })
}

/// Whom the menu is about: its title, and the names scripts use.
fn subject(scene: &Scene, picked: Picked) -> (String, Vec<(String, String)>) {
    let topology = &scene.topology;
    match picked {
        Picked::Node(node) => {
            let name = topology.node(node).name.clone();
            (name.clone(), vec![(name.clone(), name)])
        }
        Picked::Pair(pair) => {
            let (there, back) = scene.layout.pairs[usize::from(pair.0)];
            let link = topology.link(there);
            let (from, to) = (&topology.node(link.from).name, &topology.node(link.to).name);
            let mut names = vec![(format!("to {to}"), link.name.clone())];
            names.extend(back.map(|back| (format!("to {from}"), topology.link(back).name.clone())));
            (format!("{from} – {to}"), names)
        }
    }
}

/// What the buttons of an open menu share.
#[derive(Clone)]
struct Subject {
    player: Player,
    opened: State<Option<Opened>>,
    /// As scripts write them.
    names: Rc<Vec<(String, String)>>,
    /// Which of the names; one more stands for all of them.
    side: State<usize>,
    lasting: State<Lasting>,
}

impl Subject {
    /// Does something to the names that are chosen, and closes the menu.
    fn act(&self, text: &dyn Fn(&str) -> String) {
        let chosen = self.side.get_untracked();
        let every = chosen >= self.names.len();
        let names = self.names.iter().enumerate();
        let of = names.filter(|(index, _)| every || *index == chosen);
        let commands = of.map(|(_, (_, name))| text(name)).collect();
        self.player.dispatch(Command::ActAll(commands));
        self.opened.set(None);
    }

    fn choice(&self, choice: Choice) -> Element {
        let subject = self.clone();
        let (label, help) = (choice.label.clone(), choice.help);
        button("", &label, move |_| {
            let lasting = subject.lasting.get_untracked();
            subject.act(&|name| choice.on(name, lasting));
        })
        .with("title", help)
    }

    fn lengths(&self) -> Element {
        let lasting = self.lasting;
        let chip = |each: Lasting| {
            button("chip", each.label(), move |_| lasting.set(each))
                .live("aria-pressed", move || (lasting.get() == each).to_string())
        };
        html("div.lasting")
            .with("role", "group")
            .with("aria-label", "How long")
            .children(LASTING.map(chip))
    }

    fn sides(&self) -> Element {
        let (all, side) = (self.names.len(), self.side);
        let labels = self.names.iter().map(|(label, _)| label.as_str());
        let chip = |(index, label): (usize, &str)| {
            button("chip", label, move |_| side.set(index)).live("aria-pressed", move || {
                (side.get().min(all) == index).to_string()
            })
        };
        html("div.sides")
            .with("role", "group")
            .with("aria-label", "Direction")
            .children(labels.chain(["both ways"]).enumerate().map(chip))
    }
}

fn open_menu(player: Player, scene: &Scene, opened: State<Option<Opened>>, at: Opened) -> Element {
    let (title, names) = subject(scene, at.picked);
    let subject = Subject {
        player,
        opened,
        side: State::new(names.len()),
        names: Rc::new(names),
        lasting: State::new(Lasting::default()),
    };
    let healer = subject.clone();
    let heal = move |_| healer.act(&|name| format!("heal {name}"));
    let [width, height, x, y] = [
        scene.layout.width,
        scene.layout.height,
        at.spot.x,
        at.spot.y,
    ]
    .map(|v| v * scene.scale);
    let px = |value: f32| format!("{:.1}px", Number(f64::from(value)));
    let left = px(x.min(width - 264.0).max(8.0));
    let (top, bottom) = match y < height / 2.0 {
        true => (px(y + 12.0), "auto".to_owned()),
        false => ("auto".to_owned(), px(height - y + 12.0)),
    };
    let choices = choices(&scene.topology, &subject.names[0].1).into_iter();
    let root = html("div.menu")
        .with("role", "dialog")
        .with("tabindex", "-1")
        .with("aria-label", &format!("Failures of {title}"))
        .style("left", move || left.clone())
        .style("top", move || top.clone())
        .style("bottom", move || bottom.clone())
        .on("keydown", move |event| {
            if key_of(&event) == "Escape" {
                event.stop_propagation();
                opened.set(None);
            }
        })
        .on("click", |event| event.stop_propagation())
        .child(
            html("div.head")
                .child(html("strong").text(&title))
                .child(button("plain", "×", move |_| opened.set(None)).with("aria-label", "Close")),
        )
        .children((subject.names.len() > 1).then(|| subject.sides()))
        .child(subject.lengths())
        .child(html("div.choices").children(choices.map(|choice| subject.choice(choice))))
        .child(button("heal", "Heal", heal));
    hold_focus(root.raw().clone().unchecked_into());
    root
}

/// Takes the focus while the menu is open, and then gives it back, unless the
/// user has put it elsewhere.
fn hold_focus(menu: web_sys::HtmlElement) {
    let before = document().active_element();
    let shown = menu.clone();
    on_cleanup(move || {
        let now = document().active_element();
        if let Some(before) = before.filter(|_| menu.contains(now.as_deref())) {
            // Shapes of the stage have the same method.
            let _ = before.unchecked_ref::<web_sys::HtmlElement>().focus();
        }
    });
    // It can have the focus only once it is in the page.
    Effect::new(move |_| {
        let _ = shown.focus();
    });
}
