//! The sink: it writes panes, at once or when a checkpoint is complete, and
//! keeps the results.

use super::channel::Parcel;
use super::knobs::Writing;
use super::state::*;
use crate::kernel::{Context, Duration, FlowId, Hue, MessageId, Purpose};
use crate::parts::station::{Queued, Work};
use crate::parts::windows::{Accumulation, Pane};

const WRITES: Purpose = Purpose::named("writes");
/// A write that failed takes so long again, at least.
const LEAST_RETRY: Duration = Duration(1_000_000);

impl Streaming {
    /// Takes the next parcels, until the worker is busy.
    pub fn write(&mut self, context: &mut Context) {
        loop {
            let node = self.sink.station.node();
            if self.sink.station.busy() > 0 || !context.is_up(node) {
                return;
            }
            let least = self.sink.barriers.iter().copied().min().unwrap_or(0);
            let holds = self.parameters.writing == Writing::Transactional;
            let free = |operator: &usize| !holds || self.sink.barriers[*operator] <= least;
            let arrival = |operator: usize| {
                let (.., order) = self.channels[self.out_of(operator)].front()?.arrived?;
                Some((order, operator))
            };
            let inputs = (0..self.operators.len()).filter(free).filter_map(arrival);
            let Some((_, operator)) = inputs.min() else {
                return;
            };
            let channel = self.out_of(operator);
            let Some(slot) = self.channels[channel].take() else {
                return;
            };
            match (slot.parcel, slot.arrived) {
                (Parcel::Result(pane), Some((message, since, _))) => {
                    self.tally.panes += 1;
                    self.sink.current = Some(pane);
                    let hue = Hue::of(pane.key as usize);
                    let item = Work::at_home(message, FlowId::NONE, hue, since);
                    let takes = context.slowed(node, self.parameters.write);
                    let depth = self.sink_depth();
                    let queued = Queued { item, since };
                    self.sink
                        .station
                        .start_before(queued, depth, takes, context);
                    // There is room again.
                    self.operate(operator, context);
                }
                (Parcel::Barrier(number), _) => {
                    self.sink.barriers[operator] = number;
                    self.finish_checkpoint(context);
                }
                _ => {}
            }
        }
    }

    /// Panes that are here and wait.
    pub fn sink_depth(&self) -> u32 {
        let channels = &self.channels[self.out_of(0)..];
        channels
            .iter()
            .map(|channel| channel.waiting().count() as u32)
            .sum()
    }

    /// The sink's worker is done.
    pub fn written(&mut self, worker: u64, context: &mut Context) {
        let Some(work) = self.sink.station.finish(worker, context) else {
            return;
        };
        let node = self.sink.station.node();
        self.sink.station.finished(0, &work, true, context);
        if self.write_fails(work.message, context) {
            self.tally.write_retries += 1;
            // Time must go on, however fast a sink that always fails.
            let takes = self.parameters.write.max(LEAST_RETRY);
            let (takes, since) = (context.slowed(node, takes), context.now());
            let (again, depth) = (Queued { item: work, since }, self.sink_depth());
            let station = &mut self.sink.station;
            return station.start_before(again, depth, takes, context);
        }
        if let Some(pane) = self.sink.current.take() {
            let commits = self.parameters.checkpoint > Duration::ZERO;
            if self.parameters.writing == Writing::Transactional && commits {
                self.sink.pending.push((context.now(), pane));
            } else {
                self.apply(pane);
            }
        }
        self.write(context);
    }

    /// Whether a write that is done was in vain.
    fn write_fails(&self, message: MessageId, context: &Context) -> bool {
        let (node, key) = (self.sink.station.node(), self.tally.write_retries);
        context.fails(node, WRITES, message.0.get(), key)
    }

    /// All that was written before a barrier counts.
    pub fn commit(&mut self) {
        for (_, pane) in std::mem::take(&mut self.sink.pending) {
            self.apply(pane);
        }
    }

    /// Puts a pane into the results.
    fn apply(&mut self, pane: Pane) {
        let window = (pane.key, pane.start_ms, pane.end_ms);
        let of = |row: &Row| (row.pane.key, row.pane.start_ms, row.pane.end_ms);
        let place = self.sink.rows.iter().rposition(|row| of(row) == window);
        let place = place.unwrap_or_else(|| {
            if self.sink.rows.len() >= RESULTS_MOST {
                let oldest = self.sink.rows.pop_front();
                self.sink.summed += oldest.map_or(0, |row| row.value);
            }
            let (value, next) = (0, 0);
            self.sink.rows.push_back(Row { pane, value, next });
            self.sink.rows.len() - 1
        });
        let row = &mut self.sink.rows[place];
        let known = pane.index < row.next;
        if known && self.parameters.writing == Writing::Idempotent {
            self.tally.known += 1;
            return;
        }
        self.tally.duplicates += u64::from(known);
        self.tally.applied += 1;
        let before = row.value;
        row.value = match self.parameters.rules.accumulation {
            // The row was given up, and begins anew.
            _ if row.next == 0 && pane.index > 0 => pane.change,
            Accumulation::Discarding => row.value + pane.value,
            Accumulation::Accumulating => pane.value,
            Accumulation::Retracting => row.value - pane.retracts.unwrap_or(0) + pane.value,
        };
        (row.pane, row.next) = (pane, row.next.max(pane.index + 1));
        self.sink.changed += row.value - before;
    }

    /// The sum over all windows.
    pub fn total(&self) -> i64 {
        self.sink.summed + self.sink.rows.iter().map(|row| row.value).sum::<i64>()
    }
}
