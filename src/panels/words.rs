//! Words about the pattern and the run: what it is, what theory says, the
//! state of every node as a table.

use crate::dom::{Element, button, html};
use crate::format;
use crate::player::{Command, Player};
use crate::stage::badge::{self, NodeBadge};
use patternscope_engine::History;
use patternscope_engine::kernel::{Measured, Row};
use patternscope_engine::measure::Prediction;
use patternscope_engine::patterns::{Pattern, Theory};

fn heading(text: &str) -> Element {
    html("h2").text(text)
}

fn subheading(text: &str) -> Element {
    html("h3").text(text)
}

fn paragraph(text: &str) -> Element {
    html("p").text(text)
}

fn article() -> Element {
    html("article").class("words")
}

fn list<'a>(lines: impl IntoIterator<Item = &'a str>) -> Element {
    let lines = lines.into_iter().map(|line| html("li").text(line));
    html("ul").children(lines)
}

/// A row of a table: its heading, then its cells.
fn row<'a>(name: &str, cells: impl IntoIterator<Item = &'a str>) -> Element {
    html("tr")
        .child(html("th").with("scope", "row").text(name))
        .children(cells.into_iter().map(|cell| html("td").text(cell)))
}

fn table_head(columns: &[&str]) -> Element {
    let heading = |column: &&str| html("th").with("scope", "col").text(column);
    html("thead").child(html("tr").children(columns.iter().map(heading)))
}

/// What it is, when to use it, when not, what is left out.
pub fn about(pattern: &'static Pattern) -> Element {
    let about = &pattern.about;
    article()
        .child(heading(pattern.title))
        .child(paragraph(pattern.summary))
        .child(subheading("What it is"))
        .child(paragraph(about.what))
        .child(subheading("When to use it"))
        .child(paragraph(about.when))
        .child(subheading("When not"))
        .child(paragraph(about.when_not))
        .child(subheading("Not modelled"))
        .child(list(about.not_modelled.iter().copied()))
        .child(subheading("Reading the picture"))
        .child(crate::stage::legend())
}

#[derive(Clone, PartialEq)]
enum Said {
    Predicted(Vec<Prediction>),
    OutOfReach(&'static str),
}

/// What closed forms predict, beside what was measured; and the run's own
/// measures and digest.
pub fn theory(player: Player) -> Element {
    let said = player.watch(|history: &History| {
        let scenario = history.scenario();
        match (scenario.pattern.theory)(&scenario, history.measures()) {
            Theory::Predicted(predictions) => Said::Predicted(predictions),
            Theory::OutOfReach(why) => Said::OutOfReach(why),
        }
    });
    let own = player.watch(|history| {
        let measures = history.simulation().model().measures().into_iter();
        measures
            .map(|(name, value)| (name, measured(&value)))
            .collect::<Vec<_>>()
    });
    let own_rows = move || {
        let one = |(name, value): &(&str, String)| row(&name.replace('_', " "), [value.as_str()]);
        own.with(|own| own.iter().map(one).collect())
    };
    let digest = player.watch(History::digest_text);
    let hint = "Same link, same digest, on any machine:";
    article()
        .child(heading("Theory beside measured"))
        .child(html("div").each(move || said.with(said_view)))
        .child(heading("Of this pattern"))
        .child(html("table").child(html("tbody").each(own_rows)))
        .child(heading("This very run"))
        .child(paragraph(hint).class("hint"))
        .child(
            html("output")
                .class("digest")
                .with("id", "digest")
                .live_text(move || digest.get()),
        )
}

fn said_view(said: &Said) -> Vec<Element> {
    match said {
        Said::OutOfReach(why) => vec![paragraph(why).class("hint")],
        Said::Predicted(all) if all.is_empty() => {
            vec![paragraph("Nothing to predict.").class("hint")]
        }
        Said::Predicted(all) => predictions(all),
    }
}

/// Predicted beside measured, and on which conditions.
fn predictions(all: &[Prediction]) -> Vec<Element> {
    let one = |p: &Prediction| {
        let values = [p.predicted, p.measured].map(|value| format::with_unit(value, p.unit));
        row(p.name, values.iter().map(String::as_str)).with("title", p.assumptions)
    };
    let mut assumed: Vec<&'static str> = all.iter().map(|p| p.assumptions).collect();
    assumed.dedup();
    vec![
        html("table")
            .child(table_head(&["Measure", "Theory", "This run"]))
            .child(html("tbody").children(all.iter().map(one))),
        subheading("Holds if"),
        list(assumed),
    ]
}

/// Of a list the page tells the last parts.
const LAST: usize = 3;

fn measured(value: &Measured) -> String {
    match value {
        Measured::Count(count) => format::count(*count),
        Measured::Text(text) => (*text).to_owned(),
        Measured::Nothing => "-".to_owned(),
        Measured::Words(text) => text.clone(),
        Measured::Number(number) => format::number(*number),
        Measured::List(rows) => {
            let mut text = String::new();
            for row in &rows[rows.len().saturating_sub(LAST)..] {
                text += if text.is_empty() { "" } else { "; " };
                text += &measured(row);
            }
            text
        }
        Measured::Table(rows) => {
            let row = |(name, value): &(String, Measured)| {
                format!("{} {}", name.replace('_', " "), measured(value))
            };
            rows.iter().map(row).collect::<Vec<_>>().join(", ")
        }
    }
}

#[derive(Clone, PartialEq)]
struct NodeInWords {
    name: String,
    state: String,
    waiting: String,
    busy: String,
}

/// A node's state, and what its card says, each after its label.
fn state_of(rows: &[Row], badge: &NodeBadge) -> String {
    let mut state = badge.status.clone();
    for (row, seen) in rows.iter().zip(&badge.rows) {
        let label = match row {
            Row::Cells { label, .. } | Row::Grid { label, .. } | Row::Gauge { label } => label,
            Row::Line => "",
        };
        if !seen.said.is_empty() {
            let gap = if label.is_empty() { "" } else { " " };
            state.extend(["; ", label, gap, &seen.said]);
        }
    }
    state
}

/// The stage in words: every node and every impaired link.
pub fn node_table(player: Player) -> Element {
    let nodes = player.watch(|history: &History| {
        let topology = history.simulation().topology();
        let nodes = topology.nodes().iter().zip(badge::nodes(history));
        nodes
            .map(|(node, badge)| NodeInWords {
                name: node.name.clone(),
                state: state_of(&node.rows, &badge),
                waiting: badge.queue.to_string(),
                busy: match badge.utilisation {
                    Some(percent) => format!("{percent} %"),
                    None => "–".to_owned(),
                },
            })
            .collect::<Vec<_>>()
    });
    let links = player.watch(impaired_links);
    let one = |node: &NodeInWords| {
        row(
            &node.name,
            [&node.state, &node.waiting, &node.busy].map(String::as_str),
        )
    };
    let whole = paragraph("All links are whole.")
        .class("hint")
        .hidden_if(move || !links.with(Vec::is_empty));
    let line = |text: &String| html("li").text(text);
    article()
        .child(heading("The stage in words"))
        .child(
            html("table")
                .class("nodes-in-words")
                .child(table_head(&["Node", "State", "Waiting", "Busy"]))
                .child(
                    html("tbody").each(move || nodes.with(|nodes| nodes.iter().map(one).collect())),
                ),
        )
        .child(subheading("Links"))
        .child(whole)
        .child(html("ul").each(move || links.with(|links| links.iter().map(line).collect())))
        .child(button("", "Follow the newest message", move |_| {
            player.dispatch(Command::SelectNewest);
        }))
}

/// Links that are not as they should be, or of which the pattern says
/// something, in words.
fn impaired_links(history: &History) -> Vec<String> {
    let topology = history.simulation().topology().clone();
    let describe = |(id, badge): (_, badge::LinkBadge)| {
        let mut words: Vec<String> = Vec::new();
        if badge.cut {
            words.push("cut".to_owned());
        }
        words.extend(Some(badge.label).filter(|label| !label.is_empty()));
        words.extend(badge.sign.map(|(text, _)| text));
        let name = badge::link_name(&topology, id);
        (!words.is_empty()).then(|| format!("{name}: {}", words.join(", ")))
    };
    let all = topology.link_ids().zip(badge::links(history));
    all.filter_map(describe).collect()
}
