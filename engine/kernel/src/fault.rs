//! Faults: what is broken now, as a list; conditions follow from the list.
//!
//! A fault replaces an earlier one of the same kind on the same thing, so the
//! end of the earlier one cannot heal the later.

use crate::time::{Duration, Instant};
use crate::topology::{LinkId, NodeId};

/// Something broken. Ratios are in parts per million, so that facts hash
/// exactly; factors in thousandths.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Down; volatile state is lost.
    Crash(NodeId),
    /// Stop-the-world.
    Pause(NodeId),
    /// Work takes this many thousandths of its time.
    Slow(NodeId, u32),
    /// This share of the work fails, in parts per million.
    Errors(NodeId, u32),
    /// Nothing gets through, what travels is lost.
    Cut(LinkId),
    /// This share is lost, in parts per million.
    Loss(LinkId, u32),
    /// Added to the latency.
    Latency(LinkId, Duration),
    /// This share arrives twice, in parts per million.
    Duplicate(LinkId, u32),
    /// This share is overtaken, in parts per million.
    Reorder(LinkId, u32),
    /// Links between groups, in the order of their ids, are cut.
    Partition(Vec<LinkId>),
    /// Traffic is multiplied, in thousandths.
    Surge(u32),
}

impl Fault {
    /// Whether both are the same kind of fault on the same thing.
    pub fn replaces(&self, other: &Self) -> bool {
        use Fault::{
            Crash, Cut, Duplicate, Errors, Latency, Loss, Partition, Pause, Reorder, Slow, Surge,
        };
        match (self, other) {
            (Crash(a), Crash(b)) | (Pause(a), Pause(b)) => a == b,
            (Slow(a, _), Slow(b, _)) | (Errors(a, _), Errors(b, _)) => a == b,
            (Cut(a), Cut(b)) | (Loss(a, _), Loss(b, _)) | (Latency(a, _), Latency(b, _)) => a == b,
            (Duplicate(a, _), Duplicate(b, _)) | (Reorder(a, _), Reorder(b, _)) => a == b,
            (Partition(a), Partition(b)) => a == b,
            (Surge(_), Surge(_)) => true,
            _ => false,
        }
    }

    /// The node it is on.
    pub fn node(&self) -> Option<NodeId> {
        match self {
            Self::Crash(node) | Self::Pause(node) | Self::Slow(node, _) | Self::Errors(node, _) => {
                Some(*node)
            }
            _ => None,
        }
    }

    /// Whether it is on this link.
    pub fn is_on_link(&self, link: LinkId) -> bool {
        match self {
            Self::Cut(on) | Self::Loss(on, _) | Self::Latency(on, _) => *on == link,
            Self::Duplicate(on, _) | Self::Reorder(on, _) => *on == link,
            Self::Partition(links) => links.binary_search(&link).is_ok(),
            _ => false,
        }
    }
}

/// A fault in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveFault {
    /// Unique within the run.
    pub id: u64,
    /// What.
    pub fault: Fault,
    /// Since when.
    pub since: Instant,
    /// Until when, if it ends by itself.
    pub until: Option<Instant>,
}

/// All faults in force, oldest first. Bounded: one of a kind on a thing.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    active: Vec<ActiveFault>,
    next_id: u64,
}

impl Faults {
    /// Puts a fault in force and returns its id.
    pub fn add(&mut self, fault: Fault, since: Instant, until: Option<Instant>) -> u64 {
        self.active.retain(|active| !fault.replaces(&active.fault));
        self.next_id += 1;
        self.active.push(ActiveFault {
            id: self.next_id,
            fault,
            since,
            until,
        });
        self.next_id
    }

    /// Ends the fault of this id, if it is still in force.
    pub fn end(&mut self, id: u64) -> Option<ActiveFault> {
        let index = self.active.iter().position(|active| active.id == id)?;
        Some(self.active.remove(index))
    }

    /// Ends every fault that matches.
    pub fn end_where(&mut self, matches: impl Fn(&Fault) -> bool) -> usize {
        let before = self.active.len();
        self.active.retain(|active| !matches(&active.fault));
        before - self.active.len()
    }

    /// What is in force, oldest first.
    pub fn active(&self) -> &[ActiveFault] {
        &self.active
    }
}
