//! Facts: what was observed, immutable, in order. Everything to the right of
//! the simulation (ledger, measures, pictures) is made from them.

use crate::fault::Fault;
use crate::message::{DropReason, FlowId, Message, MessageId};
use crate::time::{Duration, Instant};
use crate::topology::{LinkId, NodeId};
use std::hash::{Hash, Hasher};

/// How a flow ended: zero is success, others index the pattern's failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Outcome(pub u8);

impl Outcome {
    /// It was done.
    pub const SUCCESS: Self = Self(0);
}

/// What can be said of a node at a glance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NodeStatus {
    /// Runs.
    #[default]
    Up,
    /// Is down.
    Crashed,
    /// Is stopped.
    Paused,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "fields are named as in the types they carry")]
pub enum Fact {
    /// A unit of work began.
    FlowStarted { flow: FlowId, node: NodeId },
    /// A unit of work ended for the one who asked.
    FlowEnded {
        flow: FlowId,
        outcome: Outcome,
        latency: Duration,
    },
    /// A message left; all of its flight is known now.
    Sent(Message),
    /// A message arrived.
    Delivered {
        message: MessageId,
        flow: FlowId,
        link: LinkId,
    },
    /// A message was lost, where it is now.
    Dropped {
        message: Message,
        reason: DropReason,
    },
    /// Work waits; `depth` counts it.
    Queued {
        node: NodeId,
        flow: FlowId,
        message: MessageId,
        depth: u32,
    },
    /// A worker began; `depth` is what still waits, `waited` how long this did.
    Started {
        node: NodeId,
        flow: FlowId,
        message: MessageId,
        worker: u16,
        depth: u32,
        waited: Duration,
    },
    /// A worker is done. `wanted` tells whether anybody still waits for it.
    Finished {
        node: NodeId,
        flow: FlowId,
        message: MessageId,
        worker: u16,
        wanted: bool,
    },
    /// Work was given up inside a node; `why` indexes the pattern's reasons.
    Discarded {
        node: NodeId,
        flow: FlowId,
        message: MessageId,
        why: u8,
        depth: u32,
    },
    /// A worker ended its work early: it crashed, or nobody waits any more.
    Interrupted {
        node: NodeId,
        flow: FlowId,
        message: MessageId,
        worker: u16,
    },
    /// An attempt of a flow got no answer in time.
    TimedOut { flow: FlowId, attempt: u32 },
    /// Another attempt will follow after `delay`.
    Retried {
        flow: FlowId,
        attempt: u32,
        delay: Duration,
    },
    /// A second attempt goes out while the first is awaited.
    Hedged { flow: FlowId, attempt: u32 },
    /// A repeated request was recognised and not run again.
    Deduplicated {
        node: NodeId,
        flow: FlowId,
        message: MessageId,
    },
    /// A node changed.
    NodeChanged { node: NodeId, status: NodeStatus },
    /// A fault is in force.
    FaultBegan { id: u64, fault: Fault },
    /// A fault is over.
    FaultEnded { id: u64 },
    /// The script's intervention of this index took place.
    Intervened { index: u32 },
    /// Something of the pattern's own; `kind` indexes its notes.
    Noted {
        kind: u8,
        node: NodeId,
        flow: FlowId,
        value: u64,
    },
}

/// A fact with its time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stamped {
    /// When.
    pub at: Instant,
    /// What.
    pub fact: Fact,
}

/// Sees every fact in order, and can influence nothing.
pub trait Observer {
    /// Called once a fact.
    fn observe(&mut self, at: Instant, fact: &Fact);
}

impl Observer for Vec<Stamped> {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.push(Stamped {
            at,
            fact: fact.clone(),
        });
    }
}

/// A stable hash over all facts, equal natively and in wasm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    state: u64,
    count: u64,
}

impl Default for Digest {
    fn default() -> Self {
        Self {
            state: 0x243f_6a88_85a3_08d3,
            count: 0,
        }
    }
}

impl Digest {
    /// Sixteen hexadecimal digits.
    pub fn text(&self) -> String {
        let mut last = Mixer(self.state);
        last.write_u64(self.count);
        format!("{:016x}", last.0)
    }

    /// How many facts it has seen.
    pub fn count(&self) -> u64 {
        self.count
    }
}

impl Observer for Digest {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        let mut mixer = Mixer(self.state);
        (at, fact).hash(&mut mixer);
        self.state = mixer.0;
        self.count += 1;
    }
}

/// A hasher that widens every integer to 64 bits, so that the size of a
/// pointer and the order of bytes do not matter.
struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }
    fn write_u64(&mut self, value: u64) {
        let mixed = (self.0 ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 29);
    }
    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }
    fn write_u16(&mut self, value: u16) {
        self.write_u64(u64::from(value));
    }
    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }
    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }
    fn write_isize(&mut self, value: isize) {
        self.write_u64(value as i64 as u64);
    }
}

impl Fact {
    /// The unit of work it is about, if it is about one.
    pub fn flow(&self) -> Option<FlowId> {
        match self {
            Self::Sent(message) | Self::Dropped { message, .. } => Some(message.flow),
            Self::FlowStarted { flow, .. }
            | Self::FlowEnded { flow, .. }
            | Self::Delivered { flow, .. } => Some(*flow),
            Self::Queued { flow, .. }
            | Self::Started { flow, .. }
            | Self::Finished { flow, .. } => Some(*flow),
            Self::Discarded { flow, .. }
            | Self::Interrupted { flow, .. }
            | Self::TimedOut { flow, .. } => Some(*flow),
            Self::Retried { flow, .. }
            | Self::Hedged { flow, .. }
            | Self::Deduplicated { flow, .. } => Some(*flow),
            Self::Noted { flow, .. } => Some(*flow),
            _ => None,
        }
    }
}
