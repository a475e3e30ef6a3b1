//! Every experiment of Batching shows what it promises within 20 s of
//! watching, at its own speed, whatever the seed.
#![cfg(not(target_arch = "wasm32"))]

use patternscope_engine::kernel::{Measured, Observer, Outcome, Target};
use patternscope_engine::measure::{Ledger, Measures, Prediction};
use patternscope_engine::patterns::{Theory, batching::PATTERN};
use patternscope_engine::{Fact, Instant, Scenario};

/// How long somebody watches.
const WATCHED_S: f64 = 20.0;
const SEEDS: [u64; 3] = [7, 1, 2];

/// What was watched of a run.
struct Watch {
    ledger: Ledger,
    /// When, whether well, and after how many milliseconds.
    ends: Vec<(f64, bool, f64)>,
    timeouts: usize,
}

impl Observer for Watch {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.ledger.observe(at, fact);
        match fact {
            Fact::FlowEnded {
                outcome, latency, ..
            } => {
                let well = *outcome == Outcome::SUCCESS;
                self.ends.push((at.as_secs(), well, latency.as_millis()));
            }
            Fact::TimedOut { .. } => self.timeouts += 1,
            _ => {}
        }
    }
}

struct Watched {
    watch: Watch,
    end: f64,
    /// Measures at the end of each hundredth of the run.
    course: Vec<Vec<(&'static str, Measured)>>,
}

fn watch(slug: &str, seed: u64) -> Watched {
    let preset = PATTERN.preset(slug).expect("a preset");
    let end = WATCHED_S * preset.speed;
    let scenario = Scenario {
        seed,
        ..Scenario::preset(&PATTERN, preset)
    };
    let mut watch = Watch {
        ledger: Ledger::default(),
        ends: Vec::new(),
        timeouts: 0,
    };
    let mut simulation = scenario.simulation(Some(&mut watch));
    let mut course = Vec::new();
    for tick in 1..=100 {
        let at = Instant::from_secs(end * f64::from(tick) / 100.0);
        simulation.run_until(at, Some(&mut watch));
        let balance = watch.ledger.check(&simulation);
        assert!(balance.balanced(), "{slug} at {at}: {:?}", balance.truths);
        course.push(simulation.model().measures());
    }
    Watched { watch, end, course }
}

/// A measure by its path, such as `flush_reasons/size`.
fn measure(measures: &[(&'static str, Measured)], path: &str) -> f64 {
    let (name, part) = path.split_once('/').unwrap_or((path, ""));
    let found = measures.iter().find(|(key, _)| *key == name);
    let value = match &found.expect("a measure").1 {
        Measured::Table(rows) => &rows.iter().find(|(key, _)| key == part).expect("a row").1,
        value => value,
    };
    match value {
        Measured::Count(count) => *count as f64,
        Measured::Number(number) => *number,
        other => panic!("{path} is {other:?}"),
    }
}

impl Watched {
    fn measure(&self, path: &str) -> f64 {
        measure(self.course.last().expect("a tick"), path)
    }

    /// At a time in simulated seconds.
    fn measure_at(&self, at: f64, path: &str) -> f64 {
        let tick = (at / self.end * 100.0).round() as usize - 1;
        measure(&self.course[tick], path)
    }

    /// Latencies of flows that ended well then, sorted, in milliseconds.
    fn latencies(&self, from: f64, to: f64) -> Vec<f64> {
        let ends = self.watch.ends.iter();
        let good = ends.filter(|(at, well, _)| *well && *at >= from && *at < to);
        let mut all: Vec<f64> = good.map(|(_, _, latency)| *latency).collect();
        all.sort_by(f64::total_cmp);
        all
    }

    fn quantile(&self, from: f64, to: f64, q: f64) -> f64 {
        let all = self.latencies(from, to);
        all[((all.len() - 1) as f64 * q) as usize]
    }

    fn goodput(&self, from: f64, to: f64) -> f64 {
        self.latencies(from, to).len() as f64 / (to - from)
    }

    fn failed(&self) -> usize {
        self.watch.ends.iter().filter(|(_, well, _)| !well).count()
    }
}

#[test]
fn batches_of_one_saturate_and_of_fifty_have_room() {
    for seed in SEEDS {
        let (one, fifty) = (watch("batch-of-one", seed), watch("batch-of-fifty", seed));
        // Two workers of 20.2 ms an item.
        let most = 2.0 / 0.0202;
        let goodput = one.goodput(2.0, one.end);
        assert!((goodput / most - 1.0).abs() < 0.02, "{goodput} a second");
        assert!(one.quantile(6.0, one.end, 0.5) > 2.0 * one.quantile(0.0, 3.0, 0.5));
        assert_eq!(one.measure("mean_size"), 1.0);
        let open = fifty.watch.ledger.started - fifty.watch.ledger.succeeded();
        assert!(open < 100, "{open} open");
        assert!((fifty.goodput(2.0, fifty.end) / 150.0 - 1.0).abs() < 0.1);
        assert!(fifty.quantile(1.0, fifty.end, 0.99) < 600.0);
        // Beside both, the same items one by one.
        for run in [&one, &fifty] {
            let beside = run.measure("individual/throughput_per_s");
            assert!((beside / most - 1.0).abs() < 0.05, "{beside} a second");
        }
        let late = fifty.measure("individual/latency_ms");
        assert!(
            late > 4.0 * fifty.quantile(1.0, fifty.end, 0.5),
            "{late} ms"
        );
    }
}

#[test]
fn a_batch_of_one_fares_as_the_item_beside_it() {
    let preset = PATTERN.preset("batch-of-one").expect("a preset");
    let mut scenario = Scenario::preset(&PATTERN, preset);
    for (key, value) in [
        ("rate", "60"),
        ("in-flight", "64"),
        ("service-dist", "exponential"),
        ("latency-ms", "0"),
    ] {
        scenario.settings.set(key, value).expect("a knob");
    }
    let mut watch = Watch {
        ledger: Ledger::default(),
        ends: Vec::new(),
        timeouts: 0,
    };
    let mut simulation = scenario.simulation(Some(&mut watch));
    simulation.run_until(Instant::from_secs(60.0), Some(&mut watch));
    let measures = simulation.model().measures();
    let sum: f64 = watch.ends.iter().map(|(_, _, latency)| latency).sum();
    let mean = sum / watch.ends.len() as f64;
    assert_eq!(
        watch.ends.len() as f64,
        measure(&measures, "individual/stored")
    );
    let beside = measure(&measures, "individual/latency_ms");
    assert!((mean - beside).abs() < 1e-6, "{mean} and {beside} ms");
}

#[test]
fn linger() {
    for seed in SEEDS {
        let run = watch("linger", seed);
        let p99 = [
            run.quantile(1.0, 5.0, 0.99),
            run.quantile(5.5, 10.0, 0.99),
            run.quantile(11.5, run.end, 0.99),
        ];
        assert!(p99[0] < 80.0, "{p99:?}");
        assert!((100.0..190.0).contains(&p99[1]), "{p99:?}");
        assert!((800.0..900.0).contains(&p99[2]), "{p99:?}");
        let calls = |from: f64, to: f64| {
            (run.measure_at(to, "batches") - run.measure_at(from, "batches")) / (to - from)
        };
        let rates = (calls(0.9, 4.5), calls(5.4, 9.9), calls(11.7, 18.0));
        assert!(
            rates.0 > 5.0 * rates.1 && rates.1 > 5.0 * rates.2,
            "{rates:?}"
        );
    }
}

#[test]
fn one_bad_item_in_a_hundred() {
    for seed in SEEDS {
        let all = watch("poison-retry-all", seed);
        assert_eq!(all.failed(), 100);
        assert_eq!(all.measure("failed/bad item"), 1.0);
        assert_eq!(all.measure("failed/gave up"), 99.0);
        assert_eq!(all.measure("retries"), 3.0);
        let halved = watch("poison-bisect", seed);
        assert_eq!(
            (halved.failed(), halved.measure("failed/bad item")),
            (1, 1.0)
        );
        let splits = halved.measure("splits");
        assert!((6.0..=7.0).contains(&splits), "{splits} splits");
        assert_eq!(halved.measure("duplicates"), 0.0);
        let left_out = watch("poison-drop-bad", seed);
        assert_eq!((left_out.failed(), left_out.measure("retries")), (1, 0.0));
        assert_eq!(left_out.measure("splits"), 0.0);
    }
}

#[test]
fn crash_with_and_without_a_log() {
    for seed in SEEDS {
        let lossy = watch("crash-open-batch", seed);
        let logged = watch("crash-write-ahead", seed);
        let lost = lossy.measure("failed/crash");
        assert!(lost > 10.0, "{lost} lost");
        assert_eq!(lossy.measure("recovered"), 0.0);
        assert_eq!(logged.measure("failed/crash"), 0.0);
        // The same items, found again: those of the open batch at least.
        assert!(logged.measure("recovered") >= lost);
        // What arrived while it was down is lost in both.
        let down = lossy.measure("failed/lost on the way");
        assert_eq!(down, logged.measure("failed/lost on the way"));
        assert!((10.0..60.0).contains(&down), "{down}");
    }
}

#[test]
fn lost_acks() {
    for seed in SEEDS {
        let run = watch("lost-acks", seed);
        let (before, after) = (
            run.measure_at(3.99, "duplicates"),
            run.measure("duplicates"),
        );
        assert!(before > 20.0, "{before} stored twice");
        assert!(run.watch.timeouts >= 4, "{}", run.watch.timeouts);
        // With keys, copies still come, and are not written.
        let suppressed = run.measure("deduplicated");
        assert!(
            suppressed > 20.0 && after - before < 25.0,
            "{suppressed} {after}"
        );
        assert_eq!(run.failed(), 0);
    }
}

#[test]
fn adaptive() {
    for seed in SEEDS {
        let run = watch("adaptive", seed);
        // From one at first to what two workers of 20 ms a batch need for it.
        assert!(run.measure_at(0.04, "size_limit") <= 2.0);
        let limits: Vec<f64> = (10..=40)
            .map(|tenth| run.measure_at(f64::from(tenth) / 10.0, "size_limit"))
            .collect();
        let mean = limits.iter().sum::<f64>() / limits.len() as f64;
        assert!((4.0..16.0).contains(&mean), "{limits:?}");
        // Items of the first second had to wait; later ones need not.
        let late = run.quantile(run.end - 1.0, run.end, 0.5);
        assert!(late < 200.0, "{late} ms");
        let goodput = run.goodput(run.end - 2.0, run.end);
        assert!((goodput / 400.0 - 1.0).abs() < 0.15, "{goodput} a second");
    }
}

#[test]
fn backpressure() {
    for seed in SEEDS {
        let run = watch("backpressure", seed);
        assert_eq!(run.failed(), 0);
        let held = |at| run.measure_at(at, "accepted") - run.measure_at(at, "stored");
        assert!((60.0..=100.0).contains(&held(1.96)), "{}", held(1.96));
        // Nothing more is let in.
        assert_eq!(
            run.measure_at(1.8, "accepted"),
            run.measure_at(1.96, "accepted")
        );
        assert!(run.measure("accepted") - run.measure("stored") < 60.0);
    }
}

/// Rows of theory after five minutes.
fn predictions(scenario: &Scenario) -> Vec<Prediction> {
    let mut measures = Measures::new(&scenario.topology(), Instant::from_secs(1.0));
    let mut simulation = scenario.simulation(Some(&mut measures));
    simulation.run_until(Instant::from_secs(300.0), Some(&mut measures));
    match (PATTERN.theory)(scenario, &measures) {
        Theory::Predicted(rows) => rows,
        Theory::OutOfReach(why) => panic!("{why}"),
    }
}

#[test]
fn theory_is_near_where_it_applies() {
    let mut scenario = Scenario::new(&PATTERN);
    for (key, value) in [
        ("max-bytes", "0"),
        ("rate", "100"),
        ("max-items", "10"),
        ("linger-ms", "50"),
        ("in-flight", "64"),
        ("workers", "16"),
    ] {
        scenario.settings.set(key, value).expect("a knob");
    }
    let check = |rows: Vec<Prediction>| {
        assert_eq!(rows.len(), 2);
        for row in rows {
            let off = row.measured / row.predicted - 1.0;
            assert!(
                off.abs() < 0.03,
                "{}: {} for {}",
                row.name,
                row.measured,
                row.predicted
            );
        }
    };
    check(predictions(&scenario));
    for (key, value) in [
        ("linger-ms", "0"),
        ("in-flight", "1"),
        ("latency-ms", "0"),
        ("store-ms", "0"),
        ("per-item-ms", "0"),
        ("max-items", "5"),
        ("rate", "30"),
        ("overhead-ms", "100"),
        ("service-dist", "exponential"),
        ("buffer", "100000"),
    ] {
        scenario.settings.set(key, value).expect("a knob");
    }
    check(predictions(&scenario));
    let act = (
        Instant::from_secs(1.0),
        patternscope_engine::kernel::Intervention {
            action: patternscope_engine::kernel::Action::Surge(2.0),
            target: Target::None,
            lasting: None,
        },
    );
    scenario.script.push(act);
    let measures = Measures::new(&scenario.topology(), Instant::START);
    let theory = (PATTERN.theory)(&scenario, &measures);
    assert!(matches!(theory, Theory::OutOfReach(_)));
}
