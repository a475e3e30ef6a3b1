//! Published cases of sagas, retry schedules, critical paths and joins,
//! through the whole model.
#![cfg(not(target_arch = "wasm32"))]

mod orchestration;

use orchestration::{Course, begin, calm, run, scenario, with_input};
use patternscope_engine::kernel::Role;
use patternscope_engine::patterns::Theory;
use patternscope_engine::patterns::orchestration::PATTERN;
use patternscope_engine::scenario::Input;
use patternscope_engine::{Fact, Scenario};

/// No travel, no decision time, no work: only what the case is about.
const BARE: &[(&str, &str)] = &[
    ("latency-ms", "0"),
    ("decide-ms", "0"),
    ("timeout-ms", "0"),
    ("workers", "64"),
    ("concurrency", "10000"),
];

fn bare(more: &[(&'static str, &'static str)], workflow: &str) -> Scenario {
    let knobs = [calm(BARE), more.to_vec()].concat();
    with_input(scenario(&knobs, ""), workflow)
}

/// Steps in a row, by turns at all services; the one at `fails` refuses.
fn chain(steps: usize, fails: Option<usize>) -> String {
    let services = ["inventory", "payment", "shipping", "notification"];
    let step = |index: usize| {
        let (service, next) = (services[index % 4], index + 1);
        let next = if next < steps {
            format!(r#""next": ["T{}"],"#, next + 1)
        } else {
            String::new()
        };
        let share = if fails == Some(index) { 100 } else { 0 };
        format!(
            r#"{{"name": "T{}", "service": "{service}", {next} "compensation": "C{}", "work_ms": 1, "fails_percent": {share}}}"#,
            index + 1,
            index + 1
        )
    };
    let steps: Vec<String> = (0..steps).map(step).collect();
    format!("{{\"steps\": [\n{}\n]}}", steps.join(",\n"))
}

/// What the orchestrator told services to do for the first order.
fn told(course: &Course) -> Vec<String> {
    let facts = course.times(|fact| match fact {
        Fact::Sent(message) if message.flow.0 == 0 => Some(*message),
        _ => None,
    });
    let mut words = Vec::new();
    for (_, message) in facts {
        let step = (message.tag & 0xf) + 1;
        match message.role {
            Role::Command => words.push(format!("T{step}")),
            Role::Control => words.push(format!("C{step}")),
            _ => {}
        }
    }
    words
}

#[test]
fn a_saga_that_fails_at_a_step_runs_back_to_its_beginning() {
    const STEPS: usize = 8;
    for fails in 0..STEPS {
        let course = run(&bare(&[], &chain(STEPS, Some(fails))), 1.9);
        let forward = (0..=fails).map(|step| format!("T{}", step + 1));
        let back = (0..fails).rev().map(|step| format!("C{}", step + 1));
        assert_eq!(told(&course), forward.chain(back).collect::<Vec<_>>());
        let undone: Vec<String> = (0..fails)
            .rev()
            .map(|step| format!("C{}", step + 1))
            .collect();
        assert_eq!(course.names("order_of_compensation"), undone);
        assert_eq!(course.measure("flows/compensated"), 1.0);
    }
    let course = run(&bare(&[], &chain(STEPS, None)), 1.9);
    let forward: Vec<String> = (0..STEPS).map(|step| format!("T{}", step + 1)).collect();
    assert_eq!(told(&course), forward);
    assert_eq!(course.measure("flows/completed"), 1.0);
}

#[test]
fn without_a_coordinator_it_runs_back_the_same_way() {
    const STEPS: usize = 8;
    for fails in 0..STEPS {
        let knobs = [("style", "choreography"), ("latency-ms", "10")];
        let course = run(&bare(&knobs, &chain(STEPS, Some(fails))), 1.9);
        let undone: Vec<String> = (0..fails)
            .rev()
            .map(|step| format!("C{}", step + 1))
            .collect();
        assert_eq!(course.names("order_of_compensation"), undone);
        assert_eq!(course.measure("flows/compensated"), 1.0);
    }
}

/// Hotel, flight, car; there is no car.
#[test]
fn a_journey_without_a_car() {
    let journey = r#"{"steps": [
        {"name": "hotel", "service": "inventory", "compensation": "cancel hotel", "next": ["flight"]},
        {"name": "flight", "service": "payment", "compensation": "cancel flight", "next": ["car"]},
        {"name": "car", "service": "shipping", "compensation": "cancel car", "fails_percent": 100}
    ]}"#;
    for style in ["orchestration", "choreography"] {
        let knobs = calm(&[("style", style)]);
        let course = run(&with_input(scenario(&knobs, ""), journey), 1.9);
        let undone = course.names("order_of_compensation");
        assert_eq!(undone, ["cancel flight", "cancel hotel"]);
        for (step, runs) in [("hotel", 1.0), ("flight", 1.0), ("car", 1.0)] {
            assert_eq!(course.measure(&format!("steps/{step}/runs")), runs);
        }
    }
}

/// The waits between attempts of an order, in milliseconds: told, and kept.
fn waits(retry: &str, seconds: f64) -> (Vec<f64>, Vec<f64>, Course) {
    let workflow = format!(
        r#"[{{"name": "T1", "service": "inventory", "work_ms": 0, "compensation": "C1", "next": ["T2"]}},
            {{"name": "T2", "service": "payment", "work_ms": 0, "retry": {retry}}}]"#
    );
    // Every attempt fails, but for T1, which is asked before the knob turns.
    let mut scenario = bare(&[("rate", "0.001")], &workflow);
    let (script, notices) = patternscope_engine::scenario::parse_script(
        "0s errors payment-1 100%; 1s send shop-1",
        &scenario.topology(),
        &scenario.settings,
    );
    assert!(notices.is_empty(), "{notices:?}");
    scenario.script = script;
    let course = run(&scenario, seconds);
    let told = course.times(|fact| match fact {
        Fact::Retried { delay, .. } => Some(delay.as_millis()),
        _ => None,
    });
    let sent = course.sent(Role::Command);
    let sent: Vec<f64> = sent
        .iter()
        .filter(|(_, message)| message.tag & 0xf == 1)
        .map(|(at, _)| *at)
        .collect();
    let kept = sent.windows(2).map(|pair| (pair[1] - pair[0]).round());
    (
        told.into_iter().map(|(_, it)| it).collect(),
        kept.collect(),
        course,
    )
}

#[test]
fn retry_schedules() {
    let cases: &[(&str, &[f64])] = &[
        (
            r#"{"initial_ms": 1000, "coefficient": 2, "maximum_ms": 1000000, "attempts": 4}"#,
            &[1000.0, 2000.0, 4000.0],
        ),
        (
            r#"{"initial_ms": 3000, "coefficient": 1.5, "maximum_ms": 1000000, "attempts": 3}"#,
            &[3000.0, 4500.0],
        ),
        (
            r#"{"initial_ms": 1000, "coefficient": 2, "maximum_ms": 10000, "attempts": 7}"#,
            &[1000.0, 2000.0, 4000.0, 8000.0, 10_000.0, 10_000.0],
        ),
        (
            r#"{"initial_ms": 100, "coefficient": 2, "maximum_ms": 400, "attempts": 5}"#,
            &[100.0, 200.0, 400.0, 400.0],
        ),
    ];
    for (retry, expected) in cases {
        let (told, kept, course) = waits(retry, 60.0);
        assert_eq!(told, *expected);
        assert_eq!(kept, *expected);
        // The attempt after the last allowed retry fails into the catch.
        assert_eq!(course.measure("steps/T2/failures"), 1.0);
        assert_eq!(course.measure("flows/compensated"), 1.0);
        assert_eq!(course.names("order_of_compensation"), ["C1"]);
        let ended = course.ends(3);
        assert_eq!(ended.len(), 1);
        assert_eq!(ended[0].round(), expected.iter().sum::<f64>());
    }
}

/// Temporal's defaults: 1 s, coefficient 2, at most 100 s, no last attempt.
#[test]
fn retries_without_end() {
    let retry = r#"{"initial_ms": 1000, "coefficient": 2, "maximum_ms": 100000, "attempts": 0}"#;
    let (told, kept, course) = waits(retry, 600.0);
    let expected = [
        1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 100.0, 100.0, 100.0, 100.0,
    ];
    let expected: Vec<f64> = expected.iter().map(|s| s * 1e3).collect();
    assert_eq!(kept, expected);
    assert_eq!(told[..expected.len()], expected);
    assert_eq!(course.measure("flows/running"), 1.0);
}

/// A 12 and B 10 before C 10, then D 5 and E 3: 27 by A, C, D; B may take 2
/// longer, E 2.
#[test]
fn a_critical_path() {
    let finish = |a: u32, b: u32, e: u32| {
        let workflow = format!(
            r#"[{{"name": "A", "service": "inventory", "work_ms": {a}000, "next": ["C"]}},
                {{"name": "B", "service": "payment", "work_ms": {b}000, "next": ["C"]}},
                {{"name": "C", "service": "shipping", "work_ms": 10000, "next": ["D", "E"]}},
                {{"name": "D", "service": "notification", "work_ms": 5000}},
                {{"name": "E", "service": "inventory", "work_ms": {e}000}}]"#
        );
        let scenario = bare(&[("rate", "0.01")], &workflow);
        let course = run(&scenario, 140.0);
        let ends = course.ends(0);
        assert_eq!(ends.len(), 1);
        let Theory::Predicted(rows) = (PATTERN.theory)(&scenario, &course.watch.measures) else {
            panic!("no theory");
        };
        let row = rows
            .iter()
            .find(|row| row.name == "mean latency")
            .expect("a critical path");
        assert_eq!(
            (row.predicted, row.measured.round()),
            (ends[0].round(), ends[0].round())
        );
        ends[0].round()
    };
    assert_eq!(finish(12, 10, 3), 27_000.0);
    assert_eq!(finish(12, 12, 5), 27_000.0);
    assert_eq!(finish(12, 13, 3), 28_000.0);
    assert_eq!(finish(12, 10, 6), 28_000.0);
    assert_eq!(finish(13, 10, 3), 28_000.0);
}

/// Checks the mean over seeds as the rules for stochastic cases say.
fn agrees(name: &str, values: &[f64], expected: f64, half_digit: f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    let error = (variance / n).sqrt();
    assert!(error <= 0.015 * expected, "{name}: no power: {error}");
    let off = (mean - expected).abs();
    assert!(
        off <= 4.0 * error + half_digit,
        "{name}: {mean}, not {expected}, error {error}"
    );
}

/// A join of n branches of mean 1 takes the n-th harmonic number.
#[test]
fn a_parallel_join_takes_a_harmonic_number() {
    for (branches, expected) in [(2, 1.5), (4, 2.083_333), (8, 2.717_857)] {
        let services = ["inventory", "payment", "shipping", "notification"];
        let branch = |index: usize| {
            let service = services[index % 4];
            format!(r#"{{"name": "b{index}", "service": "{service}", "next": ["join"]}}"#)
        };
        let steps: Vec<String> = (0..branches).map(branch).collect();
        let join = r#"{"name": "join", "kind": "parallel", "service": "inventory"}"#;
        let workflow = format!("[{},{join}]", steps.join(","));
        let seeds = 1..=20;
        let means: Vec<f64> = seeds
            .map(|seed| {
                let knobs = [
                    ("service-dist", "exponential"),
                    ("service-ms", "1000"),
                    ("rate", "5"),
                ];
                let scenario = Scenario {
                    seed,
                    ..bare(&knobs, &workflow)
                };
                let mut course = begin(&scenario, true);
                course.advance(400.0);
                let ends = course.ends(0);
                assert!(ends.len() > 1900);
                ends.iter().sum::<f64>() / ends.len() as f64 / 1e3
            })
            .collect();
        agrees("H_n", &means, expected, 5e-7);
    }
}

/// Failure .5 and three retries: 1.875 attempts, .9375 succeed.
#[test]
fn attempts_until_success() {
    let workflow = r#"[{"name": "T", "service": "inventory", "work_ms": 0, "retry": {"attempts": 4, "initial_ms": 1}}]"#;
    let (mut attempts, mut succeeded) = (Vec::new(), Vec::new());
    for seed in 1..=20 {
        let knobs = [("error", "50"), ("rate", "20")];
        let scenario = Scenario {
            seed,
            ..bare(&knobs, workflow)
        };
        let mut course = begin(&scenario, false);
        course.advance(200.0);
        let count = |path: &str| course.measure(path);
        let ended = count("flows/completed") + count("flows/compensated");
        attempts.push(count("steps/T/runs") / ended);
        succeeded.push(count("flows/completed") / ended);
        let Theory::Predicted(rows) = (PATTERN.theory)(&scenario, &course.watch.measures) else {
            panic!("no theory");
        };
        assert!((rows[0].predicted - 93.75).abs() < 1e-9);
    }
    agrees("attempts", &attempts, 1.875, 5e-4);
    agrees("success", &succeeded, 0.9375, 5e-5);
}

#[test]
fn bad_workflows_are_refused_whole() {
    let columns = PATTERN.input.expect("takes input");
    let read = |text: &str| Input::parse(columns, text).map(|input| input.rows().len());
    let text = r#"{"steps": [
  {"name": "a", "service": "inventory", "next": ["b"], "colour": "red"},
  {"name": "a", "service": "bakery", "kind": "dance", "next": ["b", "z"]},
  {"name": "b", "service": "payment", "effect": "charge", "timeout_ms": -1},
  {"name": "c", "kind": "choice", "service": "payment", "next": ["b"], "retry": {"attempts": "x"}}
]}"#;
    let bad = read(text).unwrap_err();
    let expected = [
        "line 2, column colour: is not known",
        "line 3, column name: `a` stands there twice",
        "line 3, column kind: `dance` must be task, approval, choice or parallel",
        "line 3, column service: `bakery` must be inventory, payment, shipping or notification",
        "line 3, column next: `b,z` must name other steps",
        "line 4, column effect: `charge` must be of a task with a compensation: reserve and pick at inventory, charge at payment",
        "line 4, column timeout_ms: `-1` must be a number from 0 to 36000000000, or left out",
        "line 5, column next: `b` must name two ways, that for large orders first",
        "line 5, column retry.attempts: `x` must be a whole number from 0 to 1000000, or left out",
    ];
    assert_eq!(bad, expected);
    let ring = "[{\"name\":\"a\",\"service\":\"payment\",\"next\":[\"b\"]},\n{\"name\":\"b\",\"service\":\"payment\",\"next\":[\"a\"]}]";
    let bad = read(ring).unwrap_err();
    assert_eq!(bad.len(), 2);
    assert_eq!(
        bad[0],
        "line 1, column next: `b` leads back to a step before it"
    );
    assert_eq!(
        read("[{\"name\": \"a\"").unwrap_err(),
        ["line 1: a , or a closing bracket is missing"]
    );
    assert!(read("[]").is_err());
    let twelve = format!(
        "[{}]",
        [r#"{"name":"x","service":"payment"}"#; 12].join(",")
    );
    assert!(read(&twelve).unwrap_err()[0].contains("too many"));
    assert_eq!(read(&chain(8, None)), Ok(8));
    // What a link keeps is CSV, and reads back the same.
    let input = Input::parse(columns, &chain(8, Some(3))).expect("good input");
    assert_eq!(Input::parse(columns, &input.to_csv()), Ok(input));
}
