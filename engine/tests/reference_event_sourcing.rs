//! Event Sourcing against published numbers and its closed form. (Expected
//! versions and ships: tests of the part `event_log`.)
#![cfg(not(target_arch = "wasm32"))]

mod course;

use course::{begin, scenario};
use patternscope_engine::patterns::event_sourcing::PATTERN;

/// Deposits at even distances, and nothing by chance.
const CALM: &[(&str, &str)] = &[
    ("arrival", "steady"),
    ("rate", "4"),
    ("withdrawals", "0"),
    ("transfers", "0"),
    ("reads", "0"),
    ("hot", "0"),
    ("jitter", "none"),
    ("accounts", "200"),
];

/// Snapshots every S: a load replays (S - 1) / 2 events on average, S - 1 at most.
#[test]
fn loads_replay_half_a_tail() {
    let knobs = |every| {
        [
            ("accounts", "1"),
            ("old-events", "0"),
            ("snapshot-every", every),
            ("handlers", "1"),
            ("workers", "1"),
            ("latency-ms", "0"),
            ("service-ms", "0"),
            ("append-ms", "0"),
            ("snapshot-ms", "0"),
            ("fold-ms", "0"),
            ("rate", "50"),
        ]
    };
    for (every, mean, most) in [("100", 49.5, 99.0), ("10", 4.5, 9.0), ("1", 0.0, 0.0)] {
        let knobs = [CALM, &knobs(every)].concat();
        let mut run = begin(&scenario(&PATTERN, &knobs, ""), true);
        run.until(20.01);
        assert_eq!(run.measure("loads"), 1000.0, "{every}");
        assert_eq!(run.measure("load_cost/mean_events"), mean);
        assert_eq!(run.measure("load_cost/max_events"), most);
    }
}

#[test]
fn theory_and_measured_agree() {
    let knobs = [
        ("arrival", "poisson"),
        ("rate", "2"),
        ("workers", "16"),
        ("snapshot-every", "5"),
        ("old-events", "1000"),
    ];
    let (mut all, mut predicted) = (Vec::new(), 0.0);
    for seed in 1..=20 {
        let mut scenario = scenario(&PATTERN, &[CALM, &knobs].concat(), "");
        scenario.seed = seed;
        let mut course = begin(&scenario, false);
        course.advance(4_000.0);
        match (PATTERN.theory)(&scenario, &course.watch.measures) {
            patternscope_engine::patterns::Theory::Predicted(rows) => {
                predicted = rows[0].predicted;
                all.push(rows[0].measured);
            }
            patternscope_engine::patterns::Theory::OutOfReach(why) => panic!("{why}"),
        }
    }
    let mean = all.iter().sum::<f64>() / 20.0;
    assert!(
        (mean - predicted).abs() < 0.01 * predicted,
        "{mean}, predicted {predicted}"
    );
}

#[test]
fn no_theory_outside_its_assumptions() {
    let base = [
        CALM,
        &[("rate", "1"), ("workers", "16"), ("old-events", "1000")],
    ]
    .concat();
    for (what, knob) in [
        ("first", ("arrival", "ramp")),
        ("refusals", ("withdrawals", "60")),
        ("unreadable", ("upcasting", "off")),
        ("too long", ("snapshot-every", "200")),
        ("none", ("snapshot-every", "0")),
        ("too old", ("old-events", "40000")),
        ("too few", ("workers", "1")),
    ] {
        let scenario = scenario(&PATTERN, &[&base[..], &[knob]].concat(), "");
        let mut run = begin(&scenario, false);
        run.advance(100.0);
        let theory = (PATTERN.theory)(&scenario, &run.watch.measures);
        let out = matches!(theory, patternscope_engine::patterns::Theory::OutOfReach(_));
        assert!(out, "{what}");
    }
}
