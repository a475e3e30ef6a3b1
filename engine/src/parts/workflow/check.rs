//! What can be wrong with a workflow as its user wrote it. It knows the columns
//! and their rules; reading rows and telling lines is the business of `input`.

use super::{
    EFFECTS, Effect, KINDS, NUMBERS, NUMBERS_COUNT, SERVICES, STEPS_MOST, Workflow, index_of,
    names, row_of,
};
use crate::kernel::decimal;

const TIME: &str = "must be a number from 0 to 36000000000, or left out";

/// Of each number the greatest, whether it is whole, and what would be right.
const RANGES: [(f64, bool, &str); NUMBERS_COUNT] = [
    (3.6e10, false, TIME),
    (3.6e10, false, TIME),
    (3.6e10, false, TIME),
    (1e3, false, "must be a number from 0 to 1000, or left out"),
    (3.6e10, false, TIME),
    (
        1e6,
        true,
        "must be a whole number from 0 to 1000000, or left out",
    ),
    (
        1e12,
        false,
        "must be a number from 0 to 1000000000000, or left out",
    ),
    (1e2, false, "must be a number from 0 to 100, or left out"),
];

/// Tells `bad` of every cell that is wrong: row, column, reason. Rows have one
/// cell a column of [`COLUMNS`].
pub fn check(rows: &[Vec<String>], bad: &mut dyn FnMut(usize, usize, &'static str)) {
    if rows.len() > STEPS_MOST {
        return bad(STEPS_MOST, 0, "is one step too many; at most 11 are read");
    }
    let before = std::cell::Cell::new(true);
    let mut tell = |row, column, why| {
        before.set(false);
        bad(row, column, why);
    };
    for (index, row) in rows.iter().enumerate() {
        check_words(rows, index, row, &mut tell);
        for (column, cell) in row.iter().enumerate().skip(NUMBERS) {
            let (most, whole, why) = RANGES[column - NUMBERS];
            let fits = |number: f64| {
                (0.0..=most).contains(&number) && !(whole && number != number.trunc())
            };
            if !cell.is_empty() && !decimal::parse(cell).is_some_and(fits) {
                tell(index, column, why);
            }
        }
    }
    // Steps that lead to each other in a ring have no place in any order.
    let workflow = Workflow::of(rows);
    let mut placed = 0u16;
    for _ in rows {
        for (index, step) in workflow.steps.iter().enumerate() {
            placed |= u16::from(step.before & !placed == 0) << index;
        }
    }
    for index in 0..rows.len() {
        if before.get() && placed >> index & 1 == 0 {
            bad(index, 3, "leads back to a step before it");
        }
    }
}

fn check_words(
    rows: &[Vec<String>],
    index: usize,
    row: &[String],
    tell: &mut dyn FnMut(usize, usize, &'static str),
) {
    let is_name = |name: &str| !name.is_empty() && name.len() <= 24 && !name.contains(',');
    if !is_name(&row[0]) {
        tell(
            index,
            0,
            "must be a name of 1 to 24 letters without a comma",
        );
    } else if row_of(rows, &row[0]) != Some(index) {
        tell(index, 0, "stands there twice");
    }
    if !row[1].is_empty() && !KINDS.contains(&row[1].as_str()) {
        tell(index, 1, "must be task, approval, choice or parallel");
    }
    let service = index_of(&SERVICES, &row[2]);
    if service.is_none() {
        tell(
            index,
            2,
            "must be inventory, payment, shipping or notification",
        );
    }
    if names(&row[3]).any(|name| row_of(rows, name).is_none()) {
        tell(index, 3, "must name other steps");
    }
    if row[1] == "choice" && names(&row[3]).count() < 2 {
        tell(index, 3, "must name two ways, that for large orders first");
    }
    if !row[4].is_empty() && !is_name(&row[4]) {
        tell(
            index,
            4,
            "must be a name of 1 to 24 letters without a comma",
        );
    }
    let Some(effect) = index_of(&EFFECTS, &row[5]) else {
        return tell(index, 5, "must be reserve, pick or charge, or left out");
    };
    let home = usize::from(effect == Effect::Charge as usize);
    let is_task = row[1].is_empty() || row[1] == "task";
    if effect > 0 && !(is_task && service == Some(home) && !row[4].is_empty()) {
        let why = "must be of a task with a compensation: reserve and pick at inventory, charge at payment";
        tell(index, 5, why);
    }
}
