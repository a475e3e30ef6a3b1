//! The controls: experiment, load, knobs, failures, time.

mod breaking;
mod knob;
pub mod lasting;
mod scale;
pub mod timeline;

use crate::player::{Command, Player};
use breaking::Breaking;
use knob::KnobRow;
use leptos::prelude::*;
use patternscope_engine::History;
use patternscope_engine::Scenario;

/// The column of controls.
#[component]
pub fn Controls(player: Player) -> impl IntoView {
    let groups = groups(player);
    let (first, rest) = groups
        .split_first()
        .map_or((None, &[][..]), |(f, r)| (Some(f), r));
    let rows = |indices: &[usize]| {
        indices
            .iter()
            .map(|index| view! { <KnobRow player=player index=*index/> })
            .collect_view()
    };
    let load = first.map(|(name, indices)| {
        view! {
            <section aria-label=*name>
                <h2>{*name}</h2>
                {rows(indices)}
                <Traffic player=player/>
            </section>
        }
    });
    let others = rest
        .iter()
        .enumerate()
        .map(|(place, (name, indices))| {
            view! {
                <details name="knobs" open=place == 0>
                    <summary>{*name}</summary>
                    {rows(indices)}
                </details>
            }
        })
        .collect_view();
    view! {
        <div class="controls">
            <div class="knobs">
                <Experiments player=player/>
                {load}
                {others}
            </div>
            <Breaking player=player/>
        </div>
    }
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
#[component]
fn Traffic(player: Player) -> impl IntoView {
    let act = move |text: &'static str| move |_| player.dispatch(Command::Act(text.to_owned()));
    view! {
        <div class="traffic">
            <button type="button" title="Five times the traffic for four seconds"
                on:click=act("surge x5 for 4s")>"Surge ×5"</button>
            <button type="button" title="Sends one message by hand" on:click=act("send")>"Send one"</button>
        </div>
    }
}

/// Ready-made runs.
#[component]
fn Experiments(player: Player) -> impl IntoView {
    let pattern = player.pattern;
    let chosen =
        player.watch(|history: &History| history.scenario().preset.map(|preset| preset.slug));
    let choose = move |event| {
        let slug = event_target_value(&event);
        let scenario = match pattern.presets.iter().find(|preset| preset.slug == slug) {
            Some(preset) => Scenario::preset(pattern, preset),
            None => Scenario::new(pattern),
        };
        player.dispatch(Command::Load(Box::new(scenario)));
    };
    let options = pattern
        .presets
        .iter()
        .map(|preset| view! {
            <option value=preset.slug selected=move || chosen.get() == Some(preset.slug)>{preset.title}</option>
        })
        .collect_view();
    view! {
        <section class="experiments">
            <h2><label for="experiment">"Experiment"</label></h2>
            <select id="experiment" on:change=choose
                prop:value=move || chosen.get().unwrap_or_default()>
                <option value="" selected=move || chosen.get().is_none()>"Free run"</option>
                {options}
            </select>
        </section>
    }
}
