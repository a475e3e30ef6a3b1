//! What the picture shows: what waits at operators, their windows, results,
//! and all that the plot of both times needs.

use super::books::TIMINGS;
use super::channel::Parcel;
use super::state::*;
use crate::kernel::decimal::Number;
use crate::kernel::settings::clip;
use crate::kernel::view::{
    Anchor, Firing, Happening, Reading, Sign, Stretch, Token, Tone, Waiting,
};
use crate::kernel::{FlowId, Hue, Instant, Marks, Message, NodeId, Role, View};
use crate::parts::station::Station;
use crate::parts::windows::{Accumulation, Pane};
use std::fmt::Write;

/// At most this many wait in sight at one node.
const SHOWN: usize = 60;
/// Results of so many keys and windows show in the picture of both times.
const WINDOWS_SHOWN: usize = 96;
/// A gauge of windows is full at so many.
const WINDOWS_FULL: f32 = 24.0;

impl Streaming {
    /// See `Model::view`.
    pub fn fill(&self, view: &mut View) {
        for (place, it) in self.operators.iter().enumerate() {
            let node = it.station.node();
            let inputs = (0..self.sources.len()).map(|source| self.channel_of(source, place));
            for channel in inputs {
                self.fill_waiting(node, channel, view);
            }
            fill_station(&it.station, self.depth(place), Role::Record, view);
            view.readings.push(Reading {
                node,
                row: 1,
                share: (it.windows.open().len() as f32 / WINDOWS_FULL).min(1.0),
                tone: Tone::Plain,
            });
        }
        for place in 0..self.operators.len() {
            self.fill_waiting(self.sink.station.node(), self.out_of(place), view);
        }
        fill_station(&self.sink.station, self.sink_depth(), Role::Event, view);
        for it in &self.sources {
            let unread = it.log.len() as u64 - (it.offset - it.base);
            view.nodes[it.node.index()].queue = unread as u32;
        }
        self.fill_times(view);
    }

    /// Event time against processing time.
    fn fill_times(&self, view: &mut View) {
        for seen in self.seen.iter() {
            view.happenings.push(Happening {
                flow: seen.element.flow,
                at: seen.now,
                event_ms: seen.element.event_ms,
                value: seen.element.value,
                hue: Hue::of(seen.element.key as usize),
                counted: seen.outcome == COUNTED,
            });
        }
        self.fill_windows(view);
        for (at, pane) in self.fired.iter() {
            view.firings.push(Firing {
                at: *at,
                span_ms: (pane.start_ms, pane.end_ms),
                value: pane.value,
                hue: Hue::of(pane.key as usize),
            });
        }
        view.watermarks.extend(self.course.iter());
    }

    /// Windows with what the sink knows of them, or else what it has not
    /// committed yet or operators hold.
    fn fill_windows(&self, view: &mut View) {
        let told = self.sink.rows.iter().rev().take(WINDOWS_SHOWN);
        let told = told.map(|row| (row.pane.start_ms, row.pane.end_ms, row.value, true));
        let written = self.sink.pending.iter().enumerate();
        let written = written.filter(|(place, (_, pane))| !self.is_replaced(*place, pane));
        let written = written.map(|(_, (_, it))| (it.start_ms, it.end_ms, it.value, false));
        let held = self.operators.iter().flat_map(|it| it.windows.open());
        let held = held.filter(|it| !it.closed);
        let held = held.map(|it| (it.start_ms, it.end_ms, it.sum, false));
        for (start_ms, end_ms, value, is_told) in told.chain(written).chain(held) {
            let key = (start_ms, end_ms);
            let order = |it: &Stretch| (it.start_ms, it.end_ms).cmp(&key);
            match view.windows.binary_search_by(order) {
                Ok(place) => {
                    let known = &mut view.windows[place];
                    if known.is_told == is_told {
                        known.value += value;
                    }
                }
                Err(place) => view.windows.insert(
                    place,
                    Stretch {
                        start_ms,
                        end_ms,
                        value,
                        is_told,
                    },
                ),
            }
        }
    }

    /// Whether a later pane that waits for the same commit says it all anew.
    fn is_replaced(&self, place: usize, pane: &Pane) -> bool {
        let same =
            |it: &Pane| (it.key, it.start_ms, it.end_ms) == (pane.key, pane.start_ms, pane.end_ms);
        let adds_up = self.parameters.rules.accumulation == Accumulation::Discarding;
        let later = &self.sink.pending[place + 1..];
        !adds_up && later.iter().any(|(_, it)| same(it))
    }

    fn fill_waiting(&self, node: NodeId, channel: usize, view: &mut View) {
        for slot in self.channels[channel].waiting().take(SHOWN) {
            let Some((message, ..)) = slot.arrived else {
                continue;
            };
            let (flow, role, key) = match slot.parcel {
                Parcel::Datum(it) => (it.flow, Role::Record, it.key),
                Parcel::Result(it) => (FlowId::NONE, Role::Event, it.key),
                _ => continue,
            };
            view.waiting.push(Waiting {
                node,
                token: Token {
                    message,
                    flow,
                    role,
                    hue: Hue::of(key as usize),
                    marks: Marks::default(),
                },
                wanted: true,
            });
        }
    }

    /// A key of the user's own, and a space; or nothing.
    fn name(&self, key: u32) -> String {
        let name = self.names.get(key as usize);
        name.map_or(String::new(), |name| clip(name) + " ")
    }

    /// See `Model::signs`.
    pub fn add_signs(&self, now: Instant, signs: &mut Vec<Sign>) {
        let mut add = |anchor, text: String, tone| signs.push(Sign { anchor, text, tone });
        for it in &self.sources {
            let unread = it.log.len() as u64 - (it.offset - it.base);
            let (text, tone) = match (it.quiet, it.idle) {
                (_, true) => ("idle".to_owned(), Tone::Warn),
                (true, _) => ("quiet".to_owned(), Tone::Warn),
                _ if unread > 0 => (format!("lag {unread}"), Tone::Bad),
                _ => (format!("offset {}", it.offset), Tone::Plain),
            };
            add(Anchor::Row(it.node, 0), text, tone);
        }
        self.add_operators(now, &mut add);
        self.add_results(&mut add);
    }

    fn add_operators(&self, now: Instant, add: &mut impl FnMut(Anchor, String, Tone)) {
        for it in &self.operators {
            let node = it.station.node();
            let (text, tone) = match it.windows.watermark_ms {
                i64::MIN => ("no watermark".to_owned(), Tone::Warn),
                event_ms => {
                    let behind = millis(now) - event_ms;
                    let tone = if behind > 3_000 {
                        Tone::Bad
                    } else {
                        Tone::Plain
                    };
                    (format!("time {:.1} s", Number(event_ms as f64 / 1e3)), tone)
                }
            };
            add(Anchor::Row(node, 0), text, tone);
            let held = it.intakes.iter().any(|intake| intake.barrier > it.taken);
            if held && self.parameters.aligned {
                add(Anchor::Node(node), "aligns".to_owned(), Tone::Warn);
            }
            let open = it.windows.open().len();
            add(Anchor::Row(node, 1), format!("{open}"), Tone::Plain);
        }
    }

    fn add_results(&self, add: &mut impl FnMut(Anchor, String, Tone)) {
        let node = self.sink.station.node();
        add(
            Anchor::Row(node, 0),
            format!("sum {}", self.total()),
            Tone::Good,
        );
        let last = self.sink.rows.back();
        if let Some(Row { pane, value, .. }) = last {
            let (start, end) = (pane.start_ms as f64 / 1e3, pane.end_ms as f64 / 1e3);
            let mut text = self.name(pane.key);
            let _ = write!(text, "{:.1}-{:.1} s: {value}", Number(start), Number(end));
            add(Anchor::Row(node, 1), text, Tone::Plain);
        }
        let (twice, restored) = (self.tally.duplicates, self.tally.restored);
        let (text, tone) = match self.sink.pending.len() {
            _ if twice > 0 => (format!("{twice} twice"), Tone::Bad),
            _ if restored > 0 => (format!("restored {restored} ×"), Tone::Warn),
            0 => (String::new(), Tone::Plain),
            pending => (format!("{pending} not committed"), Tone::Plain),
        };
        add(Anchor::Row(node, 2), text, tone);
        let dropped = self.tally.ended[usize::from(LATE)];
        let tone = if dropped > 0 { Tone::Bad } else { Tone::Plain };
        add(
            Anchor::Row(self.late, 0),
            format!("{dropped} too late"),
            tone,
        );
    }

    /// See `Model::describe`.
    pub fn say(&self, message: &Message, text: &mut String) {
        let is_here = |channel: &&super::channel::Channel| channel.link == message.link;
        let channel = self.channels.iter().find(is_here);
        let parcel = channel.and_then(|channel| channel.parcel_of(message.tag));
        let at = |event_ms: i64| Number(event_ms as f64 / 1e3);
        let _ = match parcel {
            Some(Parcel::Datum(it)) => {
                *text += &self.name(it.key);
                write!(text, "{} at {:.2} s", it.value, at(it.event_ms))
            }
            Some(Parcel::Mark(event_ms)) => write!(text, "watermark {:.2} s", at(*event_ms)),
            Some(Parcel::Idle) => write!(text, "idle"),
            Some(Parcel::Barrier(_)) => write!(text, "barrier"),
            Some(Parcel::Result(it)) => {
                *text += &self.name(it.key);
                let timing = TIMINGS[it.timing as usize];
                write!(
                    text,
                    "{timing}: {} of {:.1}-{:.1} s",
                    it.value,
                    at(it.start_ms),
                    at(it.end_ms)
                )
            }
            None => match OUTCOMES.get(message.tag as usize) {
                Some(outcome) if message.role == Role::Error => write!(text, "{outcome}"),
                _ => Ok(()),
            },
        };
    }
}

/// A station before which `depth` wait, in channels.
fn fill_station(station: &Station, depth: u32, role: Role, view: &mut View) {
    station.show(0, &|_| (role, true), view);
    view.nodes[station.node().index()].queue = depth;
}
