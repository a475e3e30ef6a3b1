//! The ledger: conservation of messages and flows, exact at every instant.
//!
//! One side of each identity is counted here from facts; the other is counted
//! from the simulation's own state, so that a leak cannot hide.

use crate::kernel::{DropReason, Fact, Instant, Observer, Outcome, Simulation, Truth};

/// Outcomes a pattern may have at most, success included.
pub const OUTCOMES_MOST: usize = 16;

/// Counts since the start of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Sent by nodes.
    pub sent: u64,
    /// Made by the network.
    pub duplicated: u64,
    /// Arrived.
    pub delivered: u64,
    /// By [`DropReason`], in its order.
    pub lost: [u64; 3],
    /// Units of work begun.
    pub started: u64,
    /// Units of work ended, by outcome; index 0 succeeded.
    pub ended: [u64; OUTCOMES_MOST],
}

/// The ledger held against the simulation's own state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Messages that travel now.
    pub in_flight: u64,
    /// Units of work that are open now.
    pub open: u64,
    /// The kernel's identities, then the pattern's own.
    pub truths: Vec<Truth>,
}

impl Balance {
    /// Whether every identity holds.
    pub fn balanced(&self) -> bool {
        self.truths.iter().all(Truth::holds)
    }
}

impl Ledger {
    /// Messages lost, all reasons together.
    pub fn lost_total(&self) -> u64 {
        self.lost.iter().sum()
    }

    /// Units of work that succeeded.
    pub fn succeeded(&self) -> u64 {
        self.ended[0]
    }

    /// Units of work that failed, all reasons together.
    pub fn failed_total(&self) -> u64 {
        self.ended[1..].iter().sum()
    }

    /// Holds the books against the state of the run.
    pub fn check(&self, simulation: &Simulation) -> Balance {
        let in_flight = simulation.world().flights.len() as u64;
        let open = simulation.model().open_flows();
        let ended: u64 = self.ended.iter().sum();
        let mut truths = vec![
            Truth {
                name: "sent + duplicated = delivered + in flight + lost",
                left: (self.sent + self.duplicated) as i64,
                right: (self.delivered + in_flight + self.lost_total()) as i64,
            },
            Truth {
                name: "started = succeeded + failed + open",
                left: self.started as i64,
                right: (ended + open) as i64,
            },
        ];
        truths.extend(simulation.model().truths());
        Balance {
            in_flight,
            open,
            truths,
        }
    }
}

impl Observer for Ledger {
    fn observe(&mut self, _: Instant, fact: &Fact) {
        match fact {
            Fact::Sent(message) if message.marks.duplicate => self.duplicated += 1,
            Fact::Sent(_) => self.sent += 1,
            Fact::Delivered { .. } => self.delivered += 1,
            Fact::Dropped { reason, .. } => self.lost[*reason as usize] += 1,
            Fact::FlowStarted { .. } => self.started += 1,
            Fact::FlowEnded {
                outcome: Outcome(index),
                ..
            } => {
                self.ended[usize::from(*index).min(OUTCOMES_MOST - 1)] += 1;
            }
            _ => {}
        }
    }
}

/// Loss reasons with their counts, in order.
pub fn losses(ledger: &Ledger) -> impl Iterator<Item = (&'static str, u64)> + '_ {
    DropReason::ALL
        .iter()
        .map(|reason| (reason.name(), ledger.lost[*reason as usize]))
}
