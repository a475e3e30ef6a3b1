//! The books: flows from start to outcome on both paths, and what everybody
//! counts. Nodes write here; nothing is decided here.

use super::knobs::Parameters;
use crate::kernel::{Context, Duration, FlowId, Instant, NodeId, Outcome, Sequence};

/// Outcomes, as `Pattern::outcomes` names them.
pub const REFUSED: u8 = 1;
pub const DISPLACED: u8 = 2;
pub const ERROR: u8 = 3;
pub const BAD: u8 = 4;
pub const GAVE_UP: u8 = 5;
pub const CRASH: u8 = 6;
pub const UNKNOWN: u8 = 7;
pub const LOST: u8 = 8;

/// See `Pattern::outcomes`.
pub static OUTCOMES: &[&str] = &[
    "succeeded",
    "refused",
    "displaced",
    "error",
    "bad item",
    "gave up",
    "crash",
    "fate unknown",
    "lost on the way",
];

/// One item from its producer to the store, on both paths.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    /// When it was sent.
    pub started: Instant,
    /// Its size.
    pub bytes: u32,
    /// It cannot be processed.
    pub bad: bool,
    /// Not ended on the batches' path.
    pub open: bool,
    /// Not ended on the individual path.
    pub beside: bool,
    /// On the individual path, being written.
    pub written: bool,
}

/// How many a second of late: counts fade with a time constant of one second.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    weight: f64,
    at: Instant,
}

impl Pace {
    /// So many more now.
    pub fn add(&mut self, count: f64, now: Instant) {
        self.weight = self.per_s(now) + count;
        self.at = now;
    }

    /// As of now.
    pub fn per_s(&self, now: Instant) -> f64 {
        self.weight * libm::exp(-now.since(self.at).as_secs())
    }
}

/// Counts, all of items unless said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Flows ended, by outcome.
    pub ended: [u64; 9],
    /// Taken into an open batch.
    pub accepted: u64,
    /// Of these, written by the store, as far as a batch in force goes.
    pub stored: u64,
    /// Of these, failed, by outcome.
    pub failed: [u64; 9],
    /// Of these, gone from an open batch without being closed in.
    pub left_open: u64,
    /// Batches closed, by reason.
    pub reasons: [u64; 4],
    /// Sum of the sizes of closed batches.
    pub closed: u64,
    /// Waits in open batches, summed.
    pub fill_wait: u128,
    /// Attempts at batches after the first.
    pub retries: u64,
    /// Attempts at batches without an answer in time.
    pub timeouts: u64,
    /// Batches halved.
    pub splits: u64,
    /// Found in the log after a crash.
    pub recovered: u64,
    /// Brought to the store in batches and written or suppressed.
    pub brought: u64,
    /// Of these, written for the first time.
    pub rows: u64,
    /// Of these, written again.
    pub duplicates: u64,
    /// Of these, known and not written again.
    pub suppressed: u64,
    /// On the individual path: written.
    pub beside_done: u64,
    /// Latencies of these, summed.
    pub beside_latency: u128,
}

/// What every node reads and writes.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The knobs.
    pub parameters: Parameters,
    /// Flows and counts.
    pub books: Books,
}

/// Flows and counts.
#[derive(Clone, Debug, Default)]
pub struct Books {
    flows: Sequence<Flow>,
    open: u64,
    /// See there.
    pub tally: Tally,
    /// Items stored by batches.
    pub pace: Pace,
    /// Items stored one by one.
    pub beside_pace: Pace,
}

impl Books {
    /// The number that the next flow gets.
    pub fn next_flow(&self) -> FlowId {
        FlowId(self.flows.next_key())
    }

    /// A flow that is not over on both paths.
    pub fn flow(&self, flow: FlowId) -> Option<&Flow> {
        self.flows.get(flow.0)
    }

    /// Flows not ended on the batches' path.
    pub fn open(&self) -> u64 {
        self.open
    }

    /// An item sets out at `node`.
    pub fn begin(&mut self, flow: Flow, node: NodeId, context: &mut Context) -> FlowId {
        let flow = FlowId(self.flows.push(flow));
        self.open += 1;
        context.flow_started(flow, node);
        flow
    }

    /// The first end of an item on the batches' path is its outcome; later
    /// ones, of its copies, change nothing.
    pub fn end(&mut self, id: FlowId, outcome: u8, context: &mut Context) {
        let Some(flow) = self.flows.get_mut(id.0).filter(|flow| flow.open) else {
            return;
        };
        flow.open = false;
        let (started, beside) = (flow.started, flow.beside);
        self.open -= 1;
        self.tally.ended[usize::from(outcome)] += 1;
        context.flow_ended(id, Outcome(outcome), started);
        if !beside {
            self.flows.remove(id.0);
        }
    }

    /// An accepted item fails.
    pub fn fail(&mut self, id: FlowId, outcome: u8, context: &mut Context) {
        self.tally.failed[usize::from(outcome)] += 1;
        self.end(id, outcome, context);
    }

    /// The store begins to write an item of the individual path.
    pub fn begin_writing(&mut self, id: FlowId) {
        if let Some(flow) = self.flows.get_mut(id.0) {
            flow.written = true;
        }
    }

    /// An item ends on the individual path: its latency if it had not before.
    pub fn end_beside(&mut self, id: FlowId, well: bool, now: Instant) -> Option<Duration> {
        let flow = self.flows.get_mut(id.0).filter(|flow| flow.beside)?;
        flow.beside = false;
        let (latency, over) = (now.since(flow.started), !flow.open);
        if well {
            self.tally.beside_done += 1;
            self.tally.beside_latency += u128::from(latency.0);
            self.beside_pace.add(1.0, now);
        }
        if over {
            self.flows.remove(id.0);
        }
        Some(latency)
    }

    /// The store went down: what it was writing of the individual path is lost.
    pub fn end_writing(&mut self, now: Instant) {
        let written = self.flows.iter();
        let written = written.filter(|(_, flow)| flow.written && flow.beside);
        let written: Vec<u64> = written.map(|(id, _)| id).collect();
        for id in written {
            self.end_beside(FlowId(id), false, now);
        }
    }
}
