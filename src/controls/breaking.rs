//! What is broken now, and how to break more, without a pointer too.

use super::lasting::{LASTING, Lasting};
use crate::player::{Command, Player};
use crate::stage::badge::{self, Broken};
use crate::stage::menu::choices;
use leptos::prelude::*;
use patternscope_engine::scenario::TargetKind;

/// Failures: those in force, and a form for more.
#[component]
pub fn Breaking(player: Player) -> impl IntoView {
    let broken = player.watch(badge::broken);
    let none = move || broken.with(Vec::is_empty);
    let line = move |each: Broken| {
        let heal = each.heal.clone();
        let label = format!("Heal: {}", each.what);
        view! {
            <li>
                <span>{each.what}</span>
                <small>{each.left}</small>
                <button type="button" aria-label=label
                    on:click=move |_| player.dispatch(Command::Act(heal.clone()))>"heal"</button>
            </li>
        }
    };
    view! {
        <section class="breaking" aria-label="Failures">
            <h2>"Broken now"</h2>
            <p class="hint" class:hidden=move || !none()>
                "Nothing. Click any node or link to break it, or choose here."
            </p>
            <ul class="broken">{move || broken.get().into_iter().map(line).collect_view()}</ul>
            <BreakForm player=player/>
        </section>
    }
}

#[component]
fn BreakForm(player: Player) -> impl IntoView {
    let targets = player.watch(|history| {
        let topology = history.simulation().topology();
        let nodes = topology.nodes().iter().map(|node| node.name.clone());
        let links = topology.links().iter().map(|link| link.name.clone());
        nodes.chain(links).collect::<Vec<String>>()
    });
    let target = RwSignal::new(String::new());
    let action = RwSignal::new(0_usize);
    let lasting = RwSignal::new(Lasting::default());
    let named = move || {
        let chosen = target.get();
        targets.with(|all| {
            all.iter()
                .find(|name| **name == chosen)
                .or(all.last())
                .cloned()
                .unwrap_or_default()
        })
    };
    let first = move || targets.with(|all| all.iter().rfind(|name| !name.contains('>')).cloned());
    Effect::new(move |_| {
        if !targets.with(|all| all.contains(&target.get_untracked())) {
            target.set(first().unwrap_or_default());
        }
    });
    let possible = Memo::new(move |_| {
        let kind = if named().contains('>') {
            TargetKind::Link
        } else {
            TargetKind::Node
        };
        choices(kind)
    });
    let names = move || {
        targets.get().into_iter().map(|name| {
            let shown = name.replace('>', " → ");
            view! { <option value=name.clone() selected=move || target.with(|t| *t == name)>{shown}</option> }
        }).collect_view()
    };
    let actions = move || {
        possible.get().into_iter().enumerate().map(|(index, choice)| view! {
            <option value=index selected=move || action.get() == index>{choice.label}</option>
        }).collect_view()
    };
    let lengths = LASTING
        .into_iter()
        .enumerate()
        .map(|(index, each)| {
            view! {
                <option value=index selected=move || lasting.get() == each>{each.label()}</option>
            }
        })
        .collect_view();
    let place = |event: &web_sys::Event| event_target_value(event).parse::<usize>().unwrap_or(0);
    let apply = move |_| {
        let chosen = possible.with(|all| all.get(action.get()).or(all.first()).cloned());
        if let Some(choice) = chosen {
            let (word, value) = (choice.word, choice.value);
            let until = lasting.get().suffix();
            player.dispatch(Command::Act(format!("{word} {}{value}{until}", named())));
        }
    };
    view! {
        <div class="break-form" role="group" aria-label="Break something">
            <select aria-label="What to break" on:change=move |event| {
                target.set(event_target_value(&event));
                action.set(0);
            }>{names}</select>
            <select aria-label="How" on:change=move |event| action.set(place(&event))>{actions}</select>
            <select aria-label="For how long" on:change=move |event| {
                lasting.set(LASTING.get(place(&event)).copied().unwrap_or_default());
            }>{lengths}</select>
            <button type="button" class="danger" on:click=apply>"Break"</button>
        </div>
    }
}
