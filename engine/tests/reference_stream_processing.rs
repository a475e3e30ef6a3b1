//! Stream Processing against the book's example (case 11 of the published
//! numbers, through own input and the whole model), and what else own input
//! promises.

mod course;
mod streams;

use course::{Course, begin, scenario, with_input};
use patternscope_engine::kernel::Measured;
use patternscope_engine::patterns::stream_processing::PATTERN;
use streams::{measure, number, panes};

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
