//! Pub-Sub's identities hold under settings far from the defaults and
//! arbitrary scripts. (The laws of all patterns run at the defaults.)
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod pub_sub;

use common::{random_script, scenario_with};
use patternscope_engine::patterns::pub_sub::PATTERN;
use proptest::prelude::*;
use pub_sub::begin;

const CHOICES: &[(&str, &[&str])] = &[
    (
        "delivery",
        &["at-least-once", "at-most-once", "effectively-once"],
    ),
    ("mode", &["push", "pull"]),
    ("durable", &["off", "on"]),
    ("partitions", &["1", "2", "3", "6"]),
    ("consumers", &["2", "3", "6"]),
    ("members", &["0", "1", "2"]),
    (
        "filters",
        &[
            "a:#;b:#",
            "a:orders.#;b:users.*;c:nothing",
            "billing:orders.*;search:#",
        ],
    ),
    ("keys", &["1", "3", "1000"]),
    ("rate", &["16", "200", "0"]),
    ("prefetch", &["4", "1", "100"]),
    ("workers", &["1", "4"]),
    ("queue-cap", &["100", "0", "3"]),
    ("ack-timeout-ms", &["1500", "30", "1"]),
    ("ack-delay-ms", &["15", "0", "200"]),
    ("max-deliveries", &["5", "0", "1", "2"]),
    ("retention-count", &["500", "1", "7"]),
    ("retention-s", &["60", "0.1", "0"]),
    ("heartbeat-ms", &["600", "10", "1000"]),
    ("session-ms", &["2000", "20", "300"]),
    ("latency-ms", &["50", "0", "500"]),
    ("latency-jitter-ms", &["0", "100"]),
    ("append-ms", &["1", "0", "40"]),
    ("service-ms", &["60", "0.001", "400"]),
    ("assignor", &["sticky", "range", "round-robin"]),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn conservation_anywhere(seed: u64, plan: Vec<(u16, u16, u16)>, picks in prop::collection::vec(0usize..12, CHOICES.len())) {
        let mut scenario = scenario_with(&PATTERN, seed, &random_script(&PATTERN, &plan));
        for ((key, values), pick) in CHOICES.iter().zip(picks) {
            // Often the first.
            let value = values.get(pick).unwrap_or(&values[0]);
            scenario.settings.set(key, value).expect("a valid knob");
        }
        let mut course = begin(&scenario, false);
        course.until(3.0);
    }
}

/// Everything at its bounds: it goes on, within memory and time.
#[test]
fn extremes() {
    let most: &[(&str, &str)] = &[
        ("rate", "50000"),
        ("publishers", "6"),
        ("partitions", "6"),
        ("consumers", "6"),
        ("filters", "a:#;b:#;c:#;d:#;e:#;f:#"),
        ("retention-count", "10000"),
        ("prefetch", "100"),
        ("keys", "1"),
        ("service-ms", "600000"),
        ("latency-ms", "60000"),
    ];
    let least: &[(&str, &str)] = &[
        ("rate", "0"),
        ("latency-ms", "0"),
        ("append-ms", "0"),
        ("service-ms", "0.001"),
        ("filters", "a:nothing"),
        ("consumers", "1"),
        ("publishers", "1"),
        ("partitions", "1"),
    ];
    for knobs in [most, least] {
        for delivery in ["at-most-once", "at-least-once", "effectively-once"] {
            let mut scenario = pub_sub::scenario(knobs, "1s poison; 1s crash consumer-1");
            scenario.settings.set("delivery", delivery).expect("a mode");
            let mut course = begin(&scenario, false);
            course.advance(6.0);
            let balance = course.watch.ledger.check(&course.simulation);
            assert!(balance.balanced(), "{:?}", balance.truths);
        }
    }
}

/// What the picture is given is bounded and stands where it can.
#[test]
fn pictures_are_bounded() {
    let script = "1s slow consumer-3 x50; 2s poison; 3s crash consumer-1; 4s leave consumer-2";
    let mut course = begin(&pub_sub::scenario(&[("rate", "100")], script), false);
    let mut view = patternscope_engine::kernel::View::default();
    for tick in 1..=60 {
        course.advance(f64::from(tick) / 10.0);
        course.simulation.view(&mut view);
        let shown = view.standing.len() + view.waiting.len() + view.running.len();
        assert!(shown < 256, "{shown}");
        assert_eq!(view.shelves.len(), 4);
        for pointer in &view.pointers {
            let shelf = view.shelves.iter().find(|shelf| shelf.row == pointer.row);
            let shelf = shelf.expect("a log");
            assert!(pointer.place >= shelf.first && pointer.place <= shelf.end);
        }
        for sign in course.simulation.signs() {
            assert!(sign.text.chars().count() <= 24, "{}", sign.text);
        }
    }
}
