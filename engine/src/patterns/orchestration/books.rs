//! The books: identities that hold at every instant, and what was counted.

use super::recover::replay;
use super::state::{COMPLETED, FAILED_STEP, Flow, Orchestration};
use crate::kernel::{Measured, Truth};
use crate::parts::workflow::{DONE, Effect, STUCK};

fn counts(rows: &[(&str, i64)]) -> Measured {
    let mut table = Vec::new();
    for (name, count) in rows {
        // Without idempotency more can be picked than was reserved.
        let measured = match u64::try_from(*count) {
            Ok(count) => Measured::Count(count),
            Err(_) => Measured::Number(*count as f64),
        };
        table.push(((*name).to_owned(), measured));
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
        for (_, flow) in self.flows.iter().filter(|(_, flow)| flow.accepted) {
            for (site, table) in flow.tables.iter().enumerate() {
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
        let stuck = self.stuck();
        let mut steps = Vec::new();
        for (step, it) in self.workflow.steps.iter().enumerate() {
            let of = &tally.steps[step];
            let row = counts(&[
                ("runs", of.runs as i64),
                ("retries", of.retries as i64),
                ("failures", of.failures as i64),
                ("compensations", of.compensations as i64),
            ]);
            steps.push(((*it.name).to_owned(), row));
        }
        let mut undone = Vec::new();
        for (place, step) in tally.undone.iter().enumerate() {
            let it = &self.workflow.steps[usize::from(*step)];
            undone.push(((*it.undo).to_owned(), Measured::Count(place as u64 + 1)));
        }
        let flows = counts(&[
            ("completed", tally.ended[0] as i64),
            ("compensated", tally.ended[1..=3].iter().sum::<u64>() as i64),
            ("running", (self.open - stuck) as i64),
            ("stuck", stuck as i64),
        ]);
        let stock = counts(&[
            ("free", tally.free),
            ("reserved", tally.reserved),
            ("picked", tally.picked),
        ]);
        let money = counts(&[
            ("captured", tally.captured),
            ("refunded", tally.refunded),
            ("completed_orders", tally.sold),
        ]);
        let tables = [
            ("flows", flows),
            ("steps", Measured::Table(steps)),
            ("order_of_compensation", Measured::Table(undone)),
            ("stock", stock),
            ("money_cents", money),
        ];
        let single = [
            ("resumed", tally.resumed),
            ("history_events", tally.history),
            ("timeouts", tally.timeouts),
            ("deduplicated", tally.deduplicated),
            ("done_twice", tally.twice),
        ];
        let single = single.map(|(name, count)| (name, Measured::Count(count)));
        tables.into_iter().chain(single).collect()
    }
}
