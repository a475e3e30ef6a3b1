//! What a stream has measured.
#![allow(dead_code, reason = "each test file uses its own part of this")]

use crate::course::Course;
use patternscope_engine::kernel::Measured;

/// A measure by its name.
pub fn measure(course: &Course, name: &str) -> Measured {
    let all = course.simulation.model().measures();
    let found = all.into_iter().find(|(key, _)| *key == name);
    found.expect("a measure").1
}

/// A measure that counts or is a number.
pub fn number(course: &Course, name: &str) -> f64 {
    match measure(course, name) {
        Measured::Count(count) => count as f64,
        Measured::Number(number) => number,
        other => panic!("{name}: {other:?}"),
    }
}

/// Panes in order: the window's start, timing, value, what was taken back.
pub fn panes(course: &Course) -> Vec<(f64, &'static str, f64, f64)> {
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
