//! Orchestration's identities hold under settings far from the defaults, own
//! workflows and arbitrary scripts, in both styles. (The laws of all patterns
//! run at the defaults.)
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod orchestration;

use common::random_script;
use orchestration::{begin, with_workflow};
use patternscope_engine::patterns::orchestration::PATTERN;
use patternscope_engine::scenario::parse_script;
use proptest::prelude::*;

const CHOICES: &[(&str, &[&str])] = &[
    ("style", &["orchestration", "choreography"]),
    ("idempotency", &["on", "off"]),
    ("rate", &["6", "100", "0"]),
    ("decline", &["10", "100", "50"]),
    ("error", &["2", "60", "100"]),
    ("undo-error", &["0", "50", "100"]),
    ("timeout-ms", &["1000", "0", "120", "1"]),
    ("attempts", &["4", "1", "0"]),
    ("undo-attempts", &["5", "1", "0"]),
    ("retry-initial-ms", &["200", "0", "50"]),
    ("jitter", &["none", "full", "equal"]),
    ("approve-over", &["100", "0", "20"]),
    ("approver-s", &["2", "0", "0.3"]),
    ("approval-timeout-s", &["60", "0", "0.5"]),
    ("workers", &["2", "1", "8"]),
    ("queue-cap", &["100", "0", "2"]),
    ("service-ms", &["60", "0.001", "400"]),
    ("concurrency", &["24", "1", "3"]),
    ("replay-rate", &["200", "5", "100000"]),
    ("stock", &["100", "0", "7"]),
    ("restock-s", &["5", "0", "0.2"]),
    ("latency-ms", &["50", "0", "300"]),
    ("latency-jitter-ms", &["0", "100"]),
    ("decide-ms", &["4", "0", "60"]),
];

/// None, or one of these.
const WORKFLOWS: &[&str] = &[
    // Two ways in, two ways out, a diamond, all at other services.
    r#"[{"name":"a","service":"payment","effect":"charge","compensation":"ca","next":["c"]},
        {"name":"b","service":"shipping","compensation":"cb","next":["c","d"]},
        {"name":"c","service":"inventory","effect":"reserve","compensation":"cc","next":["e"]},
        {"name":"d","service":"notification","compensation":"cd"},
        {"name":"e","service":"payment","effect":"charge","compensation":"ce","retry":{"attempts":2}}]"#,
    // Choices within choices, approvals side by side.
    r#"[{"name":"big","kind":"choice","service":"inventory","over_cents":6000,"next":["x","y"]},
        {"name":"x","kind":"parallel","service":"payment","next":["p","q"]},
        {"name":"y","kind":"choice","service":"shipping","over_cents":3000,"next":["r","s"]},
        {"name":"p","kind":"approval","service":"payment","next":["end"]},
        {"name":"q","kind":"approval","service":"shipping","next":["end"]},
        {"name":"r","service":"shipping","compensation":"undo r","next":["end"]},
        {"name":"s","service":"inventory","effect":"reserve","compensation":"undo s","next":["end"],"fails_percent":30},
        {"name":"end","service":"notification","fails_percent":20}]"#,
    r#"[{"name":"only","service":"inventory"}]"#,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn conservation_anywhere(
        seed: u64,
        plan: Vec<(u16, u16, u16)>,
        picks in prop::collection::vec(0usize..9, CHOICES.len()),
        workflow in 0usize..6,
    ) {
        let mut scenario = orchestration::scenario(&[], "");
        scenario.seed = seed;
        for ((key, values), pick) in CHOICES.iter().zip(picks) {
            // Often the first.
            let value = values.get(pick).unwrap_or(&values[0]);
            scenario.settings.set(key, value).expect("a valid knob");
        }
        if let Some(workflow) = WORKFLOWS.get(workflow) {
            scenario = with_workflow(scenario, workflow);
        }
        // Without an orchestrator, lines about it mean nothing and are left out.
        let lines = random_script(&PATTERN, &plan).join("\n");
        scenario.script = parse_script(&lines, &scenario.topology(), &scenario.settings).0;
        let mut course = begin(&scenario, false);
        course.until(4.0);
    }
}
