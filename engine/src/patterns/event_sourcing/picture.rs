//! What the picture shows: the log in the middle, how far each projection has
//! come, what handlers have in hand, and the state as of any event.

use super::books::NAMES;
use super::state::*;
use crate::kernel::view::{Pointer, Reading, Shelf, ShortName, Standing, Token};
use crate::kernel::{
    Anchor, FlowId, Hue, Marks, Message, NodeId, Role, Row, Sign, Tone, Topology, View,
    decimal::Number,
};
use crate::parts::event_log::Entry;
use crate::parts::station::{Station, Work};
use std::fmt::Write;

/// Cells of the log.
const CELLS: u16 = 40;
/// Lines below it, an account each.
const LINES: u8 = 2;
/// A lag from which on it is worth a look.
const FAR: u64 = 8;

/// What events are called, by kind.
const WORDS: [&str; 5] = ["deposited", "withdrawn", "sent", "received", "corrected"];
/// What commands are called, by kind.
const COMMANDS: [&str; 6] = [
    "deposit",
    "withdraw",
    "transfer",
    "",
    "take back",
    "balance",
];

/// Rows of the log and of the snapshot store.
pub fn furnish(topology: &mut Topology, log: NodeId, snapshots: NodeId) {
    let (label, most) = (String::new(), CELLS);
    topology.furnish(log, [Row::Cells { label, most }]);
    topology.furnish(log, vec![Row::Line; usize::from(LINES)]);
    topology.furnish(snapshots, [Row::Line]);
}

/// Cents as an amount.
fn money(cents: i64) -> String {
    let (sign, cents) = (if cents < 0 { "-" } else { "" }, cents.unsigned_abs());
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}

impl EventSourcing {
    /// See `Model::view`.
    pub fn fill(&self, view: &mut View) {
        for (_, flow) in self.flows.iter().filter(|(_, flow)| !flow.ended) {
            view.nodes[usize::from(flow.client)].open += 1;
        }
        for station in self.handlers.iter().chain([&self.store]) {
            self.show_station(station, view);
        }
        for projection in &self.projections {
            self.show_station(&projection.station, view);
        }
        let (node, row, end) = (self.store.node(), 0, self.log.len());
        let (first, room) = (0, end.max(u64::from(CELLS)));
        view.shelves.push(Shelf {
            node,
            row,
            first,
            end,
            room,
        });
        for place in end.saturating_sub(u64::from(CELLS))..end {
            if let Some(entry) = self.log.get(place) {
                let behind = self.projections.iter().any(|it| it.live.next <= place);
                view.standing.push(Standing {
                    node,
                    row,
                    place,
                    token: Token {
                        message: entry.message,
                        flow: entry.flow,
                        role: Role::Event,
                        hue: Hue::of(entry.stream as usize),
                        marks: Marks::default(),
                    },
                    wanted: behind,
                });
            }
        }
        for (index, projection) in self.projections.iter().enumerate() {
            view.pointers.push(Pointer {
                node,
                row,
                place: projection.live.next,
                label: ShortName::from(NAMES[index]),
                hue: Hue::of(index),
            });
            let come = projection.shadow.as_ref().unwrap_or(&projection.live).next;
            view.readings.push(Reading {
                node: projection.station.node(),
                row: 0,
                share: come as f32 / end.max(1) as f32,
                tone: match (&projection.shadow, self.lag(index)) {
                    (None, 0..=FAR) => Tone::Plain,
                    _ => Tone::Warn,
                },
            });
        }
    }

    fn show_station(&self, station: &Station, view: &mut View) {
        let is_open = |flow: FlowId| self.flows.get(flow.0).is_some_and(|it| !it.ended);
        let look = |work: &Work| match what_of(work.tag) {
            EVENT => (Role::Event, true),
            GET_EVENTS => (Role::Request, is_open(work.flow)),
            _ => (Role::Command, is_open(work.flow)),
        };
        station.show(0, &look, view);
    }

    fn name(&self, account: u32) -> String {
        let mut name = String::new();
        self.own.write_name(account, &mut name);
        name
    }

    /// See `Model::signs`.
    pub fn say(&self, signs: &mut Vec<Sign>) {
        let mut add = |anchor, text, tone| signs.push(Sign { anchor, text, tone });
        let plain = Tone::Plain;
        for (client, (stale, answers)) in self.answers.iter().enumerate() {
            if *stale > 0 {
                let text = format!("{stale}/{answers} stale");
                add(Anchor::Node(NodeId(client as u16)), text, Tone::Warn);
            }
        }
        for station in &self.handlers {
            let (text, tone) = self.doing(station);
            add(Anchor::Row(station.node(), 0), text, tone);
        }
        let (log, end) = (self.store.node(), self.log.len());
        add(Anchor::Node(log), format!("{end} events"), plain);
        // The accounts that changed last.
        let mut line = 1;
        let mut shown = Vec::new();
        for entry in (end.saturating_sub(12)..end)
            .rev()
            .filter_map(|it| self.log.get(it))
        {
            if line <= LINES && !shown.contains(&entry.stream) {
                shown.push(entry.stream);
                let text = self.last_of(entry);
                add(Anchor::Row(log, line), text, plain);
                line += 1;
            }
        }
        let tally = &self.tally;
        let text = match self.parameters.snapshot_every {
            0 => "none".to_owned(),
            every => format!("{}, every {every} events", tally.snapshots),
        };
        add(Anchor::Row(self.snapshots_at, 0), text, plain);
        for (index, it) in self.projections.iter().enumerate() {
            let node = it.station.node();
            let lag = self.lag(index);
            let (text, tone) = match (&it.shadow, lag) {
                (Some(fold), _) => (format!("{} of {end}", fold.next), Tone::Warn),
                (None, 0) => ("in step".to_owned(), Tone::Good),
                (None, 1..FAR) => (format!("lag {lag}"), plain),
                _ => (format!("lag {lag}"), Tone::Warn),
            };
            add(Anchor::Row(node, 0), text, tone);
            let wrong = it.live.left_out;
            let (text, tone) = match (index, wrong) {
                (1, _) => (
                    format!("{} entries", it.live.sums.iter().sum::<i64>()),
                    plain,
                ),
                (_, 0) => (format!("{} {}", self.name(0), money(it.live.of(0))), plain),
                _ => (
                    format!("{} {}, wrong", self.name(0), money(it.live.of(0))),
                    Tone::Bad,
                ),
            };
            add(Anchor::Row(node, 1), text, tone);
        }
    }

    /// What a handler is about.
    fn doing(&self, station: &Station) -> (String, Tone) {
        for (_, flow) in self.flows.iter() {
            for it in flow.tries.iter() {
                if self.handlers[it.handler].node() != station.node() {
                    continue;
                }
                let [one, other] = it.loaded;
                let events = one.version - one.from.min(one.version) + other.version
                    - other.from.min(other.version);
                let name = self.name(flow.account);
                return match it.stage {
                    Stage::BacksOff => (format!("{name}: conflict"), Tone::Warn),
                    Stage::Folds => (format!("{name}: folds {events}"), Tone::Plain),
                    Stage::Appends => (format!("{name}: if v{}", one.version), Tone::Plain),
                    Stage::ReadsEvents if one.from > 0 => {
                        (format!("{name}: from v{}", one.from), Tone::Plain)
                    }
                    Stage::ReadsSnapshot | Stage::ReadsEvents => {
                        (format!("{name}: loads"), Tone::Plain)
                    }
                    Stage::Waits | Stage::Over => continue,
                };
            }
        }
        let (loads, all) = (self.tally.loads.max(1), self.tally.replayed);
        let mean = Number((all * 10 / loads) as f64 / 10.0);
        (format!("mean fold {mean}"), Tone::Plain)
    }

    fn last_of(&self, entry: &Entry) -> String {
        let balance = self.balance_at(entry.stream, entry.version);
        let name = self.name(entry.stream);
        format!("{name} v{}: {}", entry.version, money(balance))
    }

    fn balance_at(&self, account: u32, version: u32) -> i64 {
        let tail = self.log.tail(account, 0);
        tail.filter(|it| it.version <= version).map(cents_of).sum()
    }

    /// See `Model::look_back`.
    pub fn as_of(&self, place: u64, lines: &mut Vec<String>) -> u64 {
        /// Accounts that are told.
        const TOLD: usize = 12;
        let mut balances: Vec<(u32, i64)> = Vec::new();
        let end = self.log.len().min(place.saturating_add(1));
        for entry in (0..end).filter_map(|it| self.log.get(it)) {
            let account = entry.stream as usize;
            if balances.len() <= account {
                balances.resize(account + 1, (0, 0));
            }
            balances[account] = (entry.version, balances[account].1 + cents_of(entry));
        }
        if let Some(entry) = self.log.get(place) {
            let (name, word) = (self.name(entry.stream), WORDS[usize::from(entry.kind)]);
            let old = if entry.old {
                ", written in version 1"
            } else {
                ""
            };
            lines.push(format!(
                "{name}: {word} {}{old}",
                money(cents_of(entry).abs())
            ));
        }
        for (account, (version, cents)) in balances.into_iter().enumerate().take(TOLD) {
            let name = self.name(account as u32);
            lines.push(format!("{name}  {}  v{version}", money(cents)));
        }
        self.log.len()
    }

    /// See `Model::describe`.
    pub fn tell_of(&self, message: &Message, text: &mut String) {
        let (what, value) = (what_of(message.tag), value_of(message.tag));
        if let EVENT | ACK | REPLAY | PAGE = what {
            let word = match (what, self.log.get(value)) {
                (EVENT, Some(entry)) => {
                    let word = WORDS[usize::from(entry.kind)];
                    let (name, cents) = (self.name(entry.stream), money(cents_of(entry).abs()));
                    let _ = write!(text, "event {value}: {name} {word} {cents}");
                    return;
                }
                (ACK, _) => "checkpoint",
                (REPLAY, _) => "again, from",
                _ => "events from",
            };
            let _ = write!(text, "{word} {value}");
            return;
        }
        let Some(flow) = self.flows.get(message.flow.0) else {
            return;
        };
        let name = self.name(flow.account);
        let loaded = flow.tries.get(attempt_of(message.tag));
        let (loaded, answer) =
            loaded.map_or_else(Default::default, |it| (it.loaded[0], it.answer[0]));
        let _ = match what {
            GET_SNAPSHOT => write!(text, "{name}: last snapshot?"),
            SNAPSHOT => write!(text, "{name}: as of v{}", answer.from),
            SAVE => write!(text, "{name}: snapshot v{value}"),
            GET_EVENTS => write!(text, "{name}: events since v{}", loaded.from),
            TAIL => write!(text, "{name}: v{} to v{}", answer.from, answer.version),
            APPEND => write!(text, "{name}: append, expects v{}", loaded.version),
            APPENDED | REPLY => {
                let verdict = usize::from(verdict_of(message.tag));
                write!(text, "{}", super::PATTERN.outcomes[verdict])
            }
            QUERY => write!(text, "{name}: balance?"),
            ANSWER if flow.seen < flow.position => {
                let late = flow.position - flow.seen;
                write!(text, "{name}: stale, {late} events behind")
            }
            ANSWER => write!(text, "{name}: balance as of {}", flow.seen),
            _ => {
                let (word, cents) = (COMMANDS[usize::from(flow.kind)], money(flow.cents.abs()));
                write!(text, "{name}: {word} {cents}")
            }
        };
    }
}
