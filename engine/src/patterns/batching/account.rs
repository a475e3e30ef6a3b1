//! Identities that must hold at every instant, and the pattern's own measures.

use super::batch::REASONS;
use super::books::OUTCOMES;
use super::model::Batching;
use crate::kernel::{Measured, Truth};

fn table(names: &[&str], counts: &[u64]) -> Measured {
    let rows = names.iter().zip(counts);
    let rows = rows.map(|(name, count)| ((*name).to_owned(), Measured::Count(*count)));
    Measured::Table(rows.collect())
}

/// Nanoseconds a piece, in milliseconds.
fn mean_ms(sum: u128, count: u64) -> f64 {
    sum as f64 / 1e6 / count.max(1) as f64
}

impl Batching {
    /// See `Model::truths`.
    pub(super) fn all_truths(&self) -> Vec<Truth> {
        let (accumulator, tally) = (&self.accumulator, &self.shared.books.tally);
        let (open, failed) = (accumulator.filling(), tally.failed.iter().sum::<u64>());
        debug_assert_eq!(
            accumulator.held as u64,
            open + accumulator.batches.unended()
        );
        let settled = accumulator.batches.unsettled() + tally.stored + failed;
        let mut truths = vec![
            Truth {
                name: "accepted = in open batches + in flight + stored + failed",
                left: tally.accepted as i64,
                right: (open + settled) as i64,
            },
            Truth {
                name: "sizes of closed batches = items accepted - in open batches - gone from them",
                left: tally.closed as i64,
                right: tally.accepted as i64 - (open + tally.left_open) as i64,
            },
            Truth {
                name: "items brought to the store = written + written again + suppressed",
                left: tally.brought as i64,
                right: (tally.rows + tally.duplicates + tally.suppressed) as i64,
            },
        ];
        let benches = [
            (
                Some(&self.processor),
                "batches at the processor = done + failed + refused + lost in crash + held",
            ),
            (
                self.individual.as_ref(),
                "items one by one = done + failed + refused + lost in crash + held",
            ),
        ];
        for (bench, name) in benches {
            let Some(bench) = bench else {
                continue;
            };
            let passage = &bench.passage;
            let gone = passage.done + passage.failed + passage.refused + passage.crashed;
            let (left, right) = (passage.arrived as i64, (gone + bench.holds()) as i64);
            truths.push(Truth { name, left, right });
        }
        truths
    }

    /// See `Model::measures`.
    pub(super) fn all_measures(&self) -> Vec<(&'static str, Measured)> {
        let tally = &self.shared.books.tally;
        let batches: u64 = tally.reasons.iter().sum();
        let seconds = self.now.as_secs().max(1e-9);
        let size = tally.closed as f64 / batches.max(1) as f64;
        let fill_wait = mean_ms(tally.fill_wait, tally.closed);
        let beside = [
            ("stored", Measured::Count(tally.beside_done)),
            (
                "throughput_per_s",
                Measured::Number(tally.beside_done as f64 / seconds),
            ),
            (
                "latency_ms",
                Measured::Number(mean_ms(tally.beside_latency, tally.beside_done)),
            ),
        ];
        let beside = beside.map(|(name, value)| (name.to_owned(), value));
        let limit = self.accumulator.limit.items(&self.shared.parameters) as u64;
        let mut measures = vec![
            ("mean_size", Measured::Number(size)),
            ("fill_wait_ms", Measured::Number(fill_wait)),
            ("flush_reasons", table(&REASONS, &tally.reasons)),
            ("failed", table(&OUTCOMES[1..], &tally.ended[1..])),
            ("individual", Measured::Table(beside.into())),
        ];
        let counts = [
            ("batches", batches),
            ("accepted", tally.accepted),
            ("stored", tally.stored),
            ("retries", tally.retries),
            ("timeouts", tally.timeouts),
            ("splits", tally.splits),
            ("recovered", tally.recovered),
            ("duplicates", tally.duplicates),
            ("deduplicated", tally.suppressed),
            ("size_limit", limit),
        ];
        for (name, count) in counts {
            measures.push((name, Measured::Count(count)));
        }
        measures
    }
}
