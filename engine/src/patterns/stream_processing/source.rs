//! Sources: what comes into their logs, and what they send of it.

use super::channel::Parcel;
use super::knobs::LONGEST_DELAY;
use super::state::*;
use crate::kernel::model::Draft;
use crate::kernel::random::exponential;
use crate::kernel::{
    Context, Duration, FlowId, Hue, Instant, Marks, MessageId, NodeId, Outcome, Purpose, Role,
    Timer,
};

const CONTENT: Purpose = Purpose::named("elements");
/// Values are whole numbers from 1 to this.
const VALUES: f64 = 9.0;

impl Streaming {
    /// An element happens, perhaps long ago, and comes into a source's log.
    pub fn append(
        &mut self,
        source: usize,
        given: Option<usize>,
        bad: bool,
        context: &mut Context,
    ) {
        let now = context.now();
        let flow = FlowId(self.flows.next_key());
        let it = &self.parameters;
        let mut draws = context.random().keyed(CONTENT, flow.0, 0);
        let mut draw = || draws.uniform();
        let (hot, key, value, late, delay) = (draw(), draw(), draw(), draw(), draw());
        let mut key = if hot < it.hot {
            0
        } else {
            (key * f64::from(it.keys)) as u32
        };
        let longest = LONGEST_DELAY * it.delay_ms;
        let delay = if late < it.late {
            (it.delay_ms * exponential(delay)).min(longest)
        } else {
            0.0
        };
        let mut event_ms = millis(now) - delay as i64;
        let mut value = 1 + (value * VALUES) as i64;
        if let Some(row) = given {
            let (event, row_key, number) = self.given[row];
            let Some(row_key) = row_key else {
                self.sources[source]
                    .log
                    .push_back((now, Entry::Mark(event)));
                return self.read(source, context);
            };
            (event_ms, key, value) = (event, row_key, number);
        }
        let node = self.sources[source].node;
        let bad = bad || draw() < context.node(node).errors;
        self.flows.push(Flow { started: now });
        self.open += 1;
        context.flow_started(flow, node);
        let element = Element {
            flow,
            event_ms,
            key,
            value,
            bad,
        };
        if self.sources[source].log.len() >= LOG_MOST {
            return self.end(&element, REFUSED, context);
        }
        self.tally.appended += 1;
        self.sources[source]
            .log
            .push_back((now, Entry::Datum(element)));
        self.read(source, context);
    }

    /// The first end of an element is its outcome; replays change nothing.
    pub fn end(&mut self, element: &Element, outcome: u8, context: &mut Context) {
        let Some(flow) = self.flows.remove(element.flow.0) else {
            return;
        };
        self.open -= 1;
        self.tally.ended[usize::from(outcome)] += 1;
        let (id, started) = (element.flow, flow.started);
        context.flow_ended(id, Outcome(outcome), started);
    }

    /// The operator of a key.
    pub fn operator_of(&self, key: u32) -> usize {
        key as usize % self.operators.len()
    }

    /// The channel from a source to an operator.
    pub fn channel_of(&self, source: usize, operator: usize) -> usize {
        source * self.operators.len() + operator
    }

    /// Sends what the log has, as far as channels have room.
    pub fn read(&mut self, source: usize, context: &mut Context) {
        if !context.is_up(self.sources[source].node) {
            return;
        }
        loop {
            let it = &self.sources[source];
            let Some((_, entry)) = it.log.get((it.offset - it.base) as usize).copied() else {
                break;
            };
            match entry {
                Entry::Datum(element) => {
                    let channel = self.channel_of(source, self.operator_of(element.key));
                    if self.channels[channel].loaded >= self.parameters.buffer {
                        break;
                    }
                    let it = &mut self.sources[source];
                    (it.idle, it.read_at) = (false, context.now());
                    it.latest_ms = it.latest_ms.max(element.event_ms);
                    self.send(channel, Parcel::Datum(element), None, context);
                }
                Entry::Mark(event_ms) => self.tell(source, Parcel::Mark(event_ms), context),
            }
            self.sources[source].offset += 1;
        }
    }

    /// Sends a parcel on a channel.
    pub fn send(
        &mut self,
        channel: usize,
        parcel: Parcel,
        cause: Option<MessageId>,
        context: &mut Context,
    ) {
        let tag = self.channels[channel].enter(parcel, self.attempt);
        let (role, flow, hue) = match parcel {
            Parcel::Datum(it) => (Role::Record, it.flow, Hue::of(it.key as usize)),
            Parcel::Result(it) => (Role::Event, FlowId::NONE, Hue::of(it.key as usize)),
            Parcel::Barrier(_) => (Role::Command, FlowId::NONE, Hue::ROLE),
            Parcel::Mark(_) | Parcel::Idle => (Role::Control, FlowId::NONE, Hue::ROLE),
        };
        context.send(Draft {
            link: self.channels[channel].link,
            flow,
            cause,
            tag,
            role,
            hue,
            marks: Marks::default(),
        });
    }

    /// Sends a parcel to every operator.
    pub fn tell(&mut self, source: usize, parcel: Parcel, context: &mut Context) {
        for operator in 0..self.operators.len() {
            self.send(self.channel_of(source, operator), parcel, None, context);
        }
    }

    /// With own input all rows come from the first source; the others do not
    /// hold the watermark.
    pub fn is_without_rows(&self, source: usize) -> bool {
        source > 0 && !self.given.is_empty()
    }

    /// The least event time of own input that is not read yet.
    fn least_to_come(&self, source: usize) -> i64 {
        let (mut least, from) = (i64::MAX, &self.sources[source]);
        if self.given.is_empty() {
            return least;
        }
        for place in (from.offset - from.base) as usize..from.log.len() {
            if let (_, Entry::Datum(element)) = from.log[place] {
                least = least.min(element.event_ms);
            }
        }
        for (event_ms, ..) in &self.given[self.given_so_far..] {
            least = least.min(*event_ms);
        }
        least
    }

    /// It is time for a watermark.
    pub fn mark(&mut self, source: usize, context: &mut Context) {
        let (now, it) = (context.now(), &self.parameters);
        self.wait(
            self.sources[source].node,
            WATERMARK,
            it.watermark,
            0,
            context,
        );
        if self.given_marks || self.is_without_rows(source) {
            return;
        }
        let from = &self.sources[source];
        let unread = from.log.get((from.offset - from.base) as usize);
        let event_ms = if it.perfect {
            // Nothing unread arrived, and nothing will, with a longer delay.
            let since = unread.map_or(now, |(arrived, _)| *arrived);
            let bound = millis(since) - (LONGEST_DELAY * it.delay_ms) as i64;
            bound.min(self.least_to_come(source))
        } else {
            from.latest_ms.saturating_sub(it.bound_ms)
        };
        let silent = now.since(from.read_at);
        let idle = it.idle > Duration::ZERO && silent >= it.idle && unread.is_none();
        if idle && !it.perfect {
            if !self.sources[source].idle {
                self.sources[source].idle = true;
                self.tell(source, Parcel::Idle, context);
            }
        } else if event_ms > self.sources[source].told_ms {
            self.sources[source].told_ms = event_ms;
            self.tell(source, Parcel::Mark(event_ms), context);
        }
    }

    /// It is time for a barrier.
    pub fn cut(&mut self, source: usize, number: u64, context: &mut Context) {
        let every = self.parameters.checkpoint;
        if every == Duration::ZERO || self.sources[source].barrier != number {
            return;
        }
        self.begin_checkpoint(source, number, context);
        self.wait_for_barrier(source, context);
    }

    /// Barriers of all sources have the same numbers, by the clock.
    pub fn wait_for_barrier(&mut self, source: usize, context: &mut Context) {
        let every = self.parameters.checkpoint.0;
        if let Some(round) = context.now().0.checked_div(every) {
            let at = Instant((round + 1).saturating_mul(every));
            // By the clock and not by the round: the interval may change.
            let number = at.0 / 1_000;
            self.sources[source].barrier = number;
            let (node, delay) = (self.sources[source].node, at.since(context.now()));
            self.wait(node, BARRIER, delay, number, context);
        }
    }

    /// Sets a timer.
    pub fn wait(&self, node: NodeId, kind: u8, delay: Duration, data: u64, context: &mut Context) {
        context.after(delay, Timer { node, kind, data });
    }
}
