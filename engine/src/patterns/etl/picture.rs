//! What the picture shows: rows that are staged, the chunk that fills, and in
//! words the rows that came last to the table and to quarantine.

use super::knobs::{BUFFER, CHUNK, EVERY, STAGING};
use super::model::Etl;
use super::record::{AMOUNT, CLICKS, COUNTRY, CUSTOMER, Row};
use super::run::{
    BEGIN, COMMITTED, DEDUPLICATED, FINISHED, LIMITS, LOADED, READY, SKIPPED, STAGED, attempt_of,
    count_of,
};
use super::source::{LIMITED, ROW_BITS};
use super::table::{NEWEST, QUARANTINE};
use crate::kernel::decimal::Number;
use crate::kernel::view::{Reading, Shelf, Standing, Token};
use crate::kernel::{
    Anchor, FlowId, Hue, Instant, Marks, Message, NodeId, Role, Row as CardRow, Sign, Tone,
    Topology, View,
};

/// Cells of the staging card.
const CELLS: u16 = 24;
/// Lines of rows in the warehouse and in quarantine.
const LINES: usize = 3;

/// The rows of the cards: lines of text, a grid, a gauge.
pub fn furnish(topology: &mut Topology, chunk: f64, nodes: [NodeId; 5]) {
    let [staging, one, two, warehouse, quarantine] = nodes;
    let chunk = chunk.clamp(1.0, f64::from(CELLS)) as u16;
    let transforms = topology.node(one).kind == "transformer";
    let lines = if transforms { [2, 1] } else { [1, 2] };
    let plan = [
        (staging, 0, "staged", CELLS),
        (one, lines[0], "", 0),
        (two, lines[1], "chunk", chunk),
        (warehouse, LINES + 1, "", 0),
        (quarantine, LINES, "", 0),
    ];
    for (node, lines, label, most) in plan {
        let mut rows = vec![CardRow::Line; lines];
        let label = label.to_owned();
        if most > 0 {
            rows.push(CardRow::Grid { label, most });
        }
        if node == staging {
            let label = String::from("freshness");
            rows.extend([CardRow::Gauge { label }, CardRow::Line]);
        }
        topology.furnish(node, rows);
    }
    for node in 0..staging.0 {
        topology.furnish(NodeId(node), vec![CardRow::Line; 2]);
    }
}

impl Etl {
    /// Puts a row into the next cell, if it is known what brought it.
    fn place(&self, node: NodeId, place: &mut u64, index: usize, view: &mut View) {
        let Some(entry) = self.shared.entries.get(index) else {
            return;
        };
        if let Some(message) = entry.message.filter(|_| *place < u64::from(CELLS)) {
            let token = Token {
                message,
                flow: self.shared.flow_of(index),
                role: Role::Record,
                hue: Hue::of(usize::from(entry.row.source)),
                marks: Marks::default(),
            };
            let (row, wanted) = (self.chunk_row(node), true);
            view.standing.push(Standing {
                node,
                row,
                place: *place,
                token,
                wanted,
            });
            *place += 1;
        }
    }

    /// The row of cells in a card: the first of staging, the last of the writer.
    fn chunk_row(&self, node: NodeId) -> u8 {
        match self.stages[1].transforms() {
            _ if node == self.staging.node => 0,
            true => 2,
            false => 1,
        }
    }

    fn shelve(&self, node: NodeId, end: u64, room: u64, view: &mut View) {
        let row = self.chunk_row(node);
        view.shelves.push(Shelf {
            node,
            row,
            first: 0,
            end,
            room: room.max(end),
        });
    }

    /// See `Model::view`.
    pub(super) fn fill(&self, view: &mut View) {
        let node = self.staging.node;
        let mut place = 0;
        // The oldest: those that go on next.
        for index in &self.shared.staged {
            let index = *index as usize;
            if self.shared.entries[index].state == STAGED {
                self.place(node, &mut place, index, view);
            }
        }
        self.shelve(node, place, u64::from(CELLS), view);
        view.nodes[node.index()].open = self.shared.run.unsettled;
        let every = self.shared.parameters.number(EVERY);
        let share = (self.freshness(view.now).as_secs() / (2.0 * every)).min(1.0) as f32;
        let tone = if share < 1.0 { Tone::Plain } else { Tone::Warn };
        view.readings.push(Reading {
            node,
            row: 1,
            share,
            tone,
        });
        let writer = &self.stages[1];
        let (node, mut place) = (writer.station.node(), 0);
        for index in writer.filling() {
            self.place(node, &mut place, *index as usize, view);
        }
        let room = self.shared.parameters.count(CHUNK).min(u32::from(CELLS));
        self.shelve(node, place, u64::from(room), view);
        for stage in &self.stages {
            let cap = self.shared.parameters.count(BUFFER) as usize;
            stage.station.show(cap, &|_| (Role::Record, true), view);
        }
    }

    /// See `Model::signs`.
    pub(super) fn add_signs(&self, now: Instant, signs: &mut Vec<Sign>) {
        let mut add = |anchor, text: String, tone| signs.push(Sign { anchor, text, tone });
        self.source_signs(&mut add);
        self.staging_signs(now, &mut add);
        self.stage_signs(&mut add);
        self.store_signs(&mut add);
    }

    fn source_signs(&self, add: &mut Add) {
        let counts = &self.shared.counts;
        for source in &self.sources {
            let (node, (fresh, missed)) = (source.node(), source.fresh(&self.shared));
            add(
                Anchor::Node(node),
                counted(source.rows(), "rows"),
                Tone::Plain,
            );
            let text = counted(fresh - missed, "new");
            add(Anchor::Row(node, 0), text, Tone::Plain);
            let drifted = source.schema > self.shared.rules.adapted[node.index()];
            let (text, tone) = if missed > 0 {
                (counted(missed, "missed"), Tone::Bad)
            } else if drifted {
                ("schema changed".to_owned(), Tone::Warn)
            } else if source.index == CLICKS && counts[LIMITS] > 0 {
                let limited = source.stream.limited;
                let tone = if limited { Tone::Bad } else { Tone::Plain };
                (format!("429×{}", counts[LIMITS]), tone)
            } else {
                continue;
            };
            add(Anchor::Row(node, 1), text, tone);
        }
    }

    fn staging_signs(&self, now: Instant, add: &mut Add) {
        let (run, skipped) = (&self.shared.run, self.shared.counts[SKIPPED]);
        let node = self.staging.node;
        let again = self.staging.attempts > 1;
        let (what, tone) = match (run.open, again) {
            (false, _) => (" done", Tone::Plain),
            (true, false) => ("", Tone::Good),
            (true, true) => (" again", Tone::Warn),
        };
        let text = format!("run {}{what}", run.number);
        add(Anchor::Node(node), text, tone);
        let full = run.unsettled >= self.shared.parameters.count(STAGING);
        let tone = if full { Tone::Bad } else { Tone::Plain };
        let text = counted(run.unsettled.into(), "to go");
        add(Anchor::Row(node, 0), text, tone);
        let age = Number(self.freshness(now).as_secs());
        add(Anchor::Row(node, 1), format!("{age:.1} s"), Tone::Plain);
        if skipped > 0 {
            let runs = if skipped == 1 { "run" } else { "runs" };
            let text = format!("{skipped} {runs} skipped");
            add(Anchor::Row(node, 2), text, Tone::Warn);
        }
    }

    fn stage_signs(&self, add: &mut Add) {
        for stage in &self.stages {
            let node = stage.station.node();
            if stage.index == 1 {
                let chunk = self.shared.parameters.count(CHUNK);
                let text = format!("{} of {chunk}", stage.filling().len());
                add(Anchor::Row(node, self.chunk_row(node)), text, Tone::Plain);
            }
            let (text, tone) = if stage.is_blocked() {
                ("blocked".to_owned(), Tone::Warn)
            } else if stage.transforms() {
                let doubles = self.shared.rows[usize::from(DEDUPLICATED)];
                (counted(doubles, "doubles"), Tone::Plain)
            } else {
                continue;
            };
            add(Anchor::Row(node, 0), text, tone);
            if let Some((row, state)) = self.shared.rules.last.filter(|_| stage.transforms()) {
                let tone = match state {
                    LOADED => Tone::Good,
                    DEDUPLICATED => Tone::Warn,
                    _ => Tone::Bad,
                };
                add(Anchor::Row(node, 1), self.line(&row), tone);
            }
        }
    }

    fn store_signs(&self, add: &mut Add) {
        let store = &self.shared.store;
        let table = &store.tables[store.live];
        let node = self.warehouse.node;
        add(
            Anchor::Node(node),
            counted(table.rows(), "rows"),
            Tone::Plain,
        );
        let (text, tone) = match (table.duplicates, table.closed) {
            (0, 0) => ("nothing twice".to_owned(), Tone::Good),
            (0, closed) => (counted(closed, "closed versions"), Tone::Plain),
            (twice, _) => (counted(twice, "twice"), Tone::Bad),
        };
        add(Anchor::Row(node, 0), text, tone);
        self.rows(NEWEST, node, 1, add);
        let node = self.quarantine.node;
        let rejected = self.rejected().to_string();
        add(Anchor::Node(node), rejected, Tone::Plain);
        self.rows(QUARANTINE, node, 0, add);
    }

    /// The newest rows of a list, in the rows of a card from `first` on.
    fn rows(&self, list: usize, node: NodeId, first: u8, add: &mut Add) {
        let kept = self.shared.store.lists[list].iter().rev();
        for (line, row) in kept.take(LINES).enumerate() {
            let tone = if row.defect > 0 {
                Tone::Bad
            } else {
                Tone::Plain
            };
            let anchor = Anchor::Row(node, first + line as u8);
            add(anchor, self.line(row), tone);
        }
    }

    /// A row in at most 24 letters; if it was rejected, the reason and how it begins.
    fn line(&self, row: &Row) -> String {
        let mut text = String::from(match row.defect {
            0 => "",
            AMOUNT => "amount: ",
            COUNTRY => "country: ",
            CUSTOMER => "customer: ",
            _ => "schema: ",
        });
        self.shared.data.say(row, false, &mut text);
        let begin = text.match_indices(' ').nth(1).map(|(end, _)| end);
        let end = begin.filter(|_| row.defect > 0).unwrap_or(24);
        text.truncate(text.floor_char_boundary(end));
        text
    }

    /// See `Model::describe`.
    pub(super) fn say(&self, message: &Message, text: &mut String) {
        let count = count_of(message.tag);
        if message.role == Role::Record {
            if let Some(index) = self.shared.index_of(message.flow) {
                let row = &self.shared.entries[index].row;
                self.shared.data.say(row, true, text);
            }
            return;
        }
        let source = message.link.index() < 2 * self.sources.len();
        let what = match (message.role, source) {
            (Role::Request, _) => "rows since the mark?",
            (Role::Response, true) => "page full, there are more",
            (Role::Ack, true) => "no more rows",
            (Role::Error, true) if message.tag % (1 << ROW_BITS) == LIMITED => "429, too many",
            (Role::Error, _) => "failed",
            (Role::Batch, _) => {
                let rows = self.stages[1].chunk(attempt_of(message.tag), count);
                text.push_str(&rows.count().to_string());
                " rows, one transaction"
            }
            (Role::Control, _) if count == BEGIN => "a run begins",
            (Role::Control, _) => "that was all",
            (Role::Ack, _) if message.flow != FlowId::NONE => "in quarantine",
            (Role::Ack, _) => "room again",
            (_, _) if count == READY => "ready, here is the checkpoint",
            (_, _) if count == COMMITTED => "committed",
            (_, _) if count == FINISHED => "the run is over",
            _ => "incomplete",
        };
        text.push_str(what);
    }
}

/// Adds a sign.
type Add<'a> = dyn FnMut(Anchor, String, Tone) + 'a;

fn counted(count: u64, what: &str) -> String {
    let mut text = count.to_string();
    text.push(' ');
    text.push_str(what);
    text
}
