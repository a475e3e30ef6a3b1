//! The menu of a node or a link: its failures, from the vocabulary of scripts.

use super::{Opened, Picked, Scene};
use crate::controls::lasting::{LASTING, Lasting};
use crate::player::{Command, Player};
use leptos::html::Div;
use leptos::prelude::*;
use patternscope_engine::scenario::{ACTIONS, ActionWord, TargetKind, ValueKind};
use std::sync::Arc;

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
}

/// The failures of nodes or of links.
pub fn choices(kind: TargetKind) -> Vec<Choice> {
    let fits = |word: &&ActionWord| word.target == kind && word.lasts;
    ACTIONS.iter().filter(fits).map(choice).collect()
}

/// The vocabulary's own example is the value a button uses.
fn choice(word: &'static ActionWord) -> Choice {
    let example = match word.value {
        ValueKind::Nothing | ValueKind::Word => "",
        _ => word.usage.split_whitespace().nth(2).unwrap_or_default(),
    };
    let spoken = example
        .replace('x', "×")
        .replace('%', " %")
        .replace("ms", " ms");
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
    }
}

/// The menu, when one is open.
#[component]
pub fn Menu(
    player: Player,
    scene: RwSignal<Arc<Scene>>,
    opened: RwSignal<Option<Opened>>,
) -> impl IntoView {
    move || {
        opened.get().map(|opened_now| {
            view! { <OpenMenu player=player scene=scene.get_untracked() opened=opened at=opened_now/> }
        })
    }
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

#[component]
fn OpenMenu(
    player: Player,
    scene: Arc<Scene>,
    opened: RwSignal<Option<Opened>>,
    at: Opened,
) -> impl IntoView {
    let (title, names) = subject(&scene, at.picked);
    let kind = match at.picked {
        Picked::Node(_) => TargetKind::Node,
        Picked::Pair(_) => TargetKind::Link,
    };
    let lasting = RwSignal::new(Lasting::default());
    // Which of the names; one more stands for all of them.
    let side = RwSignal::new(names.len());
    let texts = {
        let names = names.clone();
        move |text: &dyn Fn(&str) -> String| -> Vec<String> {
            let chosen = side.get_untracked();
            let every = chosen >= names.len();
            let of = names
                .iter()
                .enumerate()
                .filter(|(index, _)| every || *index == chosen);
            of.map(|(_, (_, name))| text(name)).collect()
        }
    };
    let texts = StoredValue::new_local(texts);
    let act = move |text: &dyn Fn(&str) -> String| {
        let commands = texts.with_value(|texts| texts(text));
        player.dispatch(Command::ActAll(commands));
        opened.set(None);
    };
    let buttons = choices(kind)
        .into_iter()
        .map(|choice| {
            let Choice {
                label,
                word,
                value,
                help,
            } = choice;
            let press = move |_| {
                let until = lasting.get_untracked().suffix();
                act(&|name| format!("{word} {name}{value}{until}"));
            };
            view! { <button type="button" title=help on:click=press>{label}</button> }
        })
        .collect_view();
    let heal = move |_| act(&|name| format!("heal {name}"));
    let root = NodeRef::<Div>::new();
    Effect::new(move |_| {
        if let Some(root) = root.get() {
            let _ = root.focus();
        }
    });
    let layout = &scene.layout;
    let left = at.spot.x.clamp(8.0, (layout.width - 236.0).max(8.0));
    let below = at.spot.y < layout.height / 2.0;
    let top = below.then(|| format!("{}px", at.spot.y + 12.0));
    let bottom = (!below).then(|| format!("{}px", layout.height - at.spot.y + 12.0));
    let on_key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            opened.set(None);
        }
    };
    let sides = (names.len() > 1).then(|| sides(&names, side));
    view! {
        <div
            class="menu" role="dialog" tabindex="-1" node_ref=root
            aria-label=format!("Failures of {title}")
            style:left=format!("{left}px")
            style:top=top.unwrap_or("auto".to_owned())
            style:bottom=bottom.unwrap_or("auto".to_owned())
            on:keydown=on_key
            on:click=|event| event.stop_propagation()
        >
            <header>
                <strong>{title.clone()}</strong>
                <button type="button" class="plain" aria-label="Close" on:click=move |_| opened.set(None)>"×"</button>
            </header>
            {sides}
            <div class="lasting" role="group" aria-label="How long">
                {LASTING.map(|each| view! {
                    <button type="button" class="chip"
                        aria-pressed=move || (lasting.get() == each).to_string()
                        on:click=move |_| lasting.set(each)>{each.label()}</button>
                }).into_iter().collect_view()}
            </div>
            <div class="choices">{buttons}</div>
            <button type="button" class="heal" on:click=heal>"Heal"</button>
        </div>
    }
}

fn sides(names: &[(String, String)], side: RwSignal<usize>) -> impl IntoView + use<> {
    let all = names.len();
    let labels = names
        .iter()
        .map(|(label, _)| label.clone())
        .chain(["both ways".to_owned()]);
    let chips = labels
        .enumerate()
        .map(|(index, label)| {
            view! {
                <button type="button" class="chip"
                    aria-pressed=move || (side.get().min(all) == index).to_string()
                    on:click=move |_| side.set(index)>{label}</button>
            }
        })
        .collect_view();
    view! { <div class="sides" role="group" aria-label="Direction">{chips}</div> }
}
