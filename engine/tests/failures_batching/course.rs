//! A run of a small calm system with a script of failures, and what it counts.

use patternscope_engine::kernel::{Measured, Observer, Outcome, Simulation, Stamped};
use patternscope_engine::measure::Ledger;
use patternscope_engine::patterns::batching::PATTERN;
use patternscope_engine::scenario::parse_script;
use patternscope_engine::{Fact, Instant, Scenario};

/// Two producers, 100 items a second exactly spaced, batches of ten of 400 B,
/// 10 ms a hop, 20 ms a batch and 1 ms an item, 5 ms a write.
const CALM: &[(&str, &str)] = &[
    ("arrival", "steady"),
    ("rate", "100"),
    ("producers", "2"),
    ("max-items", "10"),
    ("max-bytes", "0"),
    ("linger-ms", "300"),
    ("overhead-ms", "20"),
    ("per-item-ms", "1"),
    ("latency-ms", "10"),
    ("workers", "4"),
    ("in-flight", "8"),
    ("buffer", "2000"),
    ("ack-timeout-ms", "500"),
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

pub struct Course {
    pub facts: Vec<Stamped>,
    pub ledger: Ledger,
    pub simulation: Simulation,
}

/// The calm system with other knobs.
pub fn scenario(knobs: &[(&str, &str)], script: &str) -> Scenario {
    let mut scenario = Scenario::new(&PATTERN);
    for (key, value) in CALM.iter().chain(knobs) {
        scenario.settings.set(key, value).expect("a knob");
    }
    let (parsed, notices) = parse_script(script, &scenario.topology(), &scenario.settings);
    assert!(notices.is_empty(), "{notices:?}");
    scenario.script = parsed;
    scenario
}

/// Runs 12 s, checking the books every 50 ms and just after each act.
pub fn course(knobs: &[(&str, &str)], script: &str) -> Course {
    let scenario = scenario(knobs, script);
    let mut watch = Watch::default();
    let mut simulation = scenario.simulation(Some(&mut watch));
    for tick in 0..=240_u64 {
        for instant in [Instant(tick * 50_000_000), Instant(tick * 50_000_000 + 1)] {
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
    pub fn count(&self, from: f64, to: f64, is_meant: impl Fn(&Fact) -> bool) -> usize {
        let (from, to) = (Instant::from_secs(from), Instant::from_secs(to));
        let within = |stamped: &&Stamped| stamped.at >= from && stamped.at < to;
        let facts = self.facts.iter().filter(within);
        facts.filter(|stamped| is_meant(&stamped.fact)).count()
    }

    pub fn ended(&self, from: f64, to: f64, which: u8) -> usize {
        let is_meant = |fact: &Fact| matches!(fact, Fact::FlowEnded { outcome: Outcome(it), .. } if *it == which);
        self.count(from, to, is_meant)
    }

    pub fn all(&self, which: u8) -> u64 {
        self.ledger.ended[usize::from(which)]
    }

    /// Mean of flows that ended well then.
    pub fn latency_ms(&self, from: f64, to: f64) -> f64 {
        let (from, to) = (Instant::from_secs(from), Instant::from_secs(to));
        let latencies: Vec<f64> = self
            .facts
            .iter()
            .filter_map(|stamped| match stamped.fact {
                Fact::FlowEnded {
                    outcome: Outcome::SUCCESS,
                    latency,
                    ..
                } if stamped.at >= from && stamped.at < to => Some(latency.as_millis()),
                _ => None,
            })
            .collect();
        latencies.iter().sum::<f64>() / latencies.len() as f64
    }

    /// 100 items a second arrive, each after half a fill of 90 ms and 65 ms.
    pub fn is_calm(&self, from: f64, to: f64) {
        let ended = self.ended(from, to, 0) as f64;
        assert!(
            (ended / (to - from) - 100.0).abs() < 11.0 / (to - from),
            "{ended}"
        );
        let latency = self.latency_ms(from, to);
        assert!((latency - 110.0).abs() < 1.0, "{latency} ms");
    }

    pub fn measure(&self, path: &str) -> f64 {
        let (name, part) = path.split_once('/').unwrap_or((path, ""));
        let measures = self.simulation.model().measures();
        let value = &measures.iter().find(|(key, _)| *key == name).expect(path).1;
        let value = match value {
            Measured::Table(rows) => &rows.iter().find(|(key, _)| key == part).expect(path).1,
            value => value,
        };
        match value {
            Measured::Count(count) => *count as f64,
            Measured::Number(number) => *number,
            _ => panic!("{path}"),
        }
    }

    pub fn all_stored(&self) {
        let failed = self.ledger.failed_total();
        assert_eq!(failed, 0, "{:?}", self.ledger.ended);
        assert!(self.ledger.started - self.ledger.succeeded() < 40);
    }
}

pub fn near(count: usize, expected: f64, by: f64) {
    assert!(
        (count as f64 - expected).abs() <= by,
        "{count} instead of {expected}"
    );
}
