//! Published numbers and closed forms of batching: twenty seeds each. A mean
//! passes within four of its standard errors and half a unit of the last
//! printed digit; the standard error must be at most 1 % of the expected value.
#![cfg(not(target_arch = "wasm32"))]

use patternscope_engine::kernel::{Measured, Observer, Outcome};
use patternscope_engine::measure::{Ledger, Measures};
use patternscope_engine::patterns::batching::PATTERN;
use patternscope_engine::{Fact, Instant, Scenario};

const SEEDS: u64 = 20;
/// Flows that are discarded at the start of each run.
const WARM_UP: f64 = 20_000.0;

/// No travel, no bytes, no bound, nothing beside; an overhead of its own for
/// each experiment.
const BASE: &[(&str, &str)] = &[
    ("producers", "1"),
    ("individual", "off"),
    ("latency-ms", "0"),
    ("store-ms", "0"),
    ("per-item-ms", "0"),
    ("max-bytes", "0"),
    ("buffer", "100000"),
    ("ack-timeout-ms", "600000"),
    ("service-dist", "exponential"),
];

/// What one run amounted to, in seconds.
struct Run {
    latency_mean: f64,
    queue_busy: f64,
    batch_mean: f64,
    by_size: f64,
    fill_wait: f64,
    batches_per_s: f64,
}

struct Watch {
    ledger: Ledger,
    measures: Measures,
    from: Instant,
    latency_sum: f64,
    count: f64,
}

impl Observer for Watch {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.ledger.observe(at, fact);
        self.measures.observe(at, fact);
        if let Fact::FlowEnded {
            outcome, latency, ..
        } = fact
        {
            assert_eq!(*outcome, Outcome::SUCCESS);
            if at >= self.from {
                self.latency_sum += latency.as_secs();
                self.count += 1.0;
            }
        }
    }
}

fn number(measures: &[(&'static str, Measured)], name: &str) -> f64 {
    match &measures.iter().find(|(key, _)| *key == name).expect(name).1 {
        Measured::Count(count) => *count as f64,
        Measured::Number(number) => *number,
        Measured::Table(rows) => match &rows[0].1 {
            Measured::Count(count) => *count as f64,
            other => panic!("{other:?}"),
        },
        other => panic!("{name}: {other:?}"),
    }
}

fn run(seed: u64, rate: f64, flows: f64, knobs: &[(&str, &str)]) -> Run {
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
    let from = Instant::from_secs(WARM_UP / rate);
    let until = Instant::from_secs((WARM_UP + flows) / rate);
    let mut watch = Watch {
        ledger: Ledger::default(),
        measures: Measures::new(&scenario.topology(), from),
        from,
        latency_sum: 0.0,
        count: 0.0,
    };
    let mut simulation = scenario.simulation(Some(&mut watch));
    simulation.run_until(from, Some(&mut watch));
    let before = simulation.model().measures();
    simulation.run_until(until, Some(&mut watch));
    let after = simulation.model().measures();
    let balance = watch.ledger.check(&simulation);
    assert!(balance.balanced(), "{:?}", balance.truths);
    let grown = |name| number(&after, name) - number(&before, name);
    let weighted = |name, by| {
        number(&after, name) * number(&after, by) - number(&before, name) * number(&before, by)
    };
    let items = weighted("mean_size", "batches");
    // The mean wait is over items in closed batches: mean size times batches.
    let waits = |measures: &[(&'static str, Measured)]| {
        number(measures, "fill_wait_ms")
            * number(measures, "mean_size")
            * number(measures, "batches")
    };
    let processor = scenario.topology().find("processor-1").expect("a node");
    let busy = watch.measures.node(processor, until).busy_mean;
    let latency_mean = watch.latency_sum / watch.count;
    Run {
        latency_mean,
        queue_busy: busy,
        batch_mean: items / grown("batches"),
        by_size: grown("flush_reasons") / grown("batches"),
        fill_wait: (waits(&after) - waits(&before)) / items / 1e3,
        batches_per_s: grown("batches") / until.since(from).as_secs(),
    }
}

fn runs(rate: f64, flows: f64, knobs: &[(&str, &str)]) -> Vec<Run> {
    (1..=SEEDS)
        .map(|seed| run(seed, rate, flows, knobs))
        .collect()
}

fn check(name: &str, expected: &str, runs: &[Run], measure: impl Fn(&Run) -> f64) {
    let decimals = expected.split_once('.').map_or(0, |(_, tail)| tail.len());
    let half_digit = 0.5 / (0..decimals).fold(1.0, |scale, _| scale * 10.0);
    let expected: f64 = expected.parse().expect("a number");
    let count = runs.len() as f64;
    let values: Vec<f64> = runs.iter().map(measure).collect();
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|it| (it - mean) * (it - mean)).sum();
    let error = (squares / (count - 1.0) / count).sqrt();
    println!("{name}: {mean:.6}, expected {expected}, standard error {error:.6}");
    assert!(
        (mean - expected).abs() <= 4.0 * error + half_digit,
        "{name}: {mean} instead of {expected}, standard error {error}"
    );
    assert!(error / expected <= 0.01, "{name}: too little power");
}

/// 100/s, closed at 10 items or 50 ms after the first.
#[test]
fn closed_by_count_or_age() {
    let knobs = [
        ("max-items", "10"),
        ("linger-ms", "50"),
        ("overhead-ms", "0"),
        ("in-flight", "64"),
    ];
    let runs = runs(100.0, 200_000.0, &knobs);
    check("mean batch", "5.945984", &runs, |run| run.batch_mean);
    check("closed by size", ".068094", &runs, |run| run.by_size);
    check("mean wait", ".028464", &runs, |run| run.fill_wait);
    check("batches a second", "16.8181", &runs, |run| {
        run.batches_per_s
    });
}

/// Always five: waits (5 - 1) / (2 * 4) to fill, then in line at one worker.
#[test]
fn fixed_batches_before_one_worker() {
    let knobs = [
        ("max-items", "5"),
        ("linger-ms", "600000"),
        ("overhead-ms", "1000"),
        ("in-flight", "64"),
        ("workers", "1"),
    ];
    let runs = runs(4.0, 200_000.0, &knobs);
    check("fill wait", ".5", &runs, |run| run.fill_wait);
    check("total W", "3.652257", &runs, |run| run.latency_mean);
    assert!(runs.iter().all(|run| run.batch_mean == 5.0));
}

/// A server that takes 1 to 5 of those that wait: one batch in flight, no
/// linger. Time on the way is nil, so waiting is all but the service.
#[test]
fn a_server_that_takes_up_to_five() {
    let knobs = [
        ("max-items", "5"),
        ("linger-ms", "0"),
        ("overhead-ms", "1000"),
        ("in-flight", "1"),
        ("workers", "1"),
    ];
    let runs = runs(3.0, 400_000.0, &knobs);
    check("idle", ".052336", &runs, |run| 1.0 - run.queue_busy);
    check("W", "2.590758", &runs, |run| run.latency_mean);
    check("Lq", "4.772275", &runs, |run| {
        3.0 * run.latency_mean - run.queue_busy * run.batch_mean
    });
    check("mean batch", "3.165677", &runs, |run| run.batch_mean);
}

/// Linger 0: an item goes at once while a slot is free, and a full batch goes
/// at once however long the linger is.
#[test]
fn linger_zero_and_full_batches_go_at_once() {
    let knobs = [
        ("arrival", "steady"),
        ("max-items", "1000"),
        ("linger-ms", "0"),
        ("overhead-ms", "1"),
        ("service-dist", "constant"),
    ];
    let at_once = run(1, 100.0, 1_000.0, &knobs);
    assert_eq!((at_once.batch_mean, at_once.fill_wait), (1.0, 0.0));
    // 16384 bytes at 512 B: exactly 32 items fill it; sizes scatter, so give
    // them by hand.
    let text = (0..320).map(|i| format!("{i},512\n")).collect::<String>();
    let mut scenario = Scenario::new(&PATTERN);
    for (key, value) in BASE {
        scenario.settings.set(key, value).expect("a knob");
    }
    for (key, value) in [
        ("max-bytes", "16384"),
        ("max-items", "1000"),
        ("linger-ms", "600000"),
        ("overhead-ms", "0"),
    ] {
        scenario.settings.set(key, value).expect("a knob");
    }
    let columns = PATTERN.input.expect("columns");
    let input =
        patternscope_engine::scenario::Input::parse(columns, &format!("at_ms,bytes\n{text}"));
    scenario.input = Some(std::sync::Arc::new(input.expect("good rows")));
    let mut facts: Vec<patternscope_engine::kernel::Stamped> = Vec::new();
    let mut simulation = scenario.simulation(Some(&mut facts));
    simulation.run_until(Instant::from_secs(1.0), Some(&mut facts));
    let closed: Vec<(f64, u64)> = facts
        .iter()
        .filter_map(|stamped| match stamped.fact {
            Fact::Noted { kind: 1, value, .. } => Some((stamped.at.as_secs(), value)),
            _ => None,
        })
        .collect();
    let expected: Vec<(f64, u64)> = (1..=10)
        .map(|k| (f64::from(32 * k - 1) / 1e3, 32))
        .collect();
    assert_eq!(closed, expected);
}
