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
    html("article.words")
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
    let own = player.watch(|history| own_tables(&history.simulation().model().measures()));
    let digest = player.watch(History::digest_text);
    let hint = "Same link, same digest, on any machine:";
    article()
        .child(heading("Theory beside measured"))
        .child(html("div").each(move || said.with(said_view)))
        .child(heading("Of this pattern"))
        .child(html("div").each(move || own.with(|own| own.iter().map(own_view).collect())))
        .child(heading("This very run"))
        .child(paragraph(hint).class("hint"))
        .child(
            html("output.digest")
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

/// Rows that the page shows of a list, the last ones.
const LAST: usize = 12;

/// Measures as a table: those that are a number or a word each, or one that has
/// parts of its own.
#[derive(Clone, Default, PartialEq)]
struct OwnTable {
    name: String,
    head: Vec<String>,
    rows: Vec<(String, Vec<String>)>,
}

fn own_tables(measures: &[(&'static str, Measured)]) -> Vec<OwnTable> {
    let mut plain = OwnTable::default();
    let mut tables = Vec::new();
    for (name, value) in measures {
        let name = spoken(name);
        let mut table = OwnTable::default();
        match value {
            Measured::Table(rows) => rows.iter().for_each(|(name, it)| table.add(name, it)),
            Measured::List(rows) => {
                let last = &rows[rows.len().saturating_sub(LAST)..];
                last.iter().for_each(|it| table.add("", it));
            }
            _ => {
                plain.rows.push((name, vec![measured(value)]));
                continue;
            }
        }
        if !table.rows.is_empty() {
            tables.push(OwnTable { name, ..table });
        }
    }
    tables.insert(0, plain);
    tables
}

impl OwnTable {
    /// A row; what has parts of its own fills columns.
    fn add(&mut self, name: &str, value: &Measured) {
        let cells = match value {
            Measured::Table(cells) => {
                if self.head.is_empty() {
                    self.head = cells.iter().map(|(name, _)| spoken(name)).collect();
                }
                cells.iter().map(|(_, value)| measured(value)).collect()
            }
            _ => vec![measured(value)],
        };
        self.rows.push((spoken(name), cells));
    }
}

fn own_view(table: &OwnTable) -> Element {
    let one = |(name, cells): &(String, Vec<String>)| row(name, cells.iter().map(String::as_str));
    let body = html("tbody").children(table.rows.iter().map(one));
    let mut columns = vec![""];
    columns.extend(table.head.iter().map(String::as_str));
    let body = match table.head.is_empty() {
        true => html("table").child(body),
        false => html("table.wide").child(table_head(&columns)).child(body),
    };
    match table.name.is_empty() {
        true => body,
        false => html("div.sideways")
            .with("tabindex", "0")
            .with("role", "group")
            .with("aria-label", &table.name)
            .child(subheading(&table.name))
            .child(body),
    }
}

/// A name of the command line as people say it.
fn spoken(name: &str) -> String {
    name.replace('_', " ")
}

fn measured(value: &Measured) -> String {
    match value {
        Measured::Count(count) => format::count(*count),
        Measured::Text(text) => (*text).to_owned(),
        Measured::Nothing => "–".to_owned(),
        Measured::Words(text) => text.clone(),
        Measured::Number(number) => format::number(*number),
        Measured::List(rows) => format::count(rows.len() as u64),
        Measured::Table(rows) => {
            let mut text = String::new();
            for (name, value) in rows {
                let gap = if text.is_empty() { "" } else { ", " };
                text.extend([gap, &spoken(name), " ", &measured(value)]);
            }
            text
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
            html("table.nodes-in-words")
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
