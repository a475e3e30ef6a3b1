//! Published cases of pipelines, by whole runs.
#![cfg(not(target_arch = "wasm32"))]

mod etl;

use etl::{Course, begin, parts, run, scenario, with_input};
use patternscope_engine::Scenario;
use patternscope_engine::kernel::Measured;
use patternscope_engine::patterns::Theory;
use std::fmt::Write;

/// One source, no travel, nothing dirty: what is left is the pipeline.
const BARE: &[(&str, &str)] = &[
    ("sources", "1"),
    ("latency-ms", "0"),
    ("commit-ms", "0"),
    ("chunk", "1"),
    ("page", "4000"),
    ("every-s", "1000000"),
    ("timeout-ms", "3600000"),
];

fn bare(knobs: &[(&str, &str)], items: usize) -> Scenario {
    let all: Vec<_> = BARE.iter().chain(knobs).copied().collect();
    let mut csv = String::from("at_s,source,id,updated_at_s\n");
    for item in 0..items {
        writeln!(csv, "0,orders,{item},0").expect("text");
    }
    with_input(scenario(&all, ""), &csv)
}

/// Stages of 2, 5 and 3 s and 100 items: 2 + 5 + 3 + 99 * 5 s.
#[test]
fn makespan_of_a_pipeline() {
    let knobs = [
        ("extract-ms", "2000"),
        ("transform-ms", "5000"),
        ("load-ms", "3000"),
        ("buffer", "100000"),
    ];
    let scenario = bare(&knobs, 100);
    let mut course = begin(&scenario, false);
    course.advance(600.0);
    let runs = course.runs();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].loaded, 100);
    let span = runs[0].ended.expect("over") - runs[0].started;
    assert!((span - 505.0).abs() < 1e-9, "{span}");
    assert_eq!(course.counted("retries"), 0);
}

/// Two saturated exponential stages with `B` places between them, blocking
/// after service: throughput (B+2)/(B+3).
#[test]
fn throughput_with_blocking() {
    const ITEMS: usize = 12_000;
    const SEEDS: u64 = 20;
    for (buffer, expected, digit) in [
        ("0", 0.666_667, 1e-6),
        ("1", 0.75, 1e-6),
        ("4", 0.857_143, 1e-6),
    ] {
        let knobs = [
            ("extract-ms", "0"),
            ("transform-ms", "1000"),
            ("load-ms", "1000"),
            ("service-dist", "exponential"),
            ("buffer", buffer),
            ("staging", "1000000"),
        ];
        let scenario = bare(&knobs, ITEMS);
        let mut found = Vec::new();
        for seed in 0..SEEDS {
            let mut course = begin(
                &Scenario {
                    seed,
                    ..scenario.clone()
                },
                false,
            );
            // Long before the last item is staged out.
            course.advance(11_000.0);
            found.push(measured(&scenario, &course, expected));
        }
        let mean = found.iter().sum::<f64>() / SEEDS as f64;
        let squares = found
            .iter()
            .map(|it| (it - mean) * (it - mean))
            .sum::<f64>();
        let error = (squares / (SEEDS - 1) as f64).sqrt() / (SEEDS as f64).sqrt();
        assert!(error <= 0.01 * expected, "B={buffer}: {error}");
        let off = (mean - expected).abs();
        assert!(off <= 4.0 * error + digit / 2.0, "B={buffer}: {mean}");
    }
}

/// Beside the closed form, which must be told and agree with the table.
fn measured(scenario: &Scenario, course: &Course, expected: f64) -> f64 {
    match (scenario.pattern.theory)(scenario, &course.watch.measures) {
        Theory::Predicted(rows) => {
            assert_eq!(rows.len(), 1);
            assert!((rows[0].predicted - expected).abs() < 1e-6);
            rows[0].measured
        }
        Theory::OutOfReach(why) => panic!("{why}"),
    }
}

/// The closed form is told only where it holds.
#[test]
fn no_theory_elsewhere() {
    for knobs in [
        &[("transform-ms", "10")][..],
        &[("latency-ms", "1")],
        &[("service-dist", "constant")],
        &[("workers", "2")],
        &[("load-ms", "1000"), ("transform-ms", "1000")],
    ] {
        let course = etl::course(knobs, "", 2.0);
        let theory =
            (etl::scenario(&[], "").pattern.theory)(&scenario(knobs, ""), &course.watch.measures);
        assert!(matches!(theory, Theory::OutOfReach(_)), "{knobs:?}");
    }
}

const DAY: u32 = 86_400;

/// The rows of a table, in some of its columns.
fn rows_of(course: &Course, table: &str, columns: &str) -> Vec<String> {
    let Some(Measured::List(rows)) = course.leaf(table) else {
        panic!("{table} is a list");
    };
    let one = |row: &Measured| {
        let cells = parts(row);
        let cell = |name: &str| {
            let found = cells.iter().find(|(column, _)| column == name);
            match &found.unwrap_or_else(|| panic!("{name}: {cells:?}")).1 {
                Measured::Words(text) => text.clone(),
                Measured::Text(text) => (*text).to_owned(),
                Measured::Number(number) => number.to_string(),
                Measured::Nothing => "-".to_owned(),
                other => panic!("{name}: {other:?}"),
            }
        };
        let cells: Vec<String> = columns.split(' ').map(cell).collect();
        cells.join(" ")
    };
    rows.iter().map(one).collect()
}

/// Whether a version of an order is valid, and how long.
fn versions(course: &Course) -> Vec<String> {
    rows_of(course, "warehouse", "source id status from_s to_s")
}

/// dbt's snapshot: an order is pending on one day and shipped on the next; the
/// table keeps both with their times, and another run changes nothing.
#[test]
fn snapshot_of_type_two() {
    let csv = format!(
        "at_s,source,id,updated_at_s,status\n{DAY},orders,1,{DAY},pending\n{0},orders,1,{0},shipped\n",
        2 * DAY
    );
    let day = DAY.to_string();
    let knobs = [("every-s", day.as_str()), ("history", "type-2")];
    let scenario = with_input(scenario(&knobs, "260000s rerun staging-1"), &csv);
    let mut course = begin(&scenario, false);
    course.advance(f64::from(2 * DAY - 10));
    assert_eq!(versions(&course), [format!("orders 1 pending {DAY} -")]);
    let both = [
        format!("orders 1 pending {DAY} {}", 2 * DAY),
        format!("orders 1 shipped {} -", 2 * DAY),
    ];
    for until in [2 * DAY + DAY / 2, 3 * DAY, 3 * DAY + 5000, 4 * DAY + 100] {
        course.advance(f64::from(until));
        course.check();
        assert_eq!(versions(&course), both, "at {until}");
        assert_eq!(course.counted("warehouse_rows"), 2);
        assert_eq!(course.counted("closed_versions"), 1);
    }
}

/// The same rows, overwritten.
#[test]
fn snapshot_of_type_one() {
    let csv = "at_s,source,id,updated_at_s,status\n1,orders,1,1,pending\n4,orders,1,4,shipped\n";
    let course = run(&with_input(scenario(&[], ""), csv), 8.0);
    assert_eq!(versions(&course), ["orders 1 shipped 4 -"]);
    assert_eq!(course.counted("closed_versions"), 0);
}

/// Coercion, each rule, the join and what was there before, on own rows.
#[test]
fn own_input() {
    let csv = "\
at_s,source,id,updated_at_s,customer,amount,country
0,crm,ada,0,,0,NO
0,orders,1,0.01,ada,\"12,50\",NO
0,orders,2,0.01,ada,n/a,NO
0,orders,3,0.01,ada,1,XX
0,orders,4,0.01,eve,1,NO
0,orders,5,0.01,ada,$7,no
0,orders,5,0.01,ada,$7,no
";
    let course = run(&with_input(scenario(&[], ""), csv), 3.0);
    assert_eq!(
        rows_of(
            &course,
            "warehouse",
            "source id customer amount country customer_from_s"
        ),
        [
            "orders 1 ada 12.5 NO 0",
            "orders 5 ada 7 no 0",
            "crm ada  0 NO -",
        ]
    );
    assert_eq!(
        rows_of(&course, "quarantine", "id customer amount country reason"),
        [
            "2 ada n/a NO amount no number",
            "3 ada 1 XX unknown country",
            "4 eve 1 NO unknown customer",
        ]
    );
    let runs = course.runs();
    let counts = (runs[0].extracted, runs[0].loaded, runs[0].deduplicated);
    assert_eq!((counts, runs[0].rejected), ((7, 3, 1), 3));
}

/// Rows of a hundred thousand keys go through within memory and time.
#[test]
fn much_own_input() {
    let mut csv = String::from("at_s,source,id,updated_at_s\n");
    for item in 0..90_000 {
        let source = ["orders", "crm", "clicks"][item % 3];
        writeln!(csv, "0,{source},{item},{}", item % 17).expect("text");
    }
    let knobs = [
        ("page", "4000"),
        ("extract-ms", "0"),
        ("transform-ms", "0"),
        ("load-ms", "0"),
        ("commit-ms", "0"),
        ("latency-ms", "0"),
        ("staging", "1000000"),
        ("every-s", "20"),
        ("chunk", "1000"),
    ];
    let mut course = begin(&with_input(scenario(&knobs, ""), &csv), false);
    course.advance(41.0);
    course.check();
    assert_eq!(course.counted("warehouse_rows"), 90_000);
}
