//! What a run consists of: flows (commands and reads), the log, snapshots,
//! projections, and counts. Data only; what is done with it is elsewhere.

use super::input::Own;
use super::knobs::Parameters;
use crate::kernel::{Duration, FlowId, Instant, MessageId, NodeId, Sequence};
use crate::parts::event_log::{Entry, EventLog};
use crate::parts::station::Station;
use crate::parts::traffic::Traffic;
use std::sync::Arc;

/// Outcomes, as `Pattern::outcomes` names them, and verdicts in tags.
pub const ACCEPTED: u8 = 0;
/// By the rules, such as too little money.
pub const REFUSED: u8 = 1;
/// Another writer was first, again and again.
pub const CONFLICT: u8 = 2;
pub const FAILED: u8 = 3;
pub const NO_ROOM: u8 = 4;
/// Events of version 1, and no upcaster.
pub const UNREADABLE: u8 = 5;
pub const LOG_FULL: u8 = 6;
pub const TIMED_OUT: u8 = 7;
pub const CLIENT_CRASH: u8 = 8;
pub const OVERFLOW: u8 = 9;
/// How many there are.
pub const OUTCOMES: usize = 10;

/// More open flows than this, from the oldest on, end as overflow.
pub const OPEN_MOST: usize = 50_000;

/// Kinds of events.
pub const DEPOSITED: u8 = 0;
pub const WITHDRAWN: u8 = 1;
/// The two sides of a transfer, always one after the other.
pub const SENT: u8 = 2;
pub const RECEIVED: u8 = 3;
/// Takes back an earlier event, which stays where it is.
pub const CORRECTED: u8 = 4;

/// What a flow asks for: one of the first three kinds of events, or these.
pub const CORRECT: u8 = 4;
pub const READ: u8 = 5;

/// Cents in a unit of version 1.
const OLD_UNIT: i64 = 100;

/// What an event changes in the balance of its account, in cents.
pub fn cents_of(entry: &Entry) -> i64 {
    // The upcaster: version 1 had whole units.
    entry.amount * if entry.old { OLD_UNIT } else { 1 }
}

/// What a message is, in the lowest bits of its tag.
pub const COMMAND: u32 = 0;
pub const GET_SNAPSHOT: u32 = 1;
pub const SNAPSHOT: u32 = 2;
pub const GET_EVENTS: u32 = 3;
pub const TAIL: u32 = 4;
pub const APPEND: u32 = 5;
pub const APPENDED: u32 = 6;
pub const REPLY: u32 = 7;
pub const SAVE: u32 = 8;
pub const QUERY: u32 = 9;
pub const ANSWER: u32 = 10;
/// From here on of no flow's own: the log and its projections.
pub const EVENT: u32 = 11;
pub const ACK: u32 = 12;
pub const REPLAY: u32 = 13;
pub const PAGE: u32 = 14;

/// A tag: what it is, which attempt (from 0), a verdict or a small count, and
/// the low bits of a version or an offset.
pub fn tag_of(what: u32, attempt: usize, verdict: u8, value: u64) -> u32 {
    what | (attempt as u32 & 0xf) << 4 | (u32::from(verdict) & 0xf) << 8 | (value as u32) << 12
}

pub fn what_of(tag: u32) -> u32 {
    tag & 0xf
}

pub fn attempt_of(tag: u32) -> usize {
    (tag >> 4 & 0xf) as usize
}

pub fn verdict_of(tag: u32) -> u8 {
    (tag >> 8 & 0xf) as u8
}

pub fn value_of(tag: u32) -> u64 {
    u64::from(tag >> 12)
}

/// What a handler knows of an account when it decides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Loaded {
    pub version: u32,
    /// Of the snapshot it began with; zero: none.
    pub from: u32,
    /// The balance then.
    pub base: i64,
    /// And now.
    pub balance: i64,
}

/// Where an attempt stands at its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Queued or taken in.
    Waits,
    ReadsSnapshot,
    ReadsEvents,
    Folds,
    Appends,
    BacksOff,
    Over,
}

/// One attempt at a command.
#[derive(Clone, Copy, Debug)]
pub struct Try {
    /// Which handler.
    pub handler: usize,
    /// The worker that has it.
    pub seat: u16,
    pub stage: Stage,
    /// Counts stages; timers of earlier ones are void.
    pub step: u8,
    /// Of the account, and of the one that receives.
    pub loaded: [Loaded; 2],
    /// What the latest answer of snapshots or log carries, until it arrives.
    pub answer: [Loaded; 2],
    /// Some event could not be read.
    pub unreadable: bool,
    /// The command stands in the log already.
    pub known: bool,
    pub conflicts: u8,
}

/// A command or a read, until it is over and nothing of it is on the way.
#[derive(Clone, Debug)]
pub struct Flow {
    pub client: u16,
    /// Such as [`DEPOSITED`].
    pub kind: u8,
    pub account: u32,
    /// That receives, if one does.
    pub to: Option<u32>,
    pub cents: i64,
    /// The event to take back.
    pub about: u64,
    pub started: Instant,
    pub tries: Vec<Try>,
    /// Messages on the way, and work at stations; copies apart.
    pub air: u32,
    pub ended: bool,
    /// The length of the log after its events; zero: not appended. For a read:
    /// what it should have seen.
    pub position: u64,
    /// The length of the log that a read saw.
    pub seen: u64,
    /// The latest message that concerns it.
    pub message: MessageId,
}

impl Flow {
    /// What a command changes at its account and at the one that receives.
    pub fn effects(&self) -> [i64; 2] {
        match self.kind {
            DEPOSITED => [self.cents, 0],
            CORRECT => [self.cents, -self.cents],
            _ => [-self.cents, self.cents],
        }
    }
}

/// Balances and more by account: a fold of the log so far.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    /// The offset that comes next.
    pub next: u64,
    /// By account.
    pub sums: Vec<i64>,
    /// What a bug left out, weighed as in [`weigh`].
    pub left_out: i64,
}

/// Weights make different accounts count differently in one sum.
pub fn weigh(account: u32, amount: i64) -> i64 {
    amount.wrapping_mul(2 * i64::from(account) + 1)
}

/// What projections keep by account: balance, number of entries, turnover.
pub fn share_of(projection: usize, entry: &Entry) -> i64 {
    match projection {
        0 => cents_of(entry),
        1 => 1,
        _ => cents_of(entry).abs(),
    }
}

impl Fold {
    /// Applies the next event; code with a bug forgets withdrawals.
    pub fn apply(&mut self, projection: usize, entry: &Entry, buggy: bool) {
        self.next += 1;
        let (account, amount) = (entry.stream, share_of(projection, entry));
        if buggy && entry.kind == WITHDRAWN {
            self.left_out = self.left_out.wrapping_add(weigh(account, amount));
            return;
        }
        let account = account as usize;
        if self.sums.len() <= account {
            self.sums.resize(account + 1, 0);
        }
        self.sums[account] += amount;
    }

    pub fn of(&self, account: u32) -> i64 {
        self.sums.get(account as usize).copied().unwrap_or(0)
    }

    /// All sums in one number.
    pub fn weight(&self) -> i64 {
        let mut weight = 0i64;
        for (account, sum) in self.sums.iter().enumerate() {
            weight = weight.wrapping_add(weigh(account as u32, *sum));
        }
        weight
    }
}

/// A read model. Its state and position are written together.
#[derive(Clone, Debug)]
pub struct Projection {
    pub live: Fold,
    /// Built beside the live one, from zero, if it is rebuilt.
    pub shadow: Option<Fold>,
    pub station: Station,
    pub buggy: bool,
    /// The checkpoint it has reported; a restart begins there.
    pub saved: u64,
    pub applied: u64,
    pub duplicates: u64,
    pub rebuilds: u64,
    /// Reads that wait for their own write.
    pub parked: Vec<FlowId>,
    /// The log's side: sent so far, acknowledged so far, and when.
    pub sent: u64,
    pub acked: u64,
    pub heard: Instant,
}

/// Counts of the whole run.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub ended: [u64; OUTCOMES],
    pub conflicts: u64,
    pub loads: u64,
    /// Events replayed by them, in all and at most.
    pub replayed: u64,
    pub replayed_most: u64,
    pub deduplicated: u64,
    pub upcast: u64,
    pub snapshots: u64,
    pub corrections: u64,
    pub reads: u64,
    pub stale: u64,
    /// In cents, when appended.
    pub deposits: i64,
    pub withdrawals: i64,
    pub corrected: i64,
}

/// All of a run.
#[derive(Clone)]
pub struct EventSourcing {
    pub parameters: Parameters,
    pub traffic: Traffic,
    /// The user's own commands.
    pub own: Arc<Own>,
    pub flows: Sequence<Flow>,
    pub open: u64,
    /// Clients' nodes come before these, from 0 on.
    pub handlers: Vec<Station>,
    pub log: EventLog,
    /// Events that were taken back, by offset.
    pub taken_back: Vec<u64>,
    pub store: Station,
    pub snapshots_at: NodeId,
    /// By account: version, and balance.
    pub snapshots: Vec<(u32, i64)>,
    pub projections: Vec<Projection>,
    /// Stale answers and answers, by client.
    pub answers: Vec<(u64, u64)>,
    pub tally: Tally,
}

/// What a command asks for.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    pub kind: u8,
    pub account: u32,
    pub to: Option<u32>,
    pub cents: i64,
    pub about: u64,
}

/// More than anybody has.
const FORTUNE: i64 = 1_000_000_000_000_000_000;

impl Order {
    /// Asks for more than anybody has instead.
    pub fn spoil(&mut self) {
        (self.kind, self.to, self.cents) = (WITHDRAWN, None, FORTUNE);
    }
}

impl EventSourcing {
    /// An attempt, if its flow is still known.
    pub fn attempt(&mut self, flow: FlowId, attempt: usize) -> Option<&mut Try> {
        self.flows.get_mut(flow.0)?.tries.get_mut(attempt)
    }

    /// The attempt, if it stands at this stage.
    pub fn at(&mut self, flow: FlowId, attempt: usize, stage: Stage) -> Option<&mut Try> {
        self.attempt(flow, attempt).filter(|it| it.stage == stage)
    }

    /// The accounts that a command concerns.
    pub fn accounts(&self, flow: FlowId) -> [Option<u32>; 2] {
        self.flows
            .get(flow.0)
            .map_or([None; 2], |flow| [Some(flow.account), flow.to])
    }

    /// How far a projection is behind.
    pub fn lag(&self, projection: usize) -> u64 {
        self.log.len() - self.projections[projection].live.next
    }

    pub fn projection_at(&self, node: NodeId) -> Option<usize> {
        let of = |it: &Projection| it.station.node() == node;
        self.projections.iter().position(of)
    }

    pub fn handler_at(&self, node: NodeId) -> Option<usize> {
        self.handlers.iter().position(|it| it.node() == node)
    }
}

/// Longer than this, and it is asked for again.
pub const PATIENCE: Duration = Duration(1_000_000_000);
/// Nothing that fails is repeated sooner.
pub const LEAST_WAIT: Duration = Duration(1_000_000);
