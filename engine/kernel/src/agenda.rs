//! The agenda: what is pending, in a total order.
//!
//! Order: (instant, rank, sequence). Interventions never enter here: the
//! simulation applies them before the occurrences of the same instant. Ends
//! of faults rank before ordinary occurrences.

use crate::message::MessageId;
use crate::time::Instant;
use crate::topology::NodeId;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A model's own alarm, given back to it when it fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    /// The node that set it; a crash of that node voids it.
    pub node: NodeId,
    /// The model's own meaning.
    pub kind: u8,
    /// The model's own data.
    pub data: u64,
}

/// Something pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occurrence {
    /// A message reaches the end of its flight (or the point of its loss).
    Arrive(MessageId),
    /// A timer fires, unless its node has crashed since (`epoch`).
    Fire {
        /// See [`Timer::data`].
        data: u64,
        /// See [`Timer::node`].
        node: NodeId,
        /// The node's epoch when the timer was set.
        epoch: u16,
        /// See [`Timer::kind`].
        kind: u8,
    },
    /// A fault with a duration ends.
    Lapse(u64),
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    at: u64,
    /// Rank in the top bit, sequence below.
    order: u64,
    occurrence: Occurrence,
}

impl Entry {
    /// One number, because comparing it takes no branch.
    fn key(&self) -> u128 {
        u128::from(self.at) << 64 | u128::from(self.order)
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
impl Eq for Entry {}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Entry {
    /// Reversed: the standard heap gives its greatest, we want the earliest.
    fn cmp(&self, other: &Self) -> Ordering {
        other.key().cmp(&self.key())
    }
}

/// Everything pending, earliest first.
#[derive(Clone, Debug, Default)]
pub struct Agenda {
    heap: BinaryHeap<Entry>,
    sequence: u64,
}

const ORDINARY: u64 = 1 << 63;

impl Agenda {
    /// Adds an occurrence; among equals, first added is first out.
    pub fn add(&mut self, at: Instant, occurrence: Occurrence) {
        let rank = if matches!(occurrence, Occurrence::Lapse(_)) {
            0
        } else {
            ORDINARY
        };
        self.sequence += 1;
        self.heap.push(Entry {
            at: at.0,
            order: rank | self.sequence,
            occurrence,
        });
    }

    /// When the earliest is due.
    pub fn next_at(&self) -> Option<Instant> {
        self.heap.peek().map(|entry| Instant(entry.at))
    }

    /// Takes the earliest if it is due strictly before `until`.
    pub fn take_before(&mut self, until: Instant) -> Option<(Instant, Occurrence)> {
        if self.heap.peek()?.at >= until.0 {
            return None;
        }
        self.heap
            .pop()
            .map(|entry| (Instant(entry.at), entry.occurrence))
    }

    /// How many are pending (timers of crashed nodes included).
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_total_lapses_first_then_first_come() {
        let mut agenda = Agenda::default();
        let fire = |data| Occurrence::Fire {
            data,
            node: NodeId(0),
            epoch: 0,
            kind: 0,
        };
        agenda.add(Instant(5), fire(1));
        agenda.add(Instant(5), fire(2));
        agenda.add(Instant(5), Occurrence::Lapse(9));
        agenda.add(Instant(4), fire(3));
        let mut seen = Vec::new();
        while let Some((_, occurrence)) = agenda.take_before(Instant(6)) {
            seen.push(occurrence);
        }
        assert_eq!(seen, [fire(3), Occurrence::Lapse(9), fire(1), fire(2)]);
    }

    #[test]
    fn the_end_is_not_included() {
        let mut agenda = Agenda::default();
        agenda.add(Instant(5), Occurrence::Lapse(0));
        assert!(agenda.take_before(Instant(5)).is_none());
        assert!(agenda.take_before(Instant(6)).is_some());
    }
}
