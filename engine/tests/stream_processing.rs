//! Stream Processing against a run that never crashed, under every failure,
//! and in its experiments.

mod course;
mod streams;

use course::{Course, begin, scenario};
use patternscope_engine::kernel::Measured;
use patternscope_engine::patterns::stream_processing::PATTERN;
use patternscope_engine::{Fact, Scenario};
use streams::{measure, number, panes};

/// How many lengths windows have.
fn lengths(course: &Course) -> usize {
    let Measured::List(rows) = measure(course, "windows") else {
        panic!("a list");
    };
    let cell = |row: &Measured, name: &str| match row {
        Measured::Table(cells) => cells
            .iter()
            .find(|(key, _)| key == name)
            .expect("a cell")
            .1
            .clone(),
        other => panic!("{other:?}"),
    };
    let milliseconds = |row: &Measured, name: &str| match cell(row, name) {
        Measured::Number(seconds) => (seconds * 1e3).round() as i64,
        other => panic!("{other:?}"),
    };
    let length = |row: &Measured| milliseconds(row, "end_s") - milliseconds(row, "start_s");
    rows.iter()
        .map(length)
        .collect::<std::collections::BTreeSet<i64>>()
        .len()
}

/// A sink that fails writes again: late, but neither twice nor never.
#[test]
fn a_failing_sink_writes_again() {
    for sink in ["transactional", "plain"] {
        let knobs = [("late", "0"), ("early-s", "0.2"), ("sink", sink)];
        let calm = run(&knobs, ENDS, 7, 40.0);
        let script = format!("1s errors sink-1 60% for 8s; {ENDS}");
        let course = run(&knobs, &script, 7, 40.0);
        assert!(number(&course, "write_retries") > 20.0);
        assert_eq!(number(&course, "total"), number(&calm, "total"));
        assert_eq!(number(&course, "duplicates"), 0.0);
    }
    let never = run(&[("sink-ms", "0")], "1s errors sink-1 100%", 7, 9.0);
    assert!(number(&never, "write_retries") > 1000.0);
}

/// The panes told are the last ones, and numbered.
#[test]
fn panes_are_a_numbered_list() {
    let course = run(&[("rate", "40")], "", 7, 80.0);
    let Measured::List(windows) = measure(&course, "windows") else {
        panic!("a list");
    };
    let number_of = |row: &Measured| match row {
        Measured::Table(cells) => cells[0].1.clone(),
        other => panic!("{other:?}"),
    };
    let Measured::Table(fired) = measure(&course, "panes") else {
        panic!("a table");
    };
    let fired = fired.iter().map(|(_, count)| match count {
        Measured::Count(count) => *count,
        other => panic!("{other:?}"),
    });
    let fired: u64 = fired.sum();
    assert!(fired > 200 && windows.len() == 200, "{fired}");
    assert_eq!(number_of(&windows[0]), Measured::Count(fired - 199));
    assert_eq!(number_of(&windows[199]), Measured::Count(fired));
}

fn run(knobs: &[(&str, &str)], script: &str, seed: u64, until: f64) -> Course {
    let mut scenario: Scenario = scenario(&PATTERN, knobs, script);
    scenario.seed = seed;
    course::run(&scenario, until)
}

/// Load for ten seconds, then silence in which all that can be told is told.
const ENDS: &str = "10s set rate=0; 10s set watermark=perfect";

#[test]
fn exactly_once_ends_with_the_totals_of_a_run_that_never_crashed() {
    let knobs = [("late", "0"), ("early-s", "0.2"), ("rate", "30")];
    let crashes = [
        "2.9s crash operator-1 for 300ms",
        "4.45s crash source-2 for 200ms",
        "3.3s crash sink-1 for 500ms",
        "2.2s crash operator-* for 1s; 6.1s crash sink-1 for 100ms",
        "3s cut source-1>operator-2 for 300ms",
        "3s loss operator-*>sink-1 30% for 1s",
    ];
    for seed in 1..=5 {
        let calm = run(&knobs, ENDS, seed, 40.0);
        for crash in crashes {
            let course = run(&knobs, &format!("{crash}; {ENDS}"), seed, 40.0);
            assert!(number(&course, "restored") > 0.0, "{crash}");
            assert_eq!(number(&course, "duplicates"), 0.0, "{crash}");
            if !crash.contains("source-2") {
                assert_eq!(number(&course, "total"), number(&calm, "total"), "{crash}");
            }
            let sum = sum_of_values(&course);
            assert_eq!(number(&course, "total"), sum, "{crash}");
        }
    }
}

/// Of the elements that count, from the operators' own state.
fn sum_of_values(course: &Course) -> f64 {
    let truths = course.simulation.model().truths();
    let taken = truths.iter().find(|it| it.name.starts_with("values taken"));
    taken.expect("a truth").left as f64
}

#[test]
fn at_least_once_counts_some_twice() {
    let crash = "2.9s crash operator-1 for 300ms";
    for seed in 1..=5 {
        let knobs = [("late", "0"), ("early-s", "0.15"), ("rate", "30")];
        let calm = number(&run(&knobs, ENDS, seed, 40.0), "total");
        let loose = [("delivery", "at-least-once"), ("sink", "plain")];
        let knobs: Vec<_> = knobs.iter().chain(&loose).copied().collect();
        let course = run(&knobs, &format!("{crash}; {ENDS}"), seed, 40.0);
        assert!(number(&course, "duplicates") > 0.0);
        assert!(number(&course, "total") > calm, "seed {seed}");
    }
}

#[test]
fn an_idempotent_sink_of_sums_needs_no_transactions() {
    for seed in 1..=5 {
        let knobs = [
            ("late", "0"),
            ("rate", "30"),
            ("accumulation", "accumulating"),
            ("sink", "idempotent"),
        ];
        let calm = number(&run(&knobs, ENDS, seed, 40.0), "total");
        let course = run(
            &knobs,
            &format!("2.9s crash operator-1 for 300ms; {ENDS}"),
            seed,
            40.0,
        );
        assert_eq!(number(&course, "total"), calm, "seed {seed}");
    }
}

/// An experiment on a seed, the books checked all along.
fn experiment(slug: &str, seed: u64, until: f64) -> Course {
    let preset = PATTERN.preset(slug).expect("an experiment");
    let mut scenario = Scenario::preset(&PATTERN, preset);
    scenario.seed = seed;
    let mut course = begin(&scenario, true);
    course.until(until);
    course
}

#[test]
fn experiments_show_what_they_say() {
    for seed in 1..=5 {
        let at_10 = |slug: &str| experiment(slug, seed, 10.0);
        let (dropped, allowed) = (at_10("late-dropped"), at_10("late-allowed"));
        assert!(number(&dropped, "late_dropped") >= 3.0);
        assert_eq!(number(&allowed, "late_dropped"), 0.0);
        assert!(number(&allowed, "late_panes") >= 3.0);
        assert!(number(&at_10("crash-at-least"), "duplicates") > 0.0);
        let exactly = at_10("crash-exactly");
        assert_eq!(number(&exactly, "duplicates"), 0.0);
        assert_eq!(number(&exactly, "restored"), 1.0);
        assert!(
            panes(&at_10("early-panes"))
                .iter()
                .any(|it| it.1 == "early")
        );
        assert!(lengths(&at_10("session")) > 4);
        assert_eq!(lengths(&at_10("tumbling")), 1);
    }
}

#[test]
fn an_idle_source_holds_event_time_until_it_counts_as_idle() {
    for seed in 1..=5 {
        let held = experiment("idle-source", seed, 4.9);
        assert!(number(&held, "watermark_s") < 1.5);
        let freed = experiment("idle-source", seed, 8.0);
        assert!(number(&freed, "watermark_s") > 6.0);
    }
}

#[test]
fn a_hot_key_keeps_one_operator_busy() {
    let course = experiment("hot-key", 7, 10.0);
    let served = |number: u16| {
        let topology = course.simulation.topology();
        let node = topology
            .node_ids()
            .find(|id| topology.node(*id).name == format!("operator-{number}"));
        course
            .watch
            .measures
            .node(node.expect("there"), course.watch.measures.warm_up())
            .served
    };
    assert!(served(1) > 2 * (served(2) + served(3) + served(4)));
    let lag = course.simulation.model().open_flows();
    assert!(lag > 60, "{lag}");
}

#[test]
fn a_slow_sink_is_felt_at_the_sources_and_loses_nothing() {
    let course = experiment("backpressure", 7, 4.8);
    assert!(course.simulation.model().open_flows() > 60);
    let course = experiment("backpressure", 7, 30.0);
    let lost = course
        .watch
        .facts
        .iter()
        .filter(|it| matches!(it.fact, Fact::Dropped { .. }));
    assert_eq!(lost.count(), 0);
    assert!(course.simulation.model().open_flows() < 30);
}

#[test]
fn every_failure_leaves_the_books_balanced() {
    for script in [
        "1s crash operator-1 for 500ms",
        "1s crash sink-1 for 1s",
        "1s crash source-1 for 1s",
        "1s crash late-1",
        "1s pause operator-2 for 1s",
        "1s pause source-1 for 2s",
        "1s pause sink-1 for 2s",
        "1s slow operator-1 x20 for 2s",
        "1s errors operator-* 30% for 3s",
        "1s errors source-* 30% for 3s",
        "1s cut source-*>operator-* for 1s",
        "1s loss source-*>operator-* 20% for 3s",
        "1s duplicate operator-*>sink-1 50% for 3s",
        "1s reorder source-*>operator-* 40% for 3s",
        "1s latency operator-*>sink-1 +300ms for 2s",
        "1s poison; 1.5s poison source-2; 2s send source-1",
        "1s surge x6 for 2s",
        "1s set delivery=at-least-once; 2s crash operator-1 for 300ms; 4s set sink=plain; 5s crash sink-1 for 200ms",
        "1s set checkpoint-ms=0; 2s crash operator-2 for 100ms; 4s set checkpoint-ms=500; 6s crash operator-2 for 100ms",
    ] {
        for seed in [1, 2] {
            let course = run(&[], script, seed, 9.0);
            assert!(number(&course, "checkpoints") > 0.0, "{script}");
        }
    }
}

#[test]
fn the_closed_form_holds() {
    let knobs = [
        ("sources", "1"),
        ("rate", "40"),
        ("checkpoint-ms", "0"),
        ("service-ms", "30"),
        ("buffer", "200"),
    ];
    let mut latencies = Vec::new();
    for seed in 1..=20 {
        let mut scenario = scenario(&PATTERN, &knobs, "");
        scenario.seed = seed;
        let mut course = begin(&scenario, false);
        course.advance(400.0);
        latencies.push(course.watch.measures.latency().mean().expect("some") / 1e6);
    }
    // M/D/1 at each of two operators: load 0.6, half of M/M/1's wait.
    let expected = 60.0 + 30.0 + 0.6 / 0.4 / 2.0 * 30.0;
    let mean = latencies.iter().sum::<f64>() / 20.0;
    let spread = latencies
        .iter()
        .map(|it| (it - mean) * (it - mean))
        .sum::<f64>()
        / 19.0;
    let error = (spread / 20.0).sqrt();
    assert!(
        (mean - expected).abs() < 4.0 * error + 0.05,
        "{mean} +- {error}, expected {expected}"
    );
    assert!(error < 0.02 * expected);
}
