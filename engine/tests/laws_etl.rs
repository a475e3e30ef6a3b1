//! ETL's identities hold under settings far from the defaults and arbitrary
//! scripts. (The laws of all patterns run at the defaults.)
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod etl;

use common::{random_script, scenario_with};
use etl::{begin, scenario, with_input};
use patternscope_engine::patterns::etl::PATTERN;
use proptest::prelude::*;

const CHOICES: &[(&str, &[&str])] = &[
    ("rate", &["6", "200", "0", "30"]),
    ("sources", &["3", "1", "2"]),
    ("updates", &["30", "0", "100"]),
    ("dirty", &["8", "60", "100"]),
    ("repeats", &["15", "100"]),
    ("late", &["0", "50", "100"]),
    ("every-s", &["2.5", "0.1", "0.7"]),
    ("extract", &["incremental", "full"]),
    ("overlap-s", &["0", "1", "1000"]),
    ("if-running", &["skip", "queue"]),
    ("resume", &["on", "off"]),
    ("timeout-ms", &["300", "10", "60"]),
    ("retry-ms", &["300", "1", "40"]),
    ("order", &["etl", "elt"]),
    ("extractors", &["3", "1", "2"]),
    ("extract-ms", &["25", "0", "2"]),
    ("page", &["10", "1", "3", "4000"]),
    ("api-rate", &["5", "0", "0.5", "1000"]),
    ("staging", &["10000", "1", "7"]),
    ("transform-ms", &["60", "0", "5", "300"]),
    ("workers", &["1", "4", "16"]),
    ("service-dist", &["constant", "exponential", "bimodal"]),
    ("dedupe", &["run", "table", "off"]),
    ("buffer", &["6", "0", "1", "1000"]),
    ("load", &["upsert", "append", "truncate-insert"]),
    ("history", &["type-1", "type-2"]),
    ("load-ms", &["30", "0", "5"]),
    ("chunk", &["8", "1", "3", "10000"]),
    ("commit-ms", &["40", "0", "300"]),
    ("transactional", &["on", "off"]),
    ("latency-ms", &["50", "0", "5", "400"]),
    ("latency-jitter-ms", &["0", "100"]),
];

const OWN: &str = "at_s,source,id,updated_at_s,customer,amount,country
0,crm,a,0,,,
0,orders,1,0,a,1,NO
0.5,orders,1,0.5,a,n/a,NO
0.6,orders,1,0.1,b,3,NO
0.7,clicks,1,0.7,a,3,X
0.7,clicks,1,0.7,a,3,NO
0.7,clicks,1,0.7,a,3,NO
1.5,crm,a,9,,,
2,orders,2,0,a,2,XX
";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn conservation_anywhere(seed: u64, own: bool, plan: Vec<(u16, u16, u16)>, picks in prop::collection::vec(0usize..8, CHOICES.len())) {
        let mut scenario = scenario_with(&PATTERN, seed, &[]);
        for ((key, values), pick) in CHOICES.iter().zip(picks) {
            // Often the first.
            let value = values.get(pick).unwrap_or(&values[0]);
            scenario.settings.set(key, value).expect("a valid knob");
        }
        scenario.script = scenario_with(&PATTERN, seed, &random_script(&PATTERN, &plan)).script;
        if own {
            scenario = with_input(scenario, OWN);
        }
        let mut course = begin(&scenario, false);
        course.until(3.0);
    }

    /// Whatever was done, once all is healed everything gets through: runs
    /// end, and in the careful modes the table holds every row once.
    #[test]
    fn all_gets_through_in_the_end(seed: u64, plan: Vec<(u16, u16, u16)>, elt: bool, full: bool, queue: bool) {
        let order = if elt { "elt" } else { "etl" };
        let extract = if full { "full" } else { "incremental" };
        let running = if queue { "queue" } else { "skip" };
        let mut scenario = scenario_with(&PATTERN, seed, &faults(&plan));
        let knobs = [("order", order), ("extract", extract), ("if-running", running)];
        for (key, value) in knobs.into_iter().chain([("rate", "3")]) {
            scenario.settings.set(key, value).expect("a valid knob");
        }
        let mut course = begin(&scenario, false);
        course.until(3.5);
        course.advance(60.0);
        course.check();
        let runs = course.runs();
        let last = runs.iter().rev().find(|run| run.ended.is_some());
        prop_assert!(last.is_some_and(|run| run.started > 20.0), "{:?}", runs);
        prop_assert_eq!(course.counted("duplicates"), 0);
        prop_assert!(course.measure("freshness_s") < 30.0);
    }
}

/// Faults, and no turned knobs; at 3.2 s all is healed.
fn faults(plan: &[(u16, u16, u16)]) -> Vec<String> {
    let mut script = random_script(&PATTERN, plan);
    script.retain(|line| !line.contains(" set ") && !line.contains(" drift "));
    script.push("3200ms heal *".to_owned());
    script
}

/// Everything at its bounds: it goes on, within memory and time.
#[test]
fn extremes() {
    let most: &[(&str, &str)] = &[
        ("rate", "50000"),
        ("every-s", "0.1"),
        ("page", "4000"),
        ("extract-ms", "0"),
        ("transform-ms", "0"),
        ("load-ms", "0"),
        ("commit-ms", "0"),
        ("latency-ms", "0"),
        ("timeout-ms", "10"),
        ("retry-ms", "1"),
    ];
    let least: &[(&str, &str)] = &[
        ("rate", "0"),
        ("latency-ms", "60000"),
        ("transform-ms", "60000"),
        ("load-ms", "60000"),
        ("commit-ms", "60000"),
        ("extract-ms", "60000"),
        ("buffer", "0"),
        ("api-rate", "0.001"),
        ("timeout-ms", "10"),
        ("retry-ms", "1"),
    ];
    for knobs in [most, least] {
        for load in ["upsert", "append", "truncate-insert"] {
            for errors in [
                "1s heal *",
                "1s errors warehouse-1 100%; 1s errors staging-1 100%; 2s errors transformer-1 100%; 3s errors loader-1 100%; 4s errors orders-1 100%; 4s errors quarantine-1 100%",
            ] {
                let mut scenario = scenario(knobs, errors);
                scenario.settings.set("load", load).expect("a mode");
                let mut course = begin(&scenario, false);
                course.advance(6.0);
                course.check();
            }
        }
    }
}

/// What the picture is given is bounded and stands where it can.
#[test]
fn pictures_are_bounded() {
    let script =
        "1s slow loader-1 x50; 2s poison; 3s crash transformer-1 for 1s; 4s drift clicks-1";
    for order in ["etl", "elt"] {
        let knobs = [
            ("rate", "300"),
            ("chunk", "100"),
            ("order", order),
            ("buffer", "1000"),
        ];
        let scenario = scenario(&knobs, script);
        let topology = scenario.topology();
        let mut course = begin(&scenario, false);
        let mut view = patternscope_engine::kernel::View::default();
        for tick in 1..=100 {
            course.advance(f64::from(tick) / 10.0);
            course.simulation.view(&mut view);
            let shown = view.standing.len() + view.waiting.len() + view.running.len();
            assert!(shown < 256, "{shown}");
            assert_eq!(view.shelves.len(), 2);
            for standing in &view.standing {
                let shelf = view
                    .shelves
                    .iter()
                    .find(|shelf| shelf.node == standing.node);
                let shelf = shelf.expect("a grid");
                assert!(shelf.row == standing.row && standing.place < shelf.end);
            }
            for sign in course.simulation.signs() {
                assert!(sign.text.chars().count() <= 24, "{}", sign.text);
                if let patternscope_engine::kernel::Anchor::Row(node, row) = sign.anchor {
                    assert!(
                        usize::from(row) < topology.node(node).rows.len(),
                        "{}",
                        sign.text
                    );
                }
            }
        }
    }
}
