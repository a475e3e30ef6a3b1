//! Runs of Pub-Sub, and what they count.
#![allow(dead_code, reason = "each test file uses its own part of this")]

#[path = "../course/mod.rs"]
mod course;

pub use course::*;
use patternscope_engine::Scenario;
use patternscope_engine::kernel::Measured;
use patternscope_engine::patterns::pub_sub::PATTERN;

/// The defaults with knobs and a script, both of which must be right.
pub fn scenario(knobs: &[(&str, &str)], script: &str) -> Scenario {
    course::scenario(&PATTERN, knobs, script)
}

/// A run with knobs and a script.
pub fn course(knobs: &[(&str, &str)], script: &str, seconds: f64) -> Course {
    run(&scenario(knobs, script), seconds)
}

impl Course {
    /// A count of a subscription's.
    pub fn tally(&self, subscription: &str, name: &str) -> u64 {
        self.counted(&format!("subscriptions/{subscription}/{name}"))
    }

    /// Who has a partition.
    pub fn owner(&self, subscription: &str, partition: usize) -> Option<u64> {
        match self.leaf(&format!("assignments/{subscription}/p{partition}"))? {
            Measured::Words(name) => name.strip_prefix("consumer-")?.parse().ok(),
            other => panic!("{other:?}"),
        }
    }
}
