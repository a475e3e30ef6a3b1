//! Runs an experiment with every seed, and holds the mean against a number.

use patternscope_engine::kernel::{Fact, Measured, Observer, Outcome};
use patternscope_engine::measure::{Ledger, Measures};
use patternscope_engine::patterns::request_response::PATTERN;
use patternscope_engine::scenario::parse_script;
use patternscope_engine::{Instant, Scenario, Simulation};
use std::collections::BTreeMap;

/// Runs of each experiment.
pub const SEEDS: u64 = 20;

/// Flows that are discarded at the start of each run.
const WARM_UP: u64 = 20_000;

/// One caller, one worker of mean 1 s without bound, no travel, no giving up.
const BASE: &[(&str, &str)] = &[
    ("clients", "1"),
    ("servers", "1"),
    ("workers", "1"),
    ("service-ms", "1000"),
    ("queue-cap", "100000"),
    ("latency-ms", "0"),
    ("timeout-ms", "0"),
    ("retries", "0"),
    ("retry-budget", "0"),
    ("backoff", "none"),
];

/// What to simulate: `rate` flows a second, `flows` of them after warm-up.
#[derive(Clone, Copy)]
pub struct Experiment<'e> {
    pub rate: f64,
    pub flows: u64,
    pub knobs: &'e [(&'e str, &'e str)],
    pub script: &'e str,
}

/// What one run amounted to after warm-up. Times are in seconds.
#[derive(Default)]
pub struct Run {
    pub ended: f64,
    pub succeeded: f64,
    pub throughput: f64,
    /// In the queues, before work begins.
    pub wait_mean: f64,
    /// Of flows that ended well.
    pub latency_mean: f64,
    /// Time averages over all servers.
    pub queue_mean: f64,
    pub busy_mean: f64,
    /// Over the whole run.
    pub counts: BTreeMap<&'static str, f64>,
    /// Sorted.
    pub waits: Vec<f64>,
    /// Of flows that ended well, sorted.
    pub latencies: Vec<f64>,
}

impl Run {
    /// In queue and in service.
    pub fn population(&self) -> f64 {
        self.queue_mean + self.busy_mean
    }

    /// Share of flows that ended badly.
    pub fn failed_share(&self) -> f64 {
        1.0 - self.succeeded / self.ended
    }

    /// Share of good flows that took `seconds`, to a millisecond.
    pub fn share_of(&self, seconds: f64) -> f64 {
        let near = |latency: &&f64| (**latency - seconds).abs() < 1e-3;
        self.latencies.iter().filter(near).count() as f64 / self.succeeded
    }
}

/// The value that the share `q` of `sorted` does not exceed.
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    sorted[((sorted.len() as f64 * q).ceil() as usize).max(1) - 1]
}

/// Collects what the engine's own measures condense.
struct Watch {
    ledger: Ledger,
    measures: Measures,
    warm_up: Instant,
    waits: Vec<f64>,
    latencies: Vec<f64>,
    latency_sum: f64,
    began: BTreeMap<(u16, u16), Instant>,
    service_sum: f64,
    served: u64,
}

impl Observer for Watch {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.ledger.observe(at, fact);
        self.measures.observe(at, fact);
        let warm = at >= self.warm_up;
        match *fact {
            Fact::Started {
                node,
                worker,
                waited,
                ..
            } => {
                self.began.insert((node.0, worker), at);
                if warm {
                    self.waits.push(waited.as_secs());
                }
            }
            Fact::Finished { node, worker, .. } if warm => {
                let began = self.began[&(node.0, worker)];
                self.service_sum += at.since(began).as_secs();
                self.served += 1;
            }
            Fact::FlowEnded {
                outcome, latency, ..
            } if warm => {
                self.latency_sum += latency.as_secs();
                if outcome == Outcome::SUCCESS {
                    self.latencies.push(latency.as_secs());
                }
            }
            _ => {}
        }
    }
}

/// A scenario of Request-Response over the plain one.
pub fn scenario(seed: u64, rate: f64, knobs: &[(&str, &str)], script: &str) -> Scenario {
    let mut scenario = Scenario {
        seed,
        ..Scenario::new(&PATTERN)
    };
    let rate = rate.to_string();
    for (key, value) in BASE.iter().chain(&[("rate", rate.as_str())]).chain(knobs) {
        scenario.settings.set(key, value).expect("a valid knob");
    }
    let (script, notices) = parse_script(script, &scenario.topology(), &scenario.settings);
    assert!(notices.is_empty(), "{notices:?}");
    scenario.script = script;
    scenario
}

impl Experiment<'_> {
    /// One run a seed.
    pub fn runs(&self) -> Vec<Run> {
        (1..=SEEDS).map(|seed| self.run(seed)).collect()
    }

    fn run(&self, seed: u64) -> Run {
        let scenario = scenario(seed, self.rate, self.knobs, self.script);
        let warm_up = Instant::from_secs(WARM_UP as f64 / self.rate);
        let until = Instant::from_secs((WARM_UP + self.flows) as f64 / self.rate);
        let mut watch = Watch {
            ledger: Ledger::default(),
            measures: Measures::new(&scenario.topology(), warm_up),
            warm_up,
            waits: Vec::new(),
            latencies: Vec::new(),
            latency_sum: 0.0,
            began: BTreeMap::new(),
            service_sum: 0.0,
            served: 0,
        };
        let mut simulation = scenario.simulation(Some(&mut watch));
        simulation.run_until(until, Some(&mut watch));
        let balance = watch.ledger.check(&simulation);
        assert!(balance.balanced(), "{:?}", balance.truths);
        summary(watch, &simulation)
    }
}

fn summary(mut watch: Watch, simulation: &Simulation) -> Run {
    let (now, measures) = (simulation.now(), &watch.measures);
    let topology = simulation.topology();
    let servers = topology
        .node_ids()
        .filter(|node| topology.node(*node).kind == "server");
    let mut run = Run {
        ended: measures.ended() as f64,
        succeeded: measures.succeeded() as f64,
        throughput: measures.throughput_per_s(now),
        ..Run::default()
    };
    let mut waited = 0.0;
    for node in servers {
        let of_node = measures.node(node, now);
        run.queue_mean += of_node.queue_mean;
        run.busy_mean += of_node.busy_mean;
        waited += of_node.wait_ms_mean / 1e3 * of_node.served as f64;
    }
    run.wait_mean = waited / watch.served as f64;
    for (name, measured) in simulation.model().measures() {
        if let Measured::Count(count) = measured {
            run.counts.insert(name, count as f64);
        }
    }
    hold_laws(&watch, &run, now);
    run.latency_mean = watch.latencies.iter().sum::<f64>() / run.succeeded;
    watch.latencies.sort_by(f64::total_cmp);
    watch.waits.sort_by(f64::total_cmp);
    (run.latencies, run.waits) = (watch.latencies, watch.waits);
    run
}

/// L = lambda W over the queues, and U = lambda E[S] over the workers, each
/// side from facts of another kind.
fn hold_laws(watch: &Watch, run: &Run, now: Instant) {
    let span = now.since(watch.warm_up).as_secs();
    let near = |name: &str, left: f64, right: f64| {
        let error = (left - right).abs() / right;
        assert!(error < 0.005, "{name}: {left} against {right}");
    };
    let began = watch.waits.len() as f64;
    let wait: f64 = watch.waits.iter().sum::<f64>() / began;
    near(
        "utilisation",
        run.busy_mean,
        watch.served as f64 / span * (watch.service_sum / watch.served as f64),
    );
    if run.queue_mean > 0.0 {
        near("Little, queue", run.queue_mean, began / span * wait);
    }
    let latency = watch.latency_sum / run.ended;
    if run.counts["timeouts"] == 0.0 && run.counts["hedges"] == 0.0 {
        near("Little, all", run.population(), run.throughput * latency);
    }
}

/// Holds the mean over all runs against `expected`, as printed in its source.
pub fn check(name: &str, expected: &str, runs: &[Run], measure: impl Fn(&Run) -> f64) {
    check_to(name, expected, 0.02, runs, measure);
}

/// Like [`check`], with another bound on the relative standard error.
pub fn check_to(
    name: &str,
    expected: &str,
    most: f64,
    runs: &[Run],
    measure: impl Fn(&Run) -> f64,
) {
    let decimals = expected.split_once('.').map_or(0, |(_, tail)| tail.len());
    let half_digit = 0.5 / (0..decimals).fold(1.0, |scale, _| scale * 10.0);
    let expected: f64 = expected.parse().expect("a number");
    let count = runs.len() as f64;
    let values: Vec<f64> = runs.iter().map(measure).collect();
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|it| (it - mean) * (it - mean)).sum();
    let error = (squares / (count - 1.0) / count).sqrt();
    let (off, power) = ((mean - expected) / error.max(1e-12), error / expected);
    println!(
        "{name}: {mean:.6}, expected {expected}; {off:+.1} standard errors of {:.2} %",
        power * 100.0
    );
    assert!(
        (mean - expected).abs() <= 4.0 * error + half_digit,
        "{name}: {mean} instead of {expected}, standard error {error}"
    );
    assert!(power <= most, "{name}: too little power, {power}");
}
