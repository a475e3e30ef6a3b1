//! A workflow: named steps, what comes after what, and what each may do next.
//! It owns the graph and its rules (sequence, parallel, choice, join, and the
//! way back), and how a user writes one down. It owns no state of an order, no
//! time and no messages.
//!
//! Rules of the way back: a step is undone when all that could come after it is
//! clear, so the effects of T1..Tj are undone in the order Cj..C1 (Garcia-Molina
//! and Salem, "Sagas", 1987); branches side by side are undone side by side.
//! A branch that a choice leaves out is void, and so is all that depends on it
//! alone (dead path elimination, as in WS-BPEL 2.0).

mod check;

pub use check::check;

use crate::kernel::decimal;
use crate::kernel::view::ShortName;

/// The most steps that a user may bring; one more is added where orders enter.
pub const STEPS_MOST: usize = 11;

/// Where steps run; each is a task queue with workers.
pub const SERVICES: [&str; 4] = ["inventory", "payment", "shipping", "notification"];

/// How a user writes a step: as a row of CSV or as an object of JSON, where
/// `next` is a list and `retry` an object.
pub const COLUMNS: &[&str] = &[
    "name",
    "kind",
    "service",
    "next",
    "compensation",
    "effect",
    "work_ms",
    "timeout_ms",
    "retry.initial_ms",
    "retry.coefficient",
    "retry.maximum_ms",
    "retry.attempts",
    "over_cents",
    "fails_percent",
];
/// The first column that holds a number or nothing.
const NUMBERS: usize = 6;
/// How many there are.
const NUMBERS_COUNT: usize = 8;
/// Places among the numbers.
pub const WORK_MS: usize = 0;
/// Until an attempt counts as failed.
pub const TIMEOUT_MS: usize = 1;
/// Before the first retry.
pub const INITIAL_MS: usize = 2;
/// Growth from retry to retry.
pub const COEFFICIENT: usize = 3;
/// No wait is longer.
pub const MAXIMUM_MS: usize = 4;
/// Attempts at most; zero: no end.
pub const ATTEMPTS: usize = 5;
/// A choice takes its first way for orders above this.
pub const OVER_CENTS: usize = 6;
/// Share of orders that the step refuses for good.
pub const FAILS_PERCENT: usize = 7;

/// In the order of [`Kind`].
const KINDS: [&str; 4] = ["task", "approval", "choice", "parallel"];
/// In the order of [`Effect`].
const EFFECTS: [&str; 4] = ["", "reserve", "pick", "charge"];

/// What a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Work at its service.
    Task,
    /// Waits for a person.
    Approval,
    /// Goes the first way for large orders, the others for the rest.
    Choice,
    /// Nothing but a fork or a join.
    Parallel,
}

/// What a task changes in the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing that is counted.
    None,
    /// Free stock becomes reserved.
    Reserve,
    /// Reserved stock leaves the house.
    Pick,
    /// Money is captured.
    Charge,
}

/// Where a step stands. Of two states of one step, the later has the greater
/// number, but for [`STUCK`], which goes back to [`UNDOING`].
pub const IDLE: u8 = 0;
/// Begun, perhaps several times.
pub const RUNNING: u8 = 1;
/// It had its effect.
pub const DONE: u8 = 2;
/// Given up without knowing whether it had its effect.
pub const DOUBT: u8 = 3;
/// Given up; it had no effect.
pub const FAILED: u8 = 4;
/// Left out.
pub const VOID: u8 = 5;
/// Its compensation has begun.
pub const UNDOING: u8 = 6;
/// Its compensation was given up; a person must act.
pub const STUCK: u8 = 7;
/// Compensated.
pub const UNDONE: u8 = 8;

/// A status for each step.
pub type Table = [u8; STEPS_MOST + 1];

/// Nothing is left of it, and nothing will come of it.
pub fn is_clear(status: u8) -> bool {
    matches!(status, FAILED | VOID | UNDONE)
}

/// Somebody works at it, or must.
pub fn is_at_hand(status: u8) -> bool {
    matches!(status, RUNNING | UNDOING | STUCK)
}

/// Tells that the order cannot be finished.
pub fn is_broken(status: u8) -> bool {
    matches!(status, DOUBT | FAILED | UNDOING | STUCK | UNDONE)
}

/// One step; sets of steps are bits.
#[derive(Clone, Debug)]
pub struct Step {
    /// In pictures and measures.
    pub name: ShortName,
    /// Its compensation; empty if there is nothing to undo.
    pub undo: ShortName,
    /// What it is.
    pub kind: Kind,
    /// Index into [`SERVICES`].
    pub service: usize,
    /// What it changes.
    pub effect: Effect,
    /// All of these come before it.
    pub before: u16,
    /// And these after.
    pub after: u16,
    /// Of these, those that a choice takes for large orders.
    pub large: u16,
    /// In a picture, from the left: as far as the longest way to it.
    pub column: u8,
    /// In a picture, from the top: 0 unless it is beside others, or an arrow
    /// passes over it.
    pub lane: u8,
    /// What the user gave, else NaN.
    numbers: [f64; NUMBERS_COUNT],
}

impl Step {
    /// A number of its own, or else this one.
    pub fn number(&self, which: usize, otherwise: f64) -> f64 {
        let own = self.numbers[which];
        if own.is_nan() { otherwise } else { own }
    }
}

/// Steps by index.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// In the user's order; orders enter at the first service.
    pub steps: Vec<Step>,
}

fn index_of(words: &[&str], word: &str) -> Option<usize> {
    words.iter().position(|it| *it == word)
}

fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
}

fn row_of(rows: &[Vec<String>], name: &str) -> Option<usize> {
    rows.iter().position(|row| row[0] == name)
}

impl Workflow {
    /// Of rows that [`check`] has nothing against.
    pub fn new(rows: &[Vec<String>]) -> Self {
        let mut workflow = Self::of(rows);
        workflow.add_entry();
        workflow.lay_out();
        workflow
    }

    fn of(rows: &[Vec<String>]) -> Self {
        let mut steps = Vec::new();
        for row in rows {
            let mut numbers = [f64::NAN; NUMBERS_COUNT];
            for (number, cell) in numbers.iter_mut().zip(&row[NUMBERS..]) {
                *number = decimal::parse(cell).unwrap_or(f64::NAN);
            }
            let (mut after, mut large) = (0, 0);
            for name in names(&row[3]) {
                after |= row_of(rows, name).map_or(0, |index| 1u16 << index);
                large = if large == 0 { after } else { large };
            }
            steps.push(Step {
                name: ShortName::from(row[0].as_str()),
                undo: ShortName::from(row[4].as_str()),
                kind: match index_of(&KINDS, &row[1]) {
                    Some(1) => Kind::Approval,
                    Some(2) => Kind::Choice,
                    Some(3) => Kind::Parallel,
                    _ => Kind::Task,
                },
                service: index_of(&SERVICES, &row[2]).unwrap_or(0),
                effect: match index_of(&EFFECTS, &row[5]) {
                    Some(1) => Effect::Reserve,
                    Some(2) => Effect::Pick,
                    Some(3) => Effect::Charge,
                    _ => Effect::None,
                },
                before: 0,
                after,
                large,
                column: 0,
                lane: 0,
                numbers,
            });
        }
        let mut workflow = Self { steps };
        workflow.look_back();
        workflow
    }

    /// Works out what comes before each step.
    fn look_back(&mut self) {
        for index in 0..self.steps.len() {
            let after = self.steps[index].after;
            for (later, step) in self.steps.iter_mut().enumerate() {
                step.before |= (after >> later & 1) << index;
            }
        }
    }

    /// Orders enter at one step of the first service; where there is no such
    /// step, one is added that does nothing else.
    fn add_entry(&mut self) {
        let (mut entries, mut elsewhere) = (0u16, false);
        for (index, step) in self.steps.iter().enumerate() {
            if step.before == 0 {
                entries |= 1 << index;
                elsewhere |= step.service != 0;
            }
        }
        if elsewhere || !entries.is_power_of_two() {
            self.steps.push(Step {
                name: ShortName::from("start"),
                undo: ShortName::default(),
                kind: Kind::Parallel,
                service: 0,
                effect: Effect::None,
                before: 0,
                after: entries,
                large: 0,
                column: 0,
                lane: 0,
                numbers: [f64::NAN; NUMBERS_COUNT],
            });
            self.look_back();
        }
    }

    /// Finds every step a place in a picture.
    fn lay_out(&mut self) {
        for _ in 0..self.steps.len() {
            for index in 0..self.steps.len() {
                let (after, column) = (self.steps[index].after, self.steps[index].column);
                for (later, step) in self.steps.iter_mut().enumerate() {
                    let floor = (column + 1) * (after >> later & 1) as u8;
                    step.column = step.column.max(floor);
                }
            }
        }
        for index in 0..self.steps.len() {
            let (here, mut lane) = (self.steps[index].column, 0);
            for (other, step) in self.steps.iter().enumerate() {
                let mut last = step.column;
                for (later, it) in self.steps.iter().enumerate() {
                    last = last.max(it.column * (step.after >> later & 1) as u8);
                }
                let passes = step.column < here && last > here;
                lane += u8::from(passes || other < index && step.column == here);
            }
            self.steps[index].lane = lane;
        }
    }

    /// What a step that stands as `table` says becomes next without anybody's
    /// answer; none if it waits. `cents` is what the order is worth, `over` the
    /// limit for choices that have none of their own.
    pub fn next(&self, table: &Table, index: usize, (cents, over): (u32, f64)) -> Option<u8> {
        let step = &self.steps[index];
        let broken = table.iter().any(|status| is_broken(*status));
        match table[index] {
            IDLE if broken => Some(VOID),
            IDLE => self.forward(table, index, (cents, over)),
            RUNNING if broken && step.kind == Kind::Approval => Some(VOID),
            DONE | DOUBT if broken && self.all(step.after, |later| is_clear(table[later])) => {
                Some(if step.undo.is_empty() {
                    UNDONE
                } else {
                    UNDOING
                })
            }
            _ => None,
        }
    }

    fn forward(&self, table: &Table, index: usize, (cents, over): (u32, f64)) -> Option<u8> {
        let before = self.steps[index].before;
        if !self.all(before, |earlier| matches!(table[earlier], DONE | VOID)) {
            return None;
        }
        let leads_here = |earlier: usize| {
            let step = &self.steps[earlier];
            let is_large = f64::from(cents) > step.number(OVER_CENTS, over);
            let chosen = step.kind != Kind::Choice || (step.large >> index & 1 == 1) == is_large;
            table[earlier] == DONE && chosen
        };
        let dead = before != 0 && self.all(before, |earlier| !leads_here(earlier));
        Some(match self.steps[index].kind {
            _ if dead => VOID,
            Kind::Task | Kind::Approval => RUNNING,
            Kind::Choice | Kind::Parallel => DONE,
        })
    }

    fn all(&self, set: u16, mut is: impl FnMut(usize) -> bool) -> bool {
        (0..self.steps.len()).all(|index| set >> index & 1 == 0 || is(index))
    }

    /// The longest way through, each step weighing `weight`; of a choice, the
    /// heaviest way counts.
    pub fn longest(&self, weight: impl Fn(&Step) -> f64) -> f64 {
        let mut finish = [0.0f64; STEPS_MOST + 1];
        let mut last = 0.0f64;
        for _ in &self.steps {
            for (index, step) in self.steps.iter().enumerate() {
                let mut begin = 0.0f64;
                for (earlier, at) in finish.iter().enumerate() {
                    if step.before >> earlier & 1 == 1 {
                        begin = begin.max(*at);
                    }
                }
                finish[index] = begin + weight(step);
                last = last.max(finish[index]);
            }
        }
        last
    }
}
