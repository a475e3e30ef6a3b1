//! Runs of Orchestration, and what they count.
#![allow(dead_code, reason = "each test file uses its own part of this")]

#[path = "../course/mod.rs"]
mod course;

pub use course::*;
use patternscope_engine::kernel::{Measured, Message, Outcome, Role, Stamped};
use patternscope_engine::patterns::orchestration::PATTERN;
use patternscope_engine::{Fact, Scenario};

/// No chance but that of arrivals, and an order a second.
pub const CALM: &[(&str, &str)] = &[
    ("arrival", "steady"),
    ("rate", "1"),
    ("shops", "1"),
    ("service-dist", "constant"),
    ("decline", "0"),
    ("error", "0"),
    ("approve-over", "0"),
    ("stock", "100000"),
];

/// The defaults with knobs and a script, both of which must be right.
pub fn scenario(knobs: &[(&str, &str)], script: &str) -> Scenario {
    course::scenario(&PATTERN, knobs, script)
}

/// A run with knobs and a script.
pub fn course(knobs: &[(&str, &str)], script: &str, seconds: f64) -> Course {
    run(&scenario(knobs, script), seconds)
}

/// Those of [`CALM`] and more.
pub fn calm<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut knobs = CALM.to_vec();
    knobs.extend_from_slice(more);
    knobs
}

impl Course {
    /// The names in a table, in its order.
    pub fn names(&self, path: &str) -> Vec<String> {
        match self.leaf(path) {
            Some(Measured::Table(rows)) => rows.into_iter().map(|(name, _)| name).collect(),
            other => panic!("{path}: {other:?}"),
        }
    }

    /// Orders that ended so, and after how many milliseconds.
    pub fn ends(&self, outcome: u8) -> Vec<f64> {
        let facts = self.watch.facts.iter();
        let latency = |it: &Stamped| match it.fact {
            Fact::FlowEnded {
                outcome: Outcome(how),
                latency,
                ..
            } if how == outcome => Some(latency.as_millis()),
            _ => None,
        };
        facts.filter_map(latency).collect()
    }

    /// Facts of a kind, and when in milliseconds.
    pub fn times<T>(&self, what: impl Fn(&Fact) -> Option<T>) -> Vec<(f64, T)> {
        let facts = self.watch.facts.iter();
        let timed = |it: &Stamped| Some((it.at.as_secs() * 1e3, what(&it.fact)?));
        facts.filter_map(timed).collect()
    }

    /// Messages of a role that left, as what they carry.
    pub fn sent(&self, role: Role) -> Vec<(f64, Message)> {
        self.times(|fact| match fact {
            Fact::Sent(message) if message.role == role => Some(*message),
            _ => None,
        })
    }
}
