//! API Gateway against published numbers, through the whole model: many
//! replicas with two choices, and calls that wait for the slowest of many. The
//! buckets, breaker, ejection, smooth weighted round robin and failover are
//! held against theirs beside the parts that the model uses (`src/parts`).
#![cfg(not(target_arch = "wasm32"))]

use patternscope_engine::kernel::{Observer, Outcome};
use patternscope_engine::patterns::api_gateway::PATTERN;
use patternscope_engine::{Fact, Instant, Scenario};

const SEEDS: u64 = 20;

/// Services of mean 1 s behind a gateway that takes no time and refuses none.
const BASE: &[(&str, &str)] = &[
    ("bad-tokens", "0"),
    ("aggregated", "0"),
    ("rps", "0"),
    ("ttl-ms", "0"),
    ("failure-%", "0"),
    ("bulkhead", "0"),
    ("timeout-ms", "0"),
    ("join-ms", "0"),
    ("client-timeout-ms", "0"),
    ("gateway-ms", "0"),
    ("io", "async"),
    ("gateway-queue", "10000"),
    ("queue-cap", "100000"),
    ("health-ms", "0"),
    ("eject-after", "0"),
    ("latency-ms", "0"),
    ("replicas", "100"),
    ("workers", "1"),
    ("service-ms", "1000"),
];

/// Calls that begin later than this before the end of a run are left out:
/// only the short ones of them would be over.
const LAST_S: f64 = 40.0;

/// Latencies of calls that began within a stretch of time, in seconds.
struct Latencies {
    from: f64,
    to: f64,
    seconds: Vec<f64>,
}

impl Observer for Latencies {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        if let Fact::FlowEnded {
            outcome, latency, ..
        } = fact
        {
            assert_eq!(*outcome, Outcome::SUCCESS);
            let began = at.as_secs() - latency.as_secs();
            if (self.from..self.to).contains(&began) {
                self.seconds.push(latency.as_secs());
            }
        }
    }
}

/// Latencies of about `flows` calls after `warm_up` others, one list a seed.
fn runs(rate: f64, warm_up: usize, flows: usize, knobs: &[(&str, &str)]) -> Vec<Vec<f64>> {
    let run = |seed| {
        let mut scenario = Scenario {
            seed,
            ..Scenario::new(&PATTERN)
        };
        let rate_text = rate.to_string();
        for (key, value) in BASE
            .iter()
            .chain(&[("rate", rate_text.as_str())])
            .chain(knobs)
        {
            scenario.settings.set(key, value).expect("a knob");
        }
        let from = warm_up as f64 / rate;
        let to = from + flows as f64 / rate;
        let mut latencies = Latencies {
            from,
            to,
            seconds: Vec::new(),
        };
        let mut simulation = scenario.simulation(Some(&mut latencies));
        simulation.run_until(Instant::from_secs(to + LAST_S), Some(&mut latencies));
        latencies.seconds
    };
    (1..=SEEDS).map(run).collect()
}

/// Holds the mean over seeds against `expected`, within four standard errors
/// and `rounding`, and the errors within 1 %.
fn check(name: &str, expected: f64, rounding: f64, figures: &[f64]) {
    let count = figures.len() as f64;
    let mean = figures.iter().sum::<f64>() / count;
    let squares: f64 = figures.iter().map(|x| (x - mean) * (x - mean)).sum();
    let error = (squares / (count - 1.0) / count).sqrt();
    println!("{name}: {mean:.5} +- {error:.5}, expected {expected}");
    assert!(error <= 0.01 * expected, "{name}: too little power");
    assert!(
        (mean - expected).abs() <= 4.0 * error + rounding,
        "{name}: {mean} +- {error}, expected {expected}"
    );
}

fn mean(seconds: &[f64]) -> f64 {
    seconds.iter().sum::<f64>() / seconds.len() as f64
}

/// Mitzenmacher's model at n = 100 (table of case 2), one hundred replicas of
/// each of three services; a random choice makes each an M/M/1.
#[test]
fn two_choices_among_a_hundred_replicas() {
    for (lb, load, expected, rounding) in [
        ("two-choices", 0.5, 1.270, 0.0127),
        ("two-choices", 0.9, 2.641, 0.02641),
        ("random", 0.5, 2.0, 0.0005),
    ] {
        let runs = runs(load * 300.0, 30_000, 30_000, &[("lb", lb)]);
        let means: Vec<f64> = runs.iter().map(|run| mean(run)).collect();
        check(&format!("{lb} at {load}"), expected, rounding, &means);
    }
}

/// The mean of the largest of n exponential times is the n-th harmonic number.
#[test]
fn a_composed_call_waits_for_its_slowest_part() {
    for (parts, expected, p99) in [("10", 2.928_968, 6.9032), ("100", 5.187_378, 9.2054)] {
        let knobs = [("aggregated", "100"), ("fan-out", parts), ("workers", "64")];
        let runs = runs(10.0, 0, 4_000, &knobs);
        let means: Vec<f64> = runs.iter().map(|run| mean(run)).collect();
        check(&format!("{parts} parts"), expected, 5e-7, &means);
        let tails = runs.iter().map(|seconds| {
            let mut sorted = seconds.clone();
            sorted.sort_by(f64::total_cmp);
            sorted[sorted.len() * 99 / 100]
        });
        check("its p99", p99, 5e-5, &tails.collect::<Vec<_>>());
    }
}

/// One leaf in a hundred is slow; of calls to a hundred leaves most are.
#[test]
fn a_hundred_leaves_amplify_a_rare_delay() {
    let knobs = [
        ("aggregated", "100"),
        ("fan-out", "100"),
        ("workers", "64"),
        ("service-dist", "bimodal"),
        ("service-ms", "19.9"),
    ];
    let slow = |seconds: &[f64]| {
        let slow = seconds.iter().filter(|latency| **latency > 0.5);
        slow.count() as f64 / seconds.len() as f64
    };
    let runs = runs(20.0, 0, 2_000, &knobs);
    let shares: Vec<f64> = runs.iter().map(|run| slow(run)).collect();
    check("slow calls", 0.633_968, 5e-7, &shares);
}
