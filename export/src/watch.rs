//! Everything that looks on at a run from its start.

use crate::facts::FactList;
use patternscope_engine::kernel::{Digest, Fact, Observer, Topology};
use patternscope_engine::measure::{Ledger, Measures};
use patternscope_engine::{Instant, Scenario, Simulation};

/// Occurrences between two looks at the progress.
const STRIDE: u64 = 500_000;

/// Instruments, and what else is told of each fact.
pub struct Watch<'w> {
    /// A hash over all facts.
    pub digest: Digest,
    /// Where everything went.
    pub ledger: Ledger,
    /// How fast, how late, how full.
    pub measures: Measures,
    /// The first facts, if somebody wants them.
    pub facts: Option<FactList>,
    /// Who else looks on.
    pub other: Option<&'w mut dyn Observer>,
}

impl Watch<'_> {
    /// Looks on without keeping facts.
    pub fn new(topology: &Topology, warm_up: Instant) -> Self {
        Self {
            digest: Digest::default(),
            ledger: Ledger::default(),
            measures: Measures::new(topology, warm_up),
            facts: None,
            other: None,
        }
    }
}

impl Observer for Watch<'_> {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.digest.observe(at, fact);
        self.ledger.observe(at, fact);
        self.measures.observe(at, fact);
        if let Some(facts) = &mut self.facts {
            facts.observe(at, fact);
        }
        if let Some(other) = &mut self.other {
            other.observe(at, fact);
        }
    }
}

/// Runs a scenario to its end; `tell` hears now and then how far it is.
pub fn drive(
    scenario: &Scenario,
    until: Instant,
    watch: &mut Watch,
    mut tell: impl FnMut(Instant),
) -> Simulation {
    let mut simulation = scenario.simulation(Some(watch));
    while !simulation.run_until_or(until, STRIDE, Some(watch)) {
        tell(simulation.now());
    }
    simulation
}
