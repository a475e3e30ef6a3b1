//! What a run consists of: flows, logs, subscriptions with their lanes through
//! the logs, and consumers. Data only; what is done with it is elsewhere.

use super::content::{Content, Subject};
use super::knobs::Parameters;
use crate::kernel::view::ShortName;
use crate::kernel::{FlowId, Instant, MessageId, NodeId, Outcome, Queue, Sequence};
use crate::parts::idempotency::Keys;
use crate::parts::station::Station;
use crate::parts::traffic::Traffic;
use std::sync::Arc;

/// Outcomes, as `Pattern::outcomes` names them.
pub const LOST_BEFORE: Outcome = Outcome(1);
pub const REFUSED: Outcome = Outcome(2);
pub const PUBLISHER_CRASH: Outcome = Outcome(3);
pub const OVERFLOW: Outcome = Outcome(4);
/// With the broker's log. Outcomes of copies: see [`Fate`].
pub const LOST: Outcome = Outcome(7);

/// More flows than this, from the oldest open one on, end as overflow.
pub const OPEN_MOST: usize = 100_000;

/// In the tag of an event: its attempt, where its copy stands, what it is.
pub const ATTEMPT: u32 = 0xff;
const PARTITION_AT: u32 = 8;
/// Nobody waits for an ack.
pub const FORGOTTEN: u32 = 1 << 11;
/// Cannot be processed.
pub const POISON: u32 = 1 << 12;
const OFFSET_AT: u32 = 13;
/// Low bits of an offset that travel: more than a log is long.
const OFFSET: u64 = (1 << (32 - OFFSET_AT)) - 1;

/// The partition in the tag of a delivery.
pub fn partition_of(tag: u32) -> usize {
    (tag >> PARTITION_AT & 7) as usize
}

/// A published message, until its flow is over and its publisher knows.
#[derive(Clone, Debug)]
pub struct Flow {
    pub publisher: u16,
    pub subject: Subject,
    pub started: Instant,
    pub poison: bool,
    /// Its publisher keeps it until the broker confirms.
    pub kept: bool,
    /// Times it was sent to the broker.
    pub attempts: u32,
    /// Of these, on their way, or in the broker's hand.
    pub air: u32,
    pub logged: bool,
    /// Bit `s`: subscription `s` has neither processed it nor given it up.
    pub left: u8,
    pub worst: Outcome,
    pub ended: bool,
}

/// A message in a log.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub flow: FlowId,
    pub message: MessageId,
    pub at: Instant,
    pub subject: Subject,
    pub poison: bool,
    /// Bit `s`: subscription `s` has processed it.
    pub done: u8,
}

/// Messages by offset; the oldest go first.
#[derive(Clone, Debug, Default)]
pub struct Log {
    pub first: u64,
    pub entries: Queue<Entry>,
}

impl Log {
    pub fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    pub fn get(&self, offset: u64) -> Option<&Entry> {
        self.entries.get(offset.checked_sub(self.first)? as usize)
    }

    /// Where a delivered message stands, if it still does.
    pub fn find(&self, flow: FlowId, tag: u32) -> Option<(u64, &Entry)> {
        let low = u64::from(tag >> OFFSET_AT);
        let offset = self.first + (low.wrapping_sub(self.first) & OFFSET);
        let entry = self.get(offset).filter(|entry| entry.flow == flow)?;
        Some((offset, entry))
    }
}

/// A message that a subscription wants and that is not settled.
#[derive(Clone, Copy, Debug)]
pub struct Pending {
    pub offset: u64,
    pub flow: FlowId,
    pub key: u32,
    /// Times it was delivered.
    pub attempts: u32,
    /// The consumer that has it, if one does; otherwise it waits.
    pub at: Option<u16>,
}

impl Pending {
    /// The tag of its next delivery.
    pub fn tag(&self, partition: usize) -> u32 {
        (self.attempts & ATTEMPT)
            | (partition as u32) << PARTITION_AT
            | ((self.offset & OFFSET) as u32) << OFFSET_AT
    }
}

/// A subscription's way through one partition.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Which subscription.
    pub s: usize,
    /// Which partition.
    pub p: usize,
    /// The offset it reads next.
    pub next: u64,
    /// Read and not settled, in order.
    pub pending: Vec<Pending>,
    /// The one consumer that is sent its messages.
    pub owner: Option<u16>,
}

impl Lane {
    pub fn new(s: usize, p: usize) -> Self {
        Self {
            s,
            p,
            next: 0,
            pending: Vec::new(),
            owner: None,
        }
    }

    /// All before this offset is settled.
    pub fn position(&self) -> u64 {
        self.pending.first().map_or(self.next, |first| first.offset)
    }
}

/// What became of a subscription's copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Acknowledged; without acks: processed.
    Acked,
    /// See outcomes 5 to 7.
    DeadLettered,
    Expired,
    Lost,
}

/// Counts of one subscription.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub matched: u64,
    pub delivered: u64,
    pub redelivered: u64,
    /// By [`Fate`].
    pub settled: [u64; 4],
    /// Times a message was processed again.
    pub duplicates: u64,
    /// Repeats that were recognised instead.
    pub deduplicated: u64,
    /// Processed for the first time after a later one of its key.
    pub out_of_order: u64,
    /// Of these, given up before, or sent without ack.
    pub excused: u64,
    pub rebalances: u64,
}

/// A group of consumers and what it wants.
#[derive(Clone, Debug)]
pub struct Subscription {
    pub name: ShortName,
    pub tally: Tally,
    /// Copies sent without an ack to wait for, their fate unknown.
    pub forgotten: u64,
    /// What it has processed; its consumers share the record, it is durable.
    pub done: Keys,
}

/// A consumer, and what the broker knows of it.
#[derive(Clone, Debug)]
pub struct Consumer {
    /// Its subscription.
    pub s: usize,
    pub station: Station,
    /// It takes part, or wants to.
    pub joined: bool,
    /// Words it has sent to the broker.
    pub words: u32,
    /// Times it processed something, and of these, again.
    pub effects: (u64, u64),
    /// The broker's view: a member of its group.
    pub member: bool,
    pub heard: Instant,
    /// The latest word that came; older ones are ignored.
    pub heard_word: u32,
    /// Deliveries that await its ack.
    pub out: u32,
    /// Messages it asked for.
    pub credit: u32,
    /// The partition whose turn it is.
    pub turn: usize,
}

impl Subscription {
    pub fn new(name: &str) -> Self {
        Self {
            name: ShortName::from(name),
            tally: Tally::default(),
            forgotten: 0,
            done: Keys::default(),
        }
    }
}

impl Consumer {
    pub fn new(s: usize, station: Station, joined: bool) -> Self {
        Self {
            s,
            station,
            joined,
            words: 0,
            effects: (0, 0),
            member: joined,
            heard: Instant::START,
            heard_word: 0,
            out: 0,
            credit: 0,
            turn: 0,
        }
    }
}

/// All of a run.
#[derive(Clone)]
pub struct PubSub {
    pub parameters: Parameters,
    pub content: Arc<Content>,
    pub traffic: Traffic,
    pub flows: Sequence<Flow>,
    pub open: u64,
    pub ended: u64,
    /// Publishers' nodes are before it, from 0 on; consumers' come after it.
    pub broker: NodeId,
    /// The broker's one worker, which appends.
    pub hand: Station,
    pub logs: Vec<Log>,
    pub dead: Log,
    pub subscriptions: Vec<Subscription>,
    /// Those of the first subscription first, each in order of partitions.
    pub lanes: Vec<Lane>,
    /// Those of the first subscription first.
    pub consumers: Vec<Consumer>,
}
