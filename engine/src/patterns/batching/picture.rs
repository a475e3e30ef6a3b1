//! What the picture shows: the open batch that fills, its three gauges, and
//! the reason of the last flush.

use super::batch::{Item, REASONS};
use super::bench::{Bench, is_wanted};
use super::model::Batching;
use crate::kernel::decimal::Number;
use crate::kernel::view::{Anchor, Reading, Shelf, Sign, Standing, Token, Tone, Waiting};
use crate::kernel::{Instant, Marks, Message, NodeId, Role, View};
use crate::parts::station::Work;
use std::fmt::Write;

/// At most this many of a kind are shown in one node.
const SHOWN: usize = 100;

fn token_of(item: &Item, role: Role) -> Token {
    Token {
        message: item.message,
        flow: item.flow,
        role,
        hue: item.hue,
        marks: Marks::default(),
    }
}

fn share(part: f64, whole: f64) -> f32 {
    (part / whole.max(1e-9)).min(1.0) as f32
}

impl Batching {
    /// The fullest open batch: items, bytes, and nanoseconds since its first.
    fn gauges(&self, now: Instant) -> [(f64, f64); 3] {
        let (mut items, mut bytes, mut age) = (0, 0, 0);
        for open in &self.accumulator.open {
            items = items.max(open.items.len());
            bytes = bytes.max(open.bytes);
            let first = open.items.first();
            age = age.max(first.map_or(0, |first| now.since(first.since).0));
        }
        let parameters = &self.shared.parameters;
        let limit = self.accumulator.limit.items(parameters);
        let most = match parameters.max_bytes {
            u64::MAX => f64::INFINITY,
            most => most as f64,
        };
        [
            (items as f64, limit as f64),
            (bytes as f64, most),
            (age as f64, parameters.linger.0 as f64),
        ]
    }

    /// The row of a gauge, if it is there: they stand below one row of cells a
    /// key; where there are several keys, only the last one.
    fn gauge_row(&self, gauge: usize) -> Option<u8> {
        let keys = self.accumulator.open.len();
        let hidden = if keys > 1 { 2 } else { 0 };
        Some((keys + gauge.checked_sub(hidden)?) as u8)
    }

    /// See `Model::view`.
    pub(super) fn fill(&self, view: &mut View) {
        let accumulator = &self.accumulator;
        let node = accumulator.node;
        let limit = accumulator.limit.items(&self.shared.parameters) as u64;
        for (key, open) in accumulator.open.iter().enumerate() {
            let (row, end) = (key as u8, open.items.len() as u64);
            let (first, room) = (0, limit.max(end));
            view.shelves.push(Shelf {
                node,
                row,
                first,
                end,
                room,
            });
            let skipped = open.items.len().saturating_sub(SHOWN);
            for (place, item) in open.items.iter().enumerate().skip(skipped) {
                let token = token_of(item, Role::Record);
                let (place, wanted) = (place as u64, !item.bad);
                view.standing.push(Standing {
                    node,
                    row,
                    place,
                    token,
                    wanted,
                });
            }
        }
        for (index, (value, most)) in self.gauges(view.now).into_iter().enumerate() {
            let share = share(value, most);
            let tone = if share < 1.0 { Tone::Plain } else { Tone::Warn };
            let Some(row) = self.gauge_row(index) else {
                continue;
            };
            view.readings.push(Reading {
                node,
                row,
                share,
                tone,
            });
        }
        self.fill_waiting(view);
        for bench in self.individual.iter().chain([&self.processor]) {
            self.fill_bench(bench, view);
        }
    }

    /// Closed batches that wait for a slot, then items at the door.
    fn fill_waiting(&self, view: &mut View) {
        let accumulator = &self.accumulator;
        let node = accumulator.node;
        let (ready, door) = (&accumulator.ready, &accumulator.door);
        view.nodes[node.index()].queue = (ready.len() + door.len()) as u32;
        let mut add = |item: &Item, role| {
            let (token, wanted) = (token_of(item, role), true);
            view.waiting.push(Waiting {
                node,
                token,
                wanted,
            });
        };
        for number in ready.iter().take(SHOWN) {
            if let Some(batch) = accumulator.batches.get(*number) {
                add(&batch.items[0], Role::Batch);
            }
        }
        for item in door.iter().take(SHOWN) {
            add(item, Role::Record);
        }
    }

    fn fill_bench(&self, bench: &Bench, view: &mut View) {
        let station = &bench.station;
        let single = station.node() != self.processor.station.node();
        let (role, cap) = match single {
            true => (Role::Record, station.cap),
            false => (Role::Batch, 0),
        };
        let wanted = |work: &Work| single || is_wanted(work, &self.accumulator.batches);
        station.show(cap, &|work| (role, wanted(work)), view);
    }

    /// See `Model::signs`.
    pub(super) fn add_signs(&self, now: Instant, signs: &mut Vec<Sign>) {
        let (accumulator, tally) = (&self.accumulator, &self.shared.books.tally);
        let node = accumulator.node;
        let mut add = |anchor, text: String, tone| signs.push(Sign { anchor, text, tone });
        let held = format!(
            "holds {} of {}",
            accumulator.held, self.shared.parameters.buffer
        );
        let full = accumulator.held >= self.shared.parameters.buffer;
        let tone = if full { Tone::Bad } else { Tone::Plain };
        add(Anchor::Node(node), held, tone);
        let units = [(1.0, ""), (1e3, " KB"), (1e6, " ms")];
        for (index, (value, most)) in self.gauges(now).into_iter().enumerate() {
            let Some(row) = self.gauge_row(index) else {
                continue;
            };
            let (scale, unit) = units[index];
            let digits = usize::from(index == 1);
            let text = match most.is_finite() {
                true => format!(
                    "{:.digits$} / {:.digits$}{unit}",
                    Number(value / scale),
                    Number(most / scale)
                ),
                false => format!("{:.digits$}{unit}", Number(value / scale)),
            };
            let tone = if value < most {
                Tone::Plain
            } else {
                Tone::Warn
            };
            add(Anchor::Row(node, row), text, tone);
        }
        if let Some(last) = accumulator.last {
            let text = format!("{} {}", REASONS[usize::from(last.reason)], last.size);
            add(Anchor::Link(accumulator.out), text, Tone::Plain);
        }
        let waits = format!(
            "{} in flight, {} ready",
            accumulator.in_flight,
            accumulator.ready.len()
        );
        let below = self.gauge_row(3).unwrap_or_default();
        add(Anchor::Row(node, below), waits, Tone::Plain);
        let limit = accumulator.limit.items(&self.shared.parameters);
        for (key, open) in accumulator.open.iter().enumerate() {
            if accumulator.open.len() > 1 {
                let text = format!("{} of {limit}", open.items.len());
                add(Anchor::Row(node, key as u8), text, Tone::Plain);
            }
        }
        self.add_results(now, add, tally.rows, tally.duplicates, tally.suppressed);
    }

    fn add_results(
        &self,
        now: Instant,
        mut add: impl FnMut(Anchor, String, Tone),
        rows: u64,
        again: u64,
        suppressed: u64,
    ) {
        let store = self.store_node;
        let rate = |pace: f64| format!("{:.0} items/s", Number(pace));
        let of = |node: NodeId| Anchor::Row(node, 0);
        add(
            of(self.processor.station.node()),
            rate(self.shared.books.pace.per_s(now)),
            Tone::Good,
        );
        if let Some(individual) = &self.individual {
            let full = individual.station.depth() > u32::from(individual.station.workers());
            let tone = if full { Tone::Bad } else { Tone::Plain };
            let pace = self.shared.books.beside_pace.per_s(now);
            add(of(individual.station.node()), rate(pace), tone);
        }
        add(of(store), format!("{rows} items"), Tone::Plain);
        let (text, tone) = match suppressed {
            0 => (format!("{again} twice"), Tone::Bad),
            _ => (format!("{suppressed} known, {again} twice"), Tone::Warn),
        };
        if again + suppressed > 0 {
            add(Anchor::Row(store, 1), text, tone);
        }
    }

    /// See `Model::describe`.
    pub(super) fn say(&self, message: &Message, text: &mut String) {
        let batches = &self.accumulator.batches;
        let done = if message.role == Role::Record {
            match self.shared.books.flow(message.flow) {
                Some(flow) if flow.bad => write!(text, "{} B, bad", flow.bytes),
                Some(flow) => write!(text, "{} B", flow.bytes),
                None => Ok(()),
            }
        } else {
            match batches.get(batches.number_of(message.tag)) {
                Some(batch) => {
                    let reason = REASONS[usize::from(batch.reason)];
                    write!(text, "{} items, by {reason}", batch.items.len())
                }
                None => Ok(()),
            }
        };
        done.unwrap_or_default();
    }
}
