//! Words about the pattern and the run: what it is, what theory says, the
//! state of every node as a table.

use crate::format;
use crate::player::{Command, Player};
use crate::stage::badge;
use leptos::prelude::*;
use patternscope_engine::History;
use patternscope_engine::kernel::Measured;
use patternscope_engine::measure::Prediction;
use patternscope_engine::patterns::Theory;

/// What it is, when to use it, when not, what is left out.
#[component]
pub fn About(player: Player) -> impl IntoView {
    let pattern = player.pattern;
    let about = &pattern.about;
    let left_out = about
        .not_modelled
        .iter()
        .map(|line| view! { <li>{*line}</li> })
        .collect_view();
    let legend = crate::stage::legend();
    view! {
        <article class="words">
            <h2>{pattern.title}</h2>
            <p>{pattern.summary}</p>
            <h3>"What it is"</h3><p>{about.what}</p>
            <h3>"When to use it"</h3><p>{about.when}</p>
            <h3>"When not"</h3><p>{about.when_not}</p>
            <h3>"Not modelled"</h3><ul>{left_out}</ul>
            <h3>"Reading the picture"</h3>
            {legend}
        </article>
    }
}

#[derive(Clone, PartialEq)]
enum Said {
    Predicted(Vec<Prediction>),
    OutOfReach(&'static str),
}

/// What closed forms predict, beside what was measured; and the run's own
/// measures and digest.
#[component]
pub fn TheoryView(player: Player) -> impl IntoView {
    let said = player.watch(|history: &History| {
        let scenario = history.scenario();
        match (scenario.pattern.theory)(&scenario, history.measures()) {
            Theory::Predicted(predictions) => Said::Predicted(predictions),
            Theory::OutOfReach(why) => Said::OutOfReach(why),
        }
    });
    let own = player.watch(|history| {
        let measures = history.simulation().model().measures();
        measures
            .into_iter()
            .map(|(name, value)| (name, measured(&value)))
            .collect::<Vec<_>>()
    });
    let own_rows = move || {
        own.get()
            .into_iter()
            .map(|(name, value)| {
                view! {
                    <tr><th scope="row">{name.replace('_', " ")}</th><td>{value}</td></tr>
                }
            })
            .collect_view()
    };
    let digest = player.watch(History::digest_text);
    view! {
        <article class="words">
            <h2>"Theory beside measured"</h2>
            {move || said_view(said.get())}
            <h2>"Of this pattern"</h2>
            <table><tbody>{own_rows}</tbody></table>
            <h2>"This very run"</h2>
            <p class="hint">"Same link, same digest, on any machine:"</p>
            <output class="digest" id="digest">{digest}</output>
        </article>
    }
}

fn said_view(said: Said) -> AnyView {
    match said {
        Said::OutOfReach(why) => view! { <p class="hint">{why}</p> }.into_any(),
        Said::Predicted(all) if all.is_empty() => {
            view! { <p class="hint">"Nothing to predict."</p> }.into_any()
        }
        Said::Predicted(all) => predictions(all).into_any(),
    }
}

/// Predicted beside measured, and on which conditions.
fn predictions(all: Vec<Prediction>) -> impl IntoView {
    let row = |p: Prediction| {
        view! {
            <tr title=p.assumptions>
                <th scope="row">{p.name}</th>
                <td>{format::with_unit(p.predicted, p.unit)}</td>
                <td>{format::with_unit(p.measured, p.unit)}</td>
            </tr>
        }
    };
    let mut assumed: Vec<&'static str> = all.iter().map(|p| p.assumptions).collect();
    assumed.dedup();
    let assumed = assumed
        .into_iter()
        .map(|text| view! { <li>{text}</li> })
        .collect_view();
    view! {
        <table>
            <thead><tr><th scope="col">"Measure"</th><th scope="col">"Theory"</th><th scope="col">"This run"</th></tr></thead>
            <tbody>{all.into_iter().map(row).collect_view()}</tbody>
        </table>
        <h3>"Holds if"</h3>
        <ul>{assumed}</ul>
    }
}

fn measured(value: &Measured) -> String {
    match value {
        Measured::Count(count) => format::count(*count),
        Measured::Number(number) => format::number(*number),
        Measured::Table(rows) => {
            let row = |(name, value): &(String, Measured)| format!("{name} {}", measured(value));
            rows.iter().map(row).collect::<Vec<_>>().join(", ")
        }
    }
}

/// The stage in words: every node and every impaired link.
#[component]
pub fn NodeTable(player: Player) -> impl IntoView {
    let nodes = player.watch(|history: &History| {
        let names = history
            .simulation()
            .topology()
            .nodes()
            .iter()
            .map(|node| node.name.clone());
        names.zip(badge::nodes(history)).collect::<Vec<_>>()
    });
    let links = player.watch(|history: &History| {
        let topology = history.simulation().topology().clone();
        let all = topology.link_ids().zip(badge::links(history));
        let impaired = all.filter(|(_, badge)| badge.cut || !badge.label.is_empty());
        let words = impaired.map(|(id, badge)| {
            let state = if badge.cut {
                "cut".to_owned()
            } else {
                badge.label
            };
            format!("{}: {state}", badge::link_name(&topology, id))
        });
        words.collect::<Vec<_>>()
    });
    let rows = move || {
        nodes.get().into_iter().map(|(name, b)| view! {
        <tr>
            <th scope="row">{name}</th><td>{b.status}</td><td>{b.queue}</td>
            <td>{b.utilisation.map_or("–".to_owned(), |percent| format!("{percent} %"))}</td>
        </tr>
    }).collect_view()
    };
    let link_lines = move || {
        links
            .get()
            .into_iter()
            .map(|line| view! { <li>{line}</li> })
            .collect_view()
    };
    let whole = move || links.with(Vec::is_empty);
    view! {
        <article class="words">
            <h2>"The stage in words"</h2>
            <table>
                <thead><tr>
                    <th scope="col">"Node"</th><th scope="col">"State"</th>
                    <th scope="col">"Waiting"</th><th scope="col">"Busy"</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
            <h3>"Links"</h3>
            <p class="hint" class:hidden=move || !whole()>"All links are whole."</p>
            <ul>{link_lines}</ul>
            <button type="button" on:click=move |_| player.dispatch(Command::SelectNewest)>
                "Follow the newest message"
            </button>
        </article>
    }
}
