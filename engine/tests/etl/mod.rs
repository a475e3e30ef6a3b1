//! Runs of ETL, and what they count.
#![allow(dead_code, reason = "each test file uses its own part of this")]

#[path = "../course/mod.rs"]
mod course;

pub use course::*;
use patternscope_engine::Scenario;
use patternscope_engine::kernel::Measured;
use patternscope_engine::patterns::etl::PATTERN;

/// One run of ETL, as its measures tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub started: f64,
    pub ended: Option<f64>,
    pub extracted: u64,
    pub loaded: u64,
    pub deduplicated: u64,
    pub rejected: u64,
}

/// The defaults with knobs and a script, both of which must be right.
pub fn scenario(knobs: &[(&str, &str)], script: &str) -> Scenario {
    course::scenario(&PATTERN, knobs, script)
}

/// A run with knobs and a script.
pub fn course(knobs: &[(&str, &str)], script: &str, seconds: f64) -> Course {
    run(&scenario(knobs, script), seconds)
}

impl Course {
    /// The parts of a measure that is a table.
    pub fn table(&self, name: &str) -> Vec<(String, Measured)> {
        parts(&self.leaf(name).expect("a measure"))
    }

    /// The runs so far, the open one last.
    pub fn runs(&self) -> Vec<Run> {
        let Some(Measured::List(runs)) = self.leaf("runs") else {
            panic!("a list");
        };
        let one = |run: &Measured| {
            let here = parts(run);
            let find = |name: &str| here.iter().find(|(other, _)| other == name);
            let count = |name: &str| match find(name) {
                Some((_, Measured::Count(count))) => *count,
                other => panic!("{name}: {other:?}"),
            };
            let number = |name: &str| match find(name) {
                Some((_, Measured::Number(number))) => Some(*number),
                _ => None,
            };
            let reasons = parts(&find("rejected").expect("reasons").1);
            let rejected = reasons.iter().map(|(_, count)| match count {
                Measured::Count(count) => *count,
                other => panic!("{other:?}"),
            });
            Run {
                started: number("started_s").expect("a start"),
                ended: number("ended_s"),
                extracted: count("extracted"),
                loaded: count("loaded"),
                deduplicated: count("deduplicated"),
                rejected: rejected.sum(),
            }
        };
        runs.iter().map(one).collect()
    }
}

/// The parts of a table.
pub fn parts(measured: &Measured) -> Vec<(String, Measured)> {
    match measured {
        Measured::Table(parts) => parts.clone(),
        other => panic!("{other:?}"),
    }
}
