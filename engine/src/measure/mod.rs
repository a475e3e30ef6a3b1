//! Measures: what facts amount to. Observers only; nothing here can influence
//! a run.

pub mod histogram;
pub mod ledger;
pub mod measures;
pub mod series;
pub mod theory;

pub use histogram::LatencyHistogram;
pub use ledger::{Balance, Ledger};
pub use measures::{LinkMeasure, Measures, NodeMeasure, Prediction};
pub use series::{Bucket, Series};

use crate::kernel::{Digest, Fact, Instant, Observer};

/// All that a recorded run carries along; a clone goes into each checkpoint.
#[derive(Clone, Debug)]
pub struct Instruments {
    /// A hash over all facts.
    pub digest: Digest,
    /// Where everything went.
    pub ledger: Ledger,
    /// How fast, how late, how full.
    pub measures: Measures,
    /// The same over time.
    pub series: Series,
}

impl Observer for Instruments {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.digest.observe(at, fact);
        self.ledger.observe(at, fact);
        self.measures.observe(at, fact);
        self.series.observe(at, fact);
    }
}
