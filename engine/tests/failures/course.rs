//! A run of a small calm system with a script of failures, and what it counts.

use patternscope_engine::kernel::{DropReason, Measured, Observer, Outcome, Stamped};
use patternscope_engine::measure::Ledger;
use patternscope_engine::patterns::request_response::PATTERN;
use patternscope_engine::scenario::parse_script;
use patternscope_engine::{Duration, Fact, Instant, Scenario, Simulation};

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

#[derive(Default)]
struct Watch {
    facts: Vec<Stamped>,
    ledger: Ledger,
}

impl Observer for Watch {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.facts.observe(at, fact);
        self.ledger.observe(at, fact);
    }
}

/// A run that is over, and all its facts.
pub struct Course {
    pub facts: Vec<Stamped>,
    pub ledger: Ledger,
    pub simulation: Simulation,
}

/// Runs 12 s, checking the books every 50 ms and just after each act.
pub fn course(knobs: &[(&str, &str)], script: &str) -> Course {
    let mut scenario = Scenario::new(&PATTERN);
    for (key, value) in CALM.iter().chain(knobs) {
        scenario.settings.set(key, value).expect("a valid knob");
    }
    let (parsed, notices) = parse_script(script, &scenario.topology(), &scenario.settings);
    assert!(notices.is_empty(), "{notices:?}");
    scenario.script = parsed;
    let mut watch = Watch::default();
    let mut simulation = scenario.simulation(Some(&mut watch));
    for tick in 0..=240_u64 {
        let at = Duration(tick * 50_000_000);
        for instant in [Instant(at.0), Instant(at.0 + 1)] {
            simulation.run_until(instant, Some(&mut watch));
            let balance = watch.ledger.check(&simulation);
            assert!(balance.balanced(), "at {instant}: {:?}", balance.truths);
        }
    }
    Course {
        facts: watch.facts,
        ledger: watch.ledger,
        simulation,
    }
}

impl Course {
    /// Facts in a stretch of time, in seconds.
    pub fn count(&self, from: f64, to: f64, is_meant: impl Fn(&Fact) -> bool) -> usize {
        let (from, to) = (Instant::from_secs(from), Instant::from_secs(to));
        let within = |stamped: &&Stamped| stamped.at >= from && stamped.at < to;
        let facts = self.facts.iter().filter(within);
        facts.filter(|stamped| is_meant(&stamped.fact)).count()
    }

    pub fn started(&self, from: f64, to: f64) -> usize {
        self.count(from, to, |fact| matches!(fact, Fact::FlowStarted { .. }))
    }

    pub fn ended(&self, from: f64, to: f64, with: u8) -> usize {
        self.count(
            from,
            to,
            |fact| matches!(fact, Fact::FlowEnded { outcome, .. } if *outcome == Outcome(with)),
        )
    }

    /// Flows that ended badly, whatever the reason.
    pub fn failed(&self, from: f64, to: f64) -> usize {
        (1..6).map(|outcome| self.ended(from, to, outcome)).sum()
    }

    pub fn dropped(&self, from: f64, to: f64, why: DropReason) -> usize {
        self.count(
            from,
            to,
            |fact| matches!(fact, Fact::Dropped { reason, .. } if *reason == why),
        )
    }

    /// Work begun at a server, numbered from 1.
    pub fn begun(&self, from: f64, to: f64, server: u16) -> usize {
        self.count(
            from,
            to,
            |fact| matches!(fact, Fact::Started { node, .. } if node.0 == server + 1),
        )
    }

    /// Mean latency of good flows that ended then, in milliseconds.
    pub fn latency_ms(&self, from: f64, to: f64) -> f64 {
        let (from, to) = (Instant::from_secs(from), Instant::from_secs(to));
        let latency = |stamped: &Stamped| match stamped.fact {
            Fact::FlowEnded {
                outcome: Outcome::SUCCESS,
                latency,
                ..
            } if stamped.at >= from && stamped.at < to => Some(latency.as_millis()),
            _ => None,
        };
        let all: Vec<f64> = self.facts.iter().filter_map(latency).collect();
        all.iter().sum::<f64>() / all.len() as f64
    }

    pub fn measure(&self, name: &str) -> u64 {
        let measures = self.simulation.model().measures();
        match measures.iter().find(|(key, _)| *key == name) {
            Some((_, Measured::Count(count))) => *count,
            other => panic!("{name}: {other:?}"),
        }
    }

    /// All is as if nothing had happened.
    pub fn is_calm(&self, from: f64, to: f64) {
        assert_eq!(self.failed(from, to), 0);
        let done = self.ended(from, to, 0) as f64;
        let expected = 100.0 * (to - from);
        assert!((done - expected).abs() <= 3.0, "{done} of {expected}");
        assert!((self.latency_ms(from, to) - 70.0).abs() < 0.01);
    }
}

pub fn near(value: usize, expected: f64, tolerance: f64) {
    let off = (value as f64 - expected).abs();
    assert!(off <= tolerance, "{value} instead of {expected}");
}
