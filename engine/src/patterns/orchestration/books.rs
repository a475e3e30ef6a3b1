//! The books: identities that hold at every instant, and what was counted.

use super::recover::replay;
use super::state::{COMPLETED, FAILED_STEP, Flow, Orchestration};
use crate::kernel::{Measured, Truth};
use crate::parts::workflow::{DONE, Effect, SERVICES, STUCK};

/// What is counted once for the whole run: tables with their rows, and single
/// counts, in the order of the values that `tables` puts in.
const NAMES: &[(&str, &[&str])] = &[
    ("flows", &["completed", "compensated", "running", "stuck"]),
    ("stock", &["free", "reserved", "picked"]),
    ("money_cents", &["captured", "refunded", "completed_orders"]),
    ("resumed", &[]),
    ("history_events", &[]),
    ("timeouts", &[]),
    ("deduplicated", &[]),
    ("done_twice", &[]),
];

/// What is counted of each step.
const OF_STEPS: &[&str] = &["runs", "retries", "failures", "compensations"];

fn measured(count: i64) -> Measured {
    // Without idempotency more can be picked than was reserved.
    match u64::try_from(count) {
        Ok(count) => Measured::Count(count),
        Err(_) => Measured::Number(count as f64),
    }
}

fn table(names: &[&str], values: &[i64]) -> Measured {
    let mut table = Vec::new();
    for (name, value) in names.iter().zip(values) {
        table.push(((*name).to_owned(), measured(*value)));
    }
    Measured::Table(table)
}

impl Orchestration {
    /// By the services' records: cents captured for an order beyond what it
    /// was sold for, and items reserved for it.
    pub fn kept(&self, flow: &Flow) -> (i64, i64) {
        let (mut charges, mut items) = (0, 0);
        for (step, it) in self.workflow.steps.iter().enumerate() {
            let held = i64::from(flow.held[step]);
            match it.effect {
                Effect::None => {}
                Effect::Reserve => items += held,
                Effect::Pick => items -= held,
                Effect::Charge => {
                    let sold = flow.ended == Some(COMPLETED) && flow.state[step] == DONE;
                    charges += held - i64::from(sold);
                }
            }
        }
        (charges * i64::from(flow.cents), items * flow.items)
    }

    /// Steps that sites know of, and those that their histories say the same of.
    fn remembered(&self) -> (i64, i64) {
        let (mut known, mut agreed) = (0, 0);
        let sites = if self.central { 1 } else { SERVICES.len() };
        for (_, flow) in self.flows.iter().filter(|(_, flow)| flow.accepted) {
            for (site, table) in flow.tables.iter().enumerate().take(sites) {
                if self.awake[site] {
                    let history = replay(&flow.history, site);
                    for (mine, written) in table.iter().zip(history) {
                        known += 1;
                        agreed += i64::from(*mine == written);
                    }
                }
            }
        }
        (known, agreed)
    }

    /// See `Model::truths`.
    pub fn identities(&self) -> Vec<Truth> {
        let tally = &self.tally;
        let ended = &tally.ended;
        let (mut cents, mut items) = (tally.left_cents, tally.left_items);
        for (_, flow) in self.flows.iter() {
            let (charged, reserved) = self.kept(flow);
            cents += charged;
            items += reserved;
        }
        let through: u64 = ended[..=usize::from(FAILED_STEP)].iter().sum();
        let (known, agreed) = self.remembered();
        let all = ended.iter().sum::<u64>() + self.open;
        let rows = [
            (
                "orders finished = every effect once + no effect left + twice for want of idempotency",
                through as i64,
                (tally.whole + tally.clean + tally.twice) as i64,
            ),
            (
                "captured - refunded = completed orders + orders under way + charged twice",
                tally.captured - tally.refunded,
                tally.sold + cents,
            ),
            ("stock reserved = for orders", tally.reserved, items),
            (
                "stock free + reserved + picked = bought",
                tally.free + tally.reserved + tally.picked,
                tally.bought,
            ),
            (
                "what sites know = what their histories replay to",
                known,
                agreed,
            ),
            (
                "orders = ended + open",
                self.flows.next_key() as i64,
                all as i64,
            ),
        ];
        let mut truths = Vec::new();
        for (name, left, right) in rows {
            truths.push(Truth { name, left, right });
        }
        truths
    }

    /// Orders with a compensation that waits for a person.
    pub fn stuck(&self) -> u64 {
        let stuck = |flow: &Flow| flow.ended.is_none() && flow.state.contains(&STUCK);
        self.flows.iter().filter(|(_, flow)| stuck(flow)).count() as u64
    }

    /// See `Model::measures`.
    pub fn tables(&self) -> Vec<(&'static str, Measured)> {
        let tally = &self.tally;
        let stuck = self.stuck() as i64;
        let values = [
            tally.ended[0] as i64,
            tally.ended[1..=3].iter().sum::<u64>() as i64,
            self.open as i64 - stuck,
            stuck,
            tally.free,
            tally.reserved,
            tally.picked,
            tally.captured,
            tally.refunded,
            tally.sold,
            tally.resumed as i64,
            tally.history as i64,
            tally.timeouts as i64,
            tally.deduplicated as i64,
            tally.twice as i64,
        ];
        let (mut all, mut steps, mut undone) = (Vec::new(), Vec::new(), Vec::new());
        let mut rest = &values[..];
        for (name, rows) in NAMES {
            let (mine, others) = rest.split_at(rows.len().max(1));
            rest = others;
            all.push((
                *name,
                match rows {
                    [] => measured(mine[0]),
                    _ => table(rows, mine),
                },
            ));
        }
        for (it, of) in self.workflow.steps.iter().zip(&tally.steps) {
            let values = [of.runs, of.retries, of.failures, of.compensations];
            steps.push(((*it.name).to_owned(), table(OF_STEPS, &values)));
        }
        for (place, step) in tally.undone.iter().enumerate() {
            let it = &self.workflow.steps[usize::from(*step)];
            undone.push(((*it.undo).to_owned(), Measured::Count(place as u64 + 1)));
        }
        all.push(("steps", Measured::Table(steps)));
        all.push(("order_of_compensation", Measured::Table(undone)));
        all
    }
}
