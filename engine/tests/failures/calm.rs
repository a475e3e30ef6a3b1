//! A run of a small calm system with a script of failures.

use super::course::{Course, run, scenario};
use patternscope_engine::Fact;
use patternscope_engine::kernel::DropReason;
use patternscope_engine::patterns::request_response::PATTERN;

/// Two clients, two servers in turn, 100 requests a second exactly spaced, 50
/// ms each, 10 ms away, no retries: undisturbed, every answer takes 70 ms.
const CALM: &[(&str, &str)] = &[
    ("arrival", "steady"),
    ("rate", "100"),
    ("clients", "2"),
    ("servers", "2"),
    ("workers", "8"),
    ("lb", "round-robin"),
    ("service-ms", "50"),
    ("service-dist", "constant"),
    ("latency-ms", "10"),
    ("timeout-ms", "500"),
    ("retries", "0"),
    ("queue-cap", "1000"),
];

/// Runs 12 s.
pub fn course(knobs: &[(&str, &str)], script: &str) -> Course {
    run(&scenario(&PATTERN, &[CALM, knobs].concat(), script), 12.0)
}

impl Course {
    pub fn started(&self, from: f64, to: f64) -> usize {
        self.facts(from, to, |fact| matches!(fact, Fact::FlowStarted { .. }))
    }

    pub fn dropped(&self, from: f64, to: f64, why: DropReason) -> usize {
        let is = |fact: &Fact| matches!(fact, Fact::Dropped { reason, .. } if *reason == why);
        self.facts(from, to, is)
    }

    /// Work begun at a server, numbered from 1.
    pub fn begun(&self, from: f64, to: f64, server: u16) -> usize {
        let is = |fact: &Fact| matches!(fact, Fact::Started { node, .. } if node.0 == server + 1);
        self.facts(from, to, is)
    }

    /// All is as if nothing had happened.
    pub fn is_calm(&self, from: f64, to: f64) {
        assert_eq!(self.failed(from, to), 0);
        let done = self.ended(0, from, to) as f64;
        let expected = 100.0 * (to - from);
        assert!((done - expected).abs() <= 3.0, "{done} of {expected}");
        assert!((self.latency_ms(from, to) - 70.0).abs() < 0.01);
    }
}
