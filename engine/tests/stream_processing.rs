//! Stream Processing against the book's example (case 11 of the published
//! numbers, through own input and the whole model), against a run that never
//! crashed, under every failure, and in its experiments.

mod course;

use course::{Course, begin, scenario, with_input};
use patternscope_engine::kernel::Measured;
use patternscope_engine::patterns::stream_processing::PATTERN;
use patternscope_engine::{Fact, Scenario};

/// Minutes and seconds past 12:00.
type Clock = (u32, u32);

/// Nine elements of Streaming Systems, chapter 2: value, event time, processing
/// time, as minutes and seconds past 12:00.
const ELEMENTS: [(i64, Clock, Clock); 9] = [
    (5, (0, 26), (4, 59)),
    (7, (2, 24), (5, 39)),
    (3, (3, 39), (6, 13)),
    (4, (4, 19), (6, 39)),
    (8, (3, 6), (7, 6)),
    (3, (6, 39), (7, 19)),
    (9, (1, 25), (8, 19)),
    (8, (7, 26), (8, 39)),
    (1, (7, 46), (9, 0)),
];

fn seconds((minutes, seconds): Clock) -> u32 {
    60 * minutes + seconds
}

/// Rows of own input. A watermark at the time of an element comes after it,
/// unless it is to come before.
fn rows(marks: &[(Clock, Clock, bool)]) -> String {
    let mut rows: Vec<(u32, u8, String)> = Vec::new();
    for (value, event, arrives) in ELEMENTS {
        let (event, arrives) = (seconds(event), seconds(arrives));
        rows.push((arrives, 1, format!("{arrives},{event},team,{value}")));
    }
    for (arrives, event, before) in marks {
        let (event, arrives) = (seconds(*event), seconds(*arrives));
        let order = if *before { 0 } else { 2 };
        rows.push((arrives, order, format!("{arrives},{event},watermark,")));
    }
    rows.sort_by_key(|(arrives, order, _)| (*arrives, *order));
    let lines: Vec<String> = rows.into_iter().map(|(.., line)| line).collect();
    format!("processing_s,event_s,key,value\n{}\n", lines.join("\n"))
}

const PERFECT: [(Clock, Clock, bool); 4] = [
    ((8, 39), (2, 0), true),
    ((9, 0), (4, 0), false),
    ((9, 10), (6, 0), false),
    ((9, 20), (8, 0), false),
];
const HEURISTIC: [(Clock, Clock, bool); 4] = [
    ((6, 0), (2, 0), false),
    ((7, 30), (4, 0), false),
    ((7, 40), (6, 0), false),
    ((9, 30), (8, 30), false),
];
/// Windows of two minutes; nothing takes time.
const CALM: &[(&str, &str)] = &[
    ("size-s", "120"),
    ("sources", "1"),
    ("parallelism", "1"),
    ("service-ms", "0"),
    ("sink-ms", "0"),
    ("latency-ms", "0"),
    ("checkpoint-ms", "30000"),
];

fn book(marks: &[(Clock, Clock, bool)], knobs: &[(&str, &str)]) -> Course {
    own(&rows(marks), knobs, "", 700.0)
}

/// A run of own input in which nothing takes time.
fn own(rows: &str, knobs: &[(&str, &str)], script: &str, until: f64) -> Course {
    let all: Vec<(&str, &str)> = CALM.iter().chain(knobs).copied().collect();
    let scenario = with_input(scenario(&PATTERN, &all, script), rows);
    let mut course = begin(&scenario, false);
    course.advance(until);
    course
}

fn measure(course: &Course, name: &str) -> Measured {
    let all = course.simulation.model().measures();
    let found = all.into_iter().find(|(key, _)| *key == name);
    found.expect("a measure").1
}

fn number(course: &Course, name: &str) -> f64 {
    match measure(course, name) {
        Measured::Count(count) => count as f64,
        Measured::Number(number) => number,
        other => panic!("{name}: {other:?}"),
    }
}

/// Panes in order: the window's start, timing, value, what was taken back.
fn panes(course: &Course) -> Vec<(f64, &'static str, f64, f64)> {
    let Measured::List(rows) = measure(course, "windows") else {
        panic!("a list");
    };
    let pane = |row: Measured| {
        let Measured::Table(cells) = row else {
            panic!("a table");
        };
        let cell = |name: &str| {
            cells
                .iter()
                .find(|(key, _)| key == name)
                .expect("a cell")
                .1
                .clone()
        };
        let number = |name: &str| match cell(name) {
            Measured::Number(number) => number,
            other => panic!("{name}: {other:?}"),
        };
        let Measured::Text(timing) = cell("timing") else {
            panic!("a text");
        };
        (
            number("start_s"),
            timing,
            number("value"),
            number("retracted"),
        )
    };
    rows.into_iter().map(pane).collect()
}

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

/// Timings and values of the panes of the window that begins at a minute.
fn of(course: &Course, minute: u32) -> Vec<(&'static str, f64)> {
    let here = panes(course).into_iter();
    let here = here.filter(|(start, ..)| *start == f64::from(60 * minute));
    here.map(|(_, timing, value, _)| (timing, value)).collect()
}

const ON_TIME: &str = "on time";

#[test]
fn perfect_watermark_of_the_book() {
    let course = book(&PERFECT, &[]);
    for (minute, sum) in [(0, 14.0), (2, 18.0), (4, 4.0), (6, 12.0)] {
        assert_eq!(of(&course, minute), [(ON_TIME, sum)]);
    }
    assert_eq!(number(&course, "total"), 48.0);
}

#[test]
fn heuristic_watermark_of_the_book_drops_the_nine() {
    let course = book(&HEURISTIC, &[]);
    for (minute, sum) in [(0, 5.0), (2, 18.0), (4, 4.0), (6, 12.0)] {
        assert_eq!(of(&course, minute), [(ON_TIME, sum)]);
    }
    assert_eq!(number(&course, "late_dropped"), 1.0);
    assert_eq!(number(&course, "total"), 39.0);
}

#[test]
fn a_pane_at_each_element_of_the_book() {
    let knobs = [
        ("trigger", "element"),
        ("accumulation", "accumulating"),
        // Watermarks of its own never come so far.
        ("bound-ms", "600000"),
    ];
    let course = book(&[], &knobs);
    let values = |minute| -> Vec<f64> { of(&course, minute).iter().map(|it| it.1).collect() };
    assert_eq!(values(0), [5.0, 14.0]);
    assert_eq!(values(2), [7.0, 10.0, 18.0]);
    assert_eq!(values(4), [4.0]);
    assert_eq!(values(6), [3.0, 11.0, 12.0]);
}

#[test]
fn early_on_time_and_late_panes_of_the_book() {
    for (accumulation, first, second, last) in [
        ("accumulating", [5.0, 5.0, 14.0], [10.0, 18.0], [3.0, 12.0]),
        ("discarding", [5.0, 0.0, 9.0], [10.0, 8.0], [3.0, 9.0]),
        (
            "accumulating-and-retracting",
            [5.0, 5.0, 14.0],
            [10.0, 18.0],
            [3.0, 12.0],
        ),
    ] {
        let knobs = [
            ("accumulation", accumulation),
            ("early-s", "60"),
            ("allowed-lateness-s", "1000000"),
        ];
        let course = book(&HEURISTIC, &knobs);
        let values = |minute| -> Vec<f64> { of(&course, minute).iter().map(|it| it.1).collect() };
        let timings = |minute| -> Vec<&str> { of(&course, minute).iter().map(|it| it.0).collect() };
        assert_eq!(values(0), first, "{accumulation}");
        assert_eq!(timings(0), ["early", ON_TIME, "late"]);
        assert_eq!(values(2), second, "{accumulation}");
        assert_eq!(values(6), last, "{accumulation}");
        assert_eq!(timings(6), ["early", ON_TIME]);
        assert_eq!(number(&course, "total"), 48.0, "{accumulation}");
    }
}

/// Rows come from one source; the others do not hold event time.
#[test]
fn own_input_goes_on_with_any_number_of_sources() {
    for (sources, operators) in [("2", "1"), ("2", "2"), ("6", "4")] {
        let knobs = [("sources", sources), ("parallelism", operators)];
        // A restart forgets who is idle; those without rows still are.
        for script in [
            "",
            "520s crash operator-1 for 1s",
            "520s crash source-1 for 1s",
        ] {
            let course = own(&rows(&HEURISTIC), &knobs, script, 700.0);
            assert_eq!(number(&course, "watermark_s"), 510.0, "{sources} {script}");
            for (minute, sum) in [(0, 5.0), (2, 18.0), (4, 4.0), (6, 12.0)] {
                assert_eq!(of(&course, minute), [(ON_TIME, sum)], "{sources} {script}");
            }
        }
        // Rows wait for a source that is down.
        let course = own(&rows(&PERFECT), &knobs, "500s crash source-1 for 1m", 700.0);
        for (minute, sum) in [(0, 14.0), (2, 18.0), (4, 4.0), (6, 12.0)] {
            assert_eq!(of(&course, minute), [(ON_TIME, sum)], "{sources}");
        }
        // Without rows for it, the watermark is its own.
        let bounded = [("bound-ms", "60000")];
        let knobs: Vec<_> = knobs.iter().chain(&bounded).copied().collect();
        let course = own(&rows(&[]), &knobs, "", 700.0);
        assert_eq!(number(&course, "watermark_s"), 406.0);
    }
}

/// A perfect watermark knows the rows that are still to come.
#[test]
fn a_perfect_watermark_makes_no_row_late() {
    let course = own(&rows(&[]), &[("watermark", "perfect")], "", 700.0);
    for (minute, sum) in [(0, 14.0), (2, 18.0), (4, 4.0), (6, 12.0)] {
        assert_eq!(of(&course, minute), [(ON_TIME, sum)]);
    }
    assert_eq!(number(&course, "late_dropped"), 0.0);
}

#[test]
fn own_keys_keep_their_names_and_values_their_signs() {
    let rows = "processing_s,event_s,key,value\n1,1,red,-5\n2,1.001,green,7\n3,4,watermark,\n";
    let knobs = [("size-s", "0.001"), ("parallelism", "2")];
    let course = own(rows, &knobs, "", 40.0);
    let Measured::List(windows) = measure(&course, "windows") else {
        panic!("a list");
    };
    let cells = |row: &Measured| match row {
        Measured::Table(cells) => cells[1..3]
            .iter()
            .map(|it| it.1.clone())
            .collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let key = |name: &str, start| vec![Measured::Words(name.to_owned()), Measured::Number(start)];
    let keys: Vec<_> = windows.iter().map(cells).collect();
    assert_eq!(keys, [key("red", 1.0), key("green", 1.001)]);
    assert_eq!(number(&course, "total"), 2.0);
    let signs = course.simulation.signs();
    assert!(signs.iter().any(|sign| sign.text == "green 1.0-1.0 s: 7"));
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

/// Operators filter and map before they sum; what is left out is not lost.
#[test]
fn operators_filter_and_map() {
    let course = book(&PERFECT, &[("filter-below", "5")]);
    for (minute, sum) in [(0, 14.0), (2, 15.0), (6, 8.0)] {
        assert_eq!(of(&course, minute), [(ON_TIME, sum)]);
    }
    assert_eq!(of(&course, 4), []);
    assert_eq!(number(&course, "filtered"), 4.0);
    assert_eq!(course.watch.ledger.succeeded(), 9);
    let course = book(&PERFECT, &[("map", "one")]);
    for (minute, count) in [(0, 2.0), (2, 3.0), (4, 1.0), (6, 3.0)] {
        assert_eq!(of(&course, minute), [(ON_TIME, count)]);
    }
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
    let mut course = begin(&scenario, true);
    course.until(until);
    course
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
