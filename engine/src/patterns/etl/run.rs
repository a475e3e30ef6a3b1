//! The run in hand: its rows and what became of each, and what all runs
//! count. Nodes write here; nothing is decided here. The entry of a row is
//! what its messages carry, and the manifest of what is committed.

use super::knobs::Parameters;
use super::record::{Data, Row};
use super::rules::Rules;
use super::table::Store;
use crate::kernel::model::Draft;
use crate::kernel::{
    Context, FlowId, Hue, Instant, LinkId, Marks, MessageId, NodeId, Outcome, Role,
};

/// Timers of this pattern, by kind.
pub const FINISH: u8 = 1;
pub const TICK: u8 = 2;
pub const LOOK: u8 = 3;
pub const HAND: u8 = 4;
pub const READ: u8 = 5;
pub const STORE: u8 = 6;

/// In a message's tag: above, the attempt; below, a count. Attempts begin
/// again after so many.
pub const ATTEMPTS: u32 = 1 << 12;
const COUNT: u32 = (1 << 20) - 1;
/// Of a node that knows no attempt.
pub const NO_ATTEMPT: u32 = u32::MAX;

/// Counts of control messages, onwards and back.
pub const BEGIN: u32 = 0;
pub const END: u32 = 1;
pub const READY: u32 = 0;
pub const COMMITTED: u32 = 1;
pub const FINISHED: u32 = 2;
pub const INCOMPLETE: u32 = 3;

/// A tag of an attempt and a count.
pub fn tag_of(attempt: u32, count: u32) -> u32 {
    attempt << 20 | count & COUNT
}

/// The attempt of a tag.
pub fn attempt_of(tag: u32) -> u32 {
    tag >> 20
}

/// The count of a tag.
pub fn count_of(tag: u32) -> u32 {
    tag & COUNT
}

/// Whether an attempt came after the one that a node knows.
pub fn is_newer(attempt: u32, known: u32) -> bool {
    let ahead = attempt.wrapping_sub(known) % ATTEMPTS;
    known == NO_ATTEMPT || ahead > 0 && ahead < ATTEMPTS / 2
}

/// Sends a message.
pub fn send(link: LinkId, role: Role, tag: u32, of: Of, context: &mut Context) {
    let Of {
        flow,
        cause,
        hue,
        retry,
    } = of;
    let marks = Marks {
        retry,
        ..Marks::default()
    };
    context.send(Draft {
        link,
        flow,
        cause,
        tag,
        role,
        hue,
        marks,
    });
}

/// What a message is about.
#[derive(Clone, Copy, Debug)]
pub struct Of {
    pub flow: FlowId,
    pub cause: Option<MessageId>,
    pub hue: Hue,
    pub retry: bool,
}

impl Of {
    /// No row.
    pub const NONE: Self = Self::flow(FlowId::NONE);

    /// A row.
    pub const fn flow(flow: FlowId) -> Self {
        Self {
            flow,
            cause: None,
            hue: Hue::ROLE,
            retry: false,
        }
    }
}

/// Records of so many runs are kept.
pub const RUNS_KEPT: usize = 32;

/// What became of a row, by number: that of its outcome, or one of these.
pub type State = u8;
/// It is in the table.
pub const LOADED: State = 0;
/// It is in quarantine, if its state is from 1 to this.
pub const REJECTED_LAST: State = 4;
/// It never came to staging, and then changed.
pub const GONE: State = 5;
/// Another like it came before.
pub const DEDUPLICATED: State = 6;
/// It is staged and not settled.
pub const STAGED: State = 7;
/// It left its source.
pub const READING: State = 8;

/// Rows by what became of them; all that were ever staged count as such.
pub type Rows = [u64; 8];

/// A row of the run in hand.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub row: Row,
    /// Where it stands in its source.
    pub slot: u32,
    pub state: State,
    /// Whether the checkpoint covers it.
    pub kept: bool,
    /// The attempt that wrote it last.
    pub written: u32,
    /// The attempts in which each stage took it on; a copy is known by that.
    pub taken: [u32; 2],
    /// What brought it to staging.
    pub message: Option<MessageId>,
    pub started: Instant,
}

/// The run in hand, or the last one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Run {
    /// From 1; zero before the first.
    pub number: u32,
    pub open: bool,
    /// Its rows come from the last run's staging.
    pub again: bool,
    /// How it loads, as of its start.
    pub mode: u8,
    pub transactional: bool,
    /// The table it built beside the live one has taken its place.
    pub swapped: bool,
    pub started: Instant,
    /// None while it is open.
    pub ended: Option<Instant>,
    /// The flow of its first row.
    pub base: u64,
    /// Staged and not settled.
    pub unsettled: u32,
    /// By state.
    pub rows: Rows,
    /// As of its end: what was read is complete up to here, but for late rows.
    pub mark: Option<Instant>,
}

/// Counts of the whole course, by place in this list.
pub static COUNTS: [&str; 10] = [
    "changes",
    "overtaken",
    "staged_once",
    "coerced",
    "joined_as_of",
    "retries",
    "limited",
    "skipped_runs",
    "ended_runs",
    "repeated_work",
];
pub const CHANGES: usize = 0;
/// Changed again before anybody had staged them.
pub const OVERTAKEN: usize = 1;
/// Changes that were ever staged.
pub const STAGED_ONCE: usize = 2;
/// Rows written so that they had to be coerced.
pub const COERCED: usize = 3;
/// Facts whose customer had another version at their time than now.
pub const AS_OF: usize = 4;
/// Attempts at runs after the first.
pub const RETRIES: usize = 5;
/// Answers 429.
pub const LIMITS: usize = 6;
pub const SKIPPED: usize = 7;
pub const ENDED: usize = 8;
/// Rows transformed or loaded again after an error.
pub const REPEATED: usize = 9;

/// What every node reads and writes.
#[derive(Clone, Debug)]
pub struct Shared {
    pub parameters: Parameters,
    pub data: Data,
    pub run: Run,
    /// Its rows, in order of reading.
    pub entries: Vec<Entry>,
    /// Of them, those staged, in that order.
    pub staged: Vec<u32>,
    /// The last runs, by number; they repeat.
    pub runs: [Run; RUNS_KEPT],
    /// Of all runs, by state.
    pub rows: Rows,
    /// See [`COUNTS`].
    pub counts: [u64; COUNTS.len()],
    /// What the warehouse holds.
    pub store: Store,
    /// What the transformer knows.
    pub rules: Rules,
    pub mark: Option<Instant>,
}

impl Shared {
    /// The index of a flow's row, if it is of this run.
    pub fn index_of(&self, flow: FlowId) -> Option<usize> {
        let index = flow.0.checked_sub(self.run.base)? as usize;
        (index < self.entries.len()).then_some(index)
    }

    /// The flow of a row.
    pub fn flow_of(&self, index: usize) -> FlowId {
        FlowId(self.run.base + index as u64)
    }

    /// A row leaves its source for the first time in this run.
    pub fn enter(&mut self, row: Row, slot: u32, node: NodeId, context: &mut Context) -> usize {
        let index = self.entries.len();
        self.entries.push(Entry {
            row,
            slot,
            state: READING,
            kept: false,
            written: NO_ATTEMPT,
            taken: [NO_ATTEMPT; 2],
            message: None,
            started: context.now(),
        });
        let flow = self.flow_of(index);
        context.flow_started(flow, node);
        index
    }

    fn count(&mut self, state: State) {
        self.rows[usize::from(state)] += 1;
        self.run.rows[usize::from(state)] += 1;
    }

    /// A row is staged, unless it was before.
    pub fn stage(&mut self, index: usize, message: Option<MessageId>) -> bool {
        let entry = &mut self.entries[index];
        let first = entry.state == READING;
        if first {
            entry.state = STAGED;
            entry.message = message;
            self.staged.push(index as u32);
            self.run.unsettled += 1;
            self.count(STAGED);
        }
        first
    }

    /// A staged row comes to its end; later ends of the same row change nothing.
    pub fn settle(&mut self, index: usize, state: State, context: &mut Context) {
        let entry = &mut self.entries[index];
        let from = if state == GONE { READING } else { STAGED };
        if entry.state != from {
            return;
        }
        entry.state = state;
        let started = entry.started;
        self.run.unsettled -= u32::from(state != GONE);
        self.count(state);
        let flow = self.flow_of(index);
        let outcome = Outcome(if state == DEDUPLICATED { LOADED } else { state });
        context.flow_ended(flow, outcome, started);
    }

    /// The run in hand is over.
    pub fn end_run(&mut self, context: &mut Context) {
        for index in 0..self.entries.len() {
            self.settle(index, GONE, context);
        }
        let run = &mut self.run;
        if !run.again {
            self.mark = Some(run.started);
        }
        (run.open, run.mark, run.ended) = (false, self.mark, Some(context.now()));
        self.counts[ENDED] += 1;
        self.runs[run.number as usize % RUNS_KEPT] = *run;
    }

    /// Flows that are not ended, counted one by one: staged rows, and all.
    pub fn open(&self) -> (u64, u64) {
        let (mut staged, mut all) = (0, 0);
        for entry in &self.entries {
            staged += u64::from(entry.state == STAGED);
            all += u64::from(entry.state >= STAGED);
        }
        (staged, all)
    }
}
