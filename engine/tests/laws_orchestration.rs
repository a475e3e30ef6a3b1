//! Orchestration's identities hold under settings far from the defaults, own
//! workflows and arbitrary scripts, in both styles. (The laws of all patterns
//! run at the defaults.)
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod orchestration;

use common::random_script;
use orchestration::{begin, with_input};
use patternscope_engine::kernel::{KnobKind, Value};
use patternscope_engine::patterns::orchestration::PATTERN;
use patternscope_engine::scenario::parse_script;
use patternscope_engine::{Instant, Scenario};
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

/// A workflow from arbitrary numbers: any graph without rings, any kinds.
fn arbitrary_workflow(plan: &[(u8, u16, u8)]) -> String {
    let services = ["inventory", "payment", "shipping", "notification"];
    let steps = plan.iter().enumerate().map(|(index, (kind, next, rest))| {
        let later: Vec<String> = (index + 1..plan.len())
            .filter(|later| next >> later & 1 == 1)
            .map(|later| format!("\"s{later}\""))
            .collect();
        let kind = match kind % 8 {
            0 => "approval",
            1 | 2 if later.len() > 1 => "choice",
            3 => "parallel",
            _ => "task",
        };
        let effect = match (kind, rest % 7) {
            ("task", 0) => {
                r#""service": "inventory", "effect": "reserve", "compensation": "undo", "#
                    .to_owned()
            }
            ("task", 1) => {
                r#""service": "payment", "effect": "charge", "compensation": "undo", "#.to_owned()
            }
            ("task", 2..5) => format!(
                r#""service": "{}", "compensation": "undo", "#,
                services[usize::from(rest / 7 % 4)]
            ),
            _ => format!(r#""service": "{}", "#, services[usize::from(rest / 7 % 4)]),
        };
        let own = match rest % 5 {
            0 => r#""fails_percent": 30, "#,
            1 => r#""retry": {"initial_ms": 0, "attempts": 3}, "timeout_ms": 150, "#,
            2 => r#""work_ms": 0, "over_cents": 6000, "#,
            _ => "",
        };
        format!(
            r#"{{"name": "s{index}", "kind": "{kind}", {effect}{own}"next": [{}]}}"#,
            later.join(", ")
        )
    });
    let steps: Vec<String> = steps.collect();
    format!("[{}]", steps.join(",\n"))
}

/// A scenario far from the defaults.
fn arbitrary(
    seed: u64,
    plan: &[(u16, u16, u16)],
    picks: &[usize],
    workflow: Option<&str>,
) -> Scenario {
    let mut scenario = orchestration::scenario(&[], "");
    scenario.seed = seed;
    for ((key, values), pick) in CHOICES.iter().zip(picks) {
        // Often the first.
        let value = values.get(*pick).unwrap_or(&values[0]);
        scenario.settings.set(key, value).expect("a valid knob");
    }
    if let Some(workflow) = workflow {
        scenario = with_input(scenario, workflow);
    }
    // Without an orchestrator, lines about it mean nothing and are left out.
    let lines = random_script(&PATTERN, plan).join("\n");
    scenario.script = parse_script(&lines, &scenario.topology(), &scenario.settings).0;
    scenario
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(400)
    })]

    #[test]
    fn conservation_anywhere(
        seed: u64,
        plan: Vec<(u16, u16, u16)>,
        picks in prop::collection::vec(0usize..9, CHOICES.len()),
        workflow in 0usize..6,
    ) {
        let scenario = arbitrary(seed, &plan, &picks, WORKFLOWS.get(workflow).copied());
        let mut course = begin(&scenario, false);
        course.until(4.0);
    }

    /// Whatever happens to whatever workflow: once all is mended and people
    /// have acted, every order comes to its end, fully done or fully undone.
    #[test]
    fn every_order_ends(
        seed: u64,
        plan: Vec<(u16, u16, u16)>,
        picks in prop::collection::vec(0usize..9, CHOICES.len()),
        steps in prop::collection::vec(any::<(u8, u16, u8)>(), 1..12),
    ) {
        let mut scenario = arbitrary(seed, &plan, &picks, Some(&arbitrary_workflow(&steps)));
        let mut script = String::new();
        for line in [
            "heal *", "set arrival=steady", "set rate=0", "set error=0", "set undo-error=0", "set timeout-ms=1000",
            "set service-ms=1", "set workers=64", "set latency-ms=1", "set latency-jitter-ms=0",
            "set decide-ms=0", "set replay-rate=1000000", "set concurrency=5",
            "set queue-cap=100000", "set retry-max-ms=100",
        ] {
            script += &format!("4s {line}\n");
        }
        // An answer lost where nothing times out is asked for again.
        for site in ["orchestrator-1", "inventory-1", "payment-1", "shipping-1", "notification-1"] {
            script += &format!("5s crash {site} for 100ms\n");
            for at in [6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28] {
                script += &format!("{at}s approve {site}\n{at}s unstick {site}\n");
            }
        }
        let mended = parse_script(&script, &scenario.topology(), &scenario.settings).0;
        scenario.script.extend(mended);
        let mut course = begin(&scenario, false);
        course.until(4.0);
        course.advance(30.0);
        course.until(30.1);
        prop_assert_eq!(course.simulation.model().open_flows(), 0);
        prop_assert!(course.simulation.world().flights.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(80)
    })]

    /// Any values of all knobs at once, up to their bounds: nothing breaks, and
    /// time always goes on.
    #[test]
    fn any_knobs(
        seed: u64,
        plan: Vec<(u16, u16, u16)>,
        values in prop::collection::vec((0u8..8, 0.0f64..1.0), PATTERN.knobs.len()),
        steps in prop::collection::vec(any::<(u8, u16, u8)>(), 0..12),
    ) {
        let text = arbitrary_workflow(&steps);
        let workflow = (!steps.is_empty()).then_some(text.as_str());
        let mut scenario = arbitrary(seed, &plan, &[], workflow);
        for (index, (how, share)) in values.into_iter().enumerate() {
            let knob = &PATTERN.knobs[index];
            let value = match knob.kind {
                KnobKind::Choice { choices, .. } => {
                    Value::Choice((share * choices.len() as f64) as u8)
                }
                KnobKind::Number { min, max, default, whole, .. } => {
                    let value = match how {
                        0 => min,
                        1 => max,
                        2 => min + (max - min) * share,
                        3 => default * 20.0 * share,
                        // Small numbers, over many powers of ten.
                        4 => libm::pow(10.0, 6.0 * share - 6.0),
                        _ => default,
                    };
                    let value = if whole { value.round() } else { value };
                    Value::Number(value.clamp(min, max))
                }
                KnobKind::Text { .. } => unreachable!("there is none"),
            };
            scenario.settings.set_value(index, value);
        }
        let mut course = begin(&scenario, false);
        let end = Instant::from_secs(3.0);
        for _ in 0..2 {
            let before = course.simulation.now();
            let done = course.simulation.run_until_or(end, 300_000, Some(&mut course.watch));
            let balance = course.watch.ledger.check(&course.simulation);
            prop_assert!(balance.balanced(), "{:?}", balance.truths);
            if done {
                break;
            }
            prop_assert!(course.simulation.now() > before);
        }
    }
}
