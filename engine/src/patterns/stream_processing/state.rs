//! Everything in a run of Stream Processing, as plain data.

use super::channel::Channel;
use super::knobs::Parameters;
use crate::kernel::{Duration, FlowId, Instant, LinkId, MessageId, NodeId, Queue, Sequence};
use crate::parts::station::Station;
use crate::parts::traffic::Traffic;
use crate::parts::windows::{Pane, Windows};
use std::sync::Arc;

/// Outcomes of flows, each an element on its way into its windows.
pub const COUNTED: u8 = 0;
pub const LATE: u8 = 1;
pub const BAD: u8 = 2;
pub const ERROR: u8 = 3;
pub const REFUSED: u8 = 4;

/// See `Pattern::outcomes`.
pub static OUTCOMES: &[&str] = &["counted", "late", "bad element", "error", "no room"];

/// Timers. An operator's or the sink's work is done.
pub const FINISH: u8 = 0;
/// A source tells a watermark.
pub const WATERMARK: u8 = 1;
/// A source sends a barrier.
pub const BARRIER: u8 = 2;
/// An early pane is due.
pub const EARLY: u8 = 3;
/// A gap in a channel should have closed.
pub const GAP: u8 = 4;

/// Elements that a source's log holds at most.
pub const LOG_MOST: usize = 100_000;
/// Panes and elements that are remembered to be looked at.
pub const SEEN_MOST: usize = 200;
/// Results that the sink's table holds; older ones are only summed.
pub const RESULTS_MOST: usize = 2_000;

/// A datum with the time at which it happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Element {
    /// Its flow.
    pub flow: FlowId,
    /// When it happened, in milliseconds since the stream's start.
    pub event_ms: i64,
    /// What it belongs to.
    pub key: u32,
    /// What it adds.
    pub value: i64,
    /// Nobody can read it.
    pub bad: bool,
}

/// An entry of a source's log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Entry {
    /// Data.
    Datum(Element),
    /// A watermark of the user's own.
    Mark(i64),
}

/// A source and the log that it reads.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where.
    pub node: NodeId,
    /// From offset `base` on, with the processing time of arrival.
    pub log: Queue<(Instant, Entry)>,
    /// The offset of the first entry that is kept.
    pub base: u64,
    /// The next one to read.
    pub offset: u64,
    /// The latest event time read.
    pub latest_ms: i64,
    /// When it read its last element.
    pub read_at: Instant,
    /// It has told that it is idle.
    pub idle: bool,
    /// It has nothing to read, by word.
    pub quiet: bool,
    /// The watermark it told last.
    pub told_ms: i64,
    /// The number of the barrier that it waits for.
    pub barrier: u64,
}

/// What an operator knows of one of its inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Intake {
    /// How far event time has come there; None: not heard yet.
    pub watermark_ms: Option<i64>,
    /// It does not hold the watermark.
    pub idle: bool,
    /// The number of the last barrier.
    pub barrier: u64,
}

/// An operator.
#[derive(Clone, Debug)]
pub struct Operator {
    /// One worker; work waits in the channels.
    pub station: Station,
    /// What it works on.
    pub current: Option<Element>,
    /// Its state.
    pub windows: Windows,
    /// One a source.
    pub intakes: Vec<Intake>,
    /// The barrier up to which its state is in a snapshot.
    pub taken: u64,
    /// When its timer for early panes fires.
    pub due: Option<Instant>,
    /// To the side output.
    pub late: LinkId,
}

/// A result at the sink.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// The window.
    pub pane: Pane,
    /// The present result.
    pub value: i64,
    /// Panes with a lower number are known.
    pub next: u32,
}

/// The sink.
#[derive(Clone, Debug)]
pub struct Sink {
    /// One worker.
    pub station: Station,
    /// What it writes.
    pub current: Option<Pane>,
    /// The number of the last barrier of each operator.
    pub barriers: Vec<u64>,
    /// Written, not committed.
    pub pending: Vec<(Instant, Pane)>,
    /// In order of their first pane.
    pub rows: Queue<Row>,
    /// Of rows that are no longer held.
    pub summed: i64,
    /// What applied panes have changed.
    pub changed: i64,
}

/// A consistent cut through everything.
#[derive(Clone, Debug, Default)]
pub struct Checkpoint {
    /// Of its barriers.
    pub number: u64,
    /// One a source.
    pub offsets: Vec<Option<u64>>,
    /// One an operator.
    pub windows: Vec<Option<Arc<Windows>>>,
}

/// Something to be seen in the picture of both times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// When.
    pub now: Instant,
    /// What.
    pub element: Element,
    /// What became of it.
    pub outcome: u8,
}

/// A unit of work that is not over.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    /// When it arrived in its log.
    pub started: Instant,
}

/// Counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Flows ended, by outcome.
    pub ended: [u64; 5],
    /// Elements put into logs.
    pub appended: u64,
    /// Elements that operators are done with, replays included.
    pub processed: u64,
    /// The same, by outcome.
    pub handled: [u64; 5],
    /// Elements that operators left out on purpose, replays included.
    pub filtered: u64,
    /// Panes that the sink has taken, and what became of them.
    pub panes: u64,
    pub applied: u64,
    pub known: u64,
    pub rolled_back: u64,
    /// Writes that failed and were tried again.
    pub write_retries: u64,
    /// Panes written although they had been.
    pub duplicates: u64,
    /// Panes fired, by timing.
    pub fired: [u64; 3],
    /// Complete.
    pub checkpoints: u64,
    /// Restarts of the job.
    pub restored: u64,
    /// Entries read again.
    pub replayed: u64,
}

/// A run.
#[derive(Clone)]
pub struct Streaming {
    pub parameters: Parameters,
    pub traffic: Traffic,
    pub sources: Vec<Source>,
    pub operators: Vec<Operator>,
    pub sink: Sink,
    pub late: NodeId,
    /// From each source to each operator, then from each operator to the sink.
    pub channels: Vec<Channel>,
    /// Counts restarts; messages of earlier ones mean nothing.
    pub attempt: u8,
    /// Orders arrivals at a node.
    pub arrivals: u64,
    /// Being made, oldest first.
    pub unfinished: Vec<Checkpoint>,
    /// The last complete one.
    pub checkpoint: Option<Arc<Checkpoint>>,
    pub flows: Sequence<Flow>,
    pub open: u64,
    pub tally: Tally,
    /// No restart can have changed a result so far.
    pub exact: bool,
    /// None has.
    pub sound: bool,
    /// The user's own elements, or their watermarks: event time, key, value.
    pub given: Arc<Vec<(i64, Option<u32>, i64)>>,
    /// So many of them have come.
    pub given_so_far: usize,
    /// What the user calls their keys.
    pub names: Arc<Vec<String>>,
    /// The user gives watermarks.
    pub given_marks: bool,
    /// Elements done with of late, for the picture.
    pub seen: Queue<Seen>,
    /// Panes fired of late, with the processing time: the last [`SEEN_MOST`].
    pub fired: Queue<(Instant, Pane)>,
    /// How the least watermark of the operators has moved: both times.
    pub course: Queue<(Instant, i64)>,
    /// Scratch: panes that an operator has just fired.
    pub panes: Vec<Pane>,
    /// The latest time it knows.
    pub now: Instant,
    /// Ten times the usual travel: a gap that lasts longer is a failure.
    pub patience: Duration,
    /// What brought the work that is started by own reading.
    pub last_message: Option<MessageId>,
}

/// Processing time in milliseconds, for event times that are made of it.
pub fn millis(now: Instant) -> i64 {
    (now.0 / 1_000_000) as i64
}
