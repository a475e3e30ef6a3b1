//! Operators: they take from their channels in order, sum in windows, and tell
//! panes; barriers cut their state, aligned or not.

use super::channel::Parcel;
use super::state::*;
use crate::kernel::model::Draft;
use crate::kernel::{Context, FlowId, Hue, Instant, Marks, MessageId, Purpose, Role};
use crate::parts::station::{Queued, Work};
use crate::parts::windows::{Fate, Pane};

const ERRORS: Purpose = Purpose::named("errors");
/// Points of the watermark's course that are remembered.
const COURSE_MOST: usize = 300;

impl Streaming {
    /// The channel from an operator to the sink.
    pub fn out_of(&self, operator: usize) -> usize {
        self.sources.len() * self.operators.len() + operator
    }

    /// Takes the next parcels, until a worker is needed that is busy.
    pub fn operate(&mut self, operator: usize, context: &mut Context) {
        loop {
            let it = &self.operators[operator];
            let idle = it.station.busy() == 0 && context.is_up(it.station.node());
            let full = self.channels[self.out_of(operator)].loaded >= self.parameters.buffer;
            if !idle || full {
                return;
            }
            let Some(source) = self.next_input(operator) else {
                return;
            };
            let channel = self.channel_of(source, operator);
            let Some(slot) = self.channels[channel].take() else {
                return;
            };
            match slot.parcel {
                Parcel::Datum(element) => {
                    self.begin_work(operator, element, slot.arrived, context);
                    self.read(source, context);
                }
                Parcel::Mark(event_ms) => {
                    let intake = &mut self.operators[operator].intakes[source];
                    let before = intake.watermark_ms.unwrap_or(i64::MIN);
                    (intake.watermark_ms, intake.idle) = (Some(before.max(event_ms)), false);
                    self.advance(operator, context);
                }
                Parcel::Idle => {
                    self.operators[operator].intakes[source].idle = true;
                    self.advance(operator, context);
                }
                Parcel::Barrier(number) => {
                    self.operators[operator].intakes[source].barrier = number;
                    self.snapshot(operator, context);
                }
                Parcel::Result(_) => {}
            }
        }
    }

    /// The input whose next parcel arrived first, of those that are not held
    /// back by a barrier.
    fn next_input(&self, operator: usize) -> Option<usize> {
        let it = &self.operators[operator];
        let free =
            |source: &usize| !self.parameters.aligned || it.intakes[*source].barrier <= it.taken;
        let arrival = |source: usize| {
            let channel = &self.channels[self.channel_of(source, operator)];
            let (.., order) = channel.front()?.arrived?;
            Some((order, source))
        };
        let inputs = (0..self.sources.len()).filter(free).filter_map(arrival);
        inputs.min().map(|(_, source)| source)
    }

    fn begin_work(
        &mut self,
        operator: usize,
        element: Element,
        arrived: Option<(MessageId, Instant, u64)>,
        context: &mut Context,
    ) {
        let Some((message, since, _)) = arrived else {
            return;
        };
        let depth = self.depth(operator);
        let it = &mut self.operators[operator];
        let (node, flow) = (it.station.node(), element.flow);
        let (distribution, mean) = (self.parameters.distribution, self.parameters.service);
        let takes = distribution.takes(mean, flow, 0, node, context);
        it.current = Some(element);
        let hue = Hue::of(element.key as usize);
        let item = Work::at_home(message, element.flow, hue, since);
        it.station
            .start_before(Queued { item, since }, depth, takes, context);
    }

    /// Elements that are here and wait.
    pub fn depth(&self, operator: usize) -> u32 {
        let inputs = (0..self.sources.len()).map(|source| self.channel_of(source, operator));
        inputs
            .map(|channel| self.channels[channel].waiting().count() as u32)
            .sum()
    }

    /// An operator's worker is done.
    pub fn operated(&mut self, operator: usize, worker: u64, context: &mut Context) {
        let station = &mut self.operators[operator].station;
        let Some(work) = station.finish(worker, context) else {
            return;
        };
        station.finished(0, &work, true, context);
        if let Some(element) = self.operators[operator].current.take() {
            self.last_message = Some(work.message);
            self.count(operator, element, context);
        }
        self.operate(operator, context);
    }

    fn count(&mut self, operator: usize, element: Element, context: &mut Context) {
        let (now, rules) = (context.now(), self.parameters.rules);
        let node = self.operators[operator].station.node();
        let key = u64::from(self.attempt);
        let fails = context.fails(node, ERRORS, element.flow.0, key);
        let outcome = if element.bad {
            BAD
        } else if fails {
            ERROR
        } else if self.parameters.least > 0 && element.value < self.parameters.least {
            self.tally.filtered += 1;
            COUNTED
        } else {
            let value = if self.parameters.ones {
                1
            } else {
                element.value
            };
            let content = (element.key, element.event_ms, value);
            let windows = &mut self.operators[operator].windows;
            match windows.add(content, now, &rules, &mut self.panes) {
                Fate::Taken(_) => COUNTED,
                Fate::Late => LATE,
                Fate::Refused => REFUSED,
            }
        };
        self.tally.processed += 1;
        self.tally.handled[usize::from(outcome)] += 1;
        if self.seen.len() >= SEEN_MOST {
            self.seen.pop_front();
        }
        self.seen.push_back(Seen {
            now,
            element,
            outcome,
        });
        if outcome != COUNTED {
            context.send(Draft {
                link: self.operators[operator].late,
                flow: element.flow,
                cause: self.last_message,
                tag: u32::from(outcome),
                role: Role::Error,
                hue: Hue::of(element.key as usize),
                marks: Marks::default(),
            });
        }
        self.end(&element, outcome, context);
        self.fire_panes(operator, context);
        self.watch_early(operator, context);
    }

    /// The watermark of an operator is the least of its inputs'.
    fn advance(&mut self, operator: usize, context: &mut Context) {
        let rules = self.parameters.rules;
        let it = &mut self.operators[operator];
        let live = it.intakes.iter().filter(|intake| !intake.idle);
        let least = live
            .map(|intake| intake.watermark_ms.unwrap_or(i64::MIN))
            .min();
        if let Some(least) = least {
            it.windows.advance(least, &rules, &mut self.panes);
        }
        let all = self
            .operators
            .iter()
            .map(|it| it.windows.watermark_ms)
            .min();
        let all = all.unwrap_or(i64::MIN);
        if all > i64::MIN && self.course.back().is_none_or(|(_, before)| *before < all) {
            if self.course.len() >= COURSE_MOST {
                self.course.pop_front();
            }
            self.course.push_back((context.now(), all));
        }
        self.fire_panes(operator, context);
    }

    /// Sends the panes that have just fired.
    pub fn fire_panes(&mut self, operator: usize, context: &mut Context) {
        let panes = std::mem::take(&mut self.panes);
        let (node, channel) = (
            self.operators[operator].station.node(),
            self.out_of(operator),
        );
        for pane in &panes {
            self.tally.fired[pane.timing as usize] += 1;
            if self.fired.len() >= SEEN_MOST {
                self.fired.pop_front();
            }
            self.fired.push_back((context.now(), *pane));
            let (kind, value) = (pane.timing as u8, pane.value.unsigned_abs());
            context.note(kind, node, FlowId::NONE, value);
            let cause = self.last_message;
            self.send(channel, Parcel::Result(*pane), cause, context);
        }
        self.panes = panes;
        self.panes.clear();
    }

    /// Waits for the next early pane.
    pub fn watch_early(&mut self, operator: usize, context: &mut Context) {
        let it = &mut self.operators[operator];
        let Some(due) = it.windows.next_due() else {
            it.due = None;
            return;
        };
        if it.due != Some(due) {
            it.due = Some(due);
            let (node, delay) = (it.station.node(), due.since(context.now()));
            self.wait(node, EARLY, delay, due.0, context);
        }
    }

    /// Early panes may be due.
    pub fn fire_early(&mut self, operator: usize, due: u64, context: &mut Context) {
        if self.operators[operator].due != Some(Instant(due)) {
            return;
        }
        let (now, rules) = (context.now(), self.parameters.rules);
        let it = &mut self.operators[operator];
        it.due = None;
        it.windows.tick(now, &rules, &mut self.panes);
        self.fire_panes(operator, context);
        self.watch_early(operator, context);
    }

    /// Panes that stand in an operator's channel or at the sink, as changes.
    pub fn on_the_way(&self) -> i64 {
        let changes = |parcel: &Parcel| match parcel {
            Parcel::Result(Pane { change, .. }) => *change,
            _ => 0,
        };
        let channels = &self.channels[self.out_of(0)..];
        let slots = channels.iter().flat_map(|channel| channel.slots.iter());
        let pending = self.sink.pending.iter().map(|(_, pane)| pane.change);
        let current = self.sink.current.map_or(0, |pane| pane.change);
        slots.map(|slot| changes(&slot.parcel)).sum::<i64>() + pending.sum::<i64>() + current
    }
}
