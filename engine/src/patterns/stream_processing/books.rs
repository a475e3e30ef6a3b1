//! Identities that hold at every instant, and the pattern's own measures.

use super::state::*;
use crate::kernel::{Measured, Truth};
use crate::parts::windows::Timing;

/// Names of `Timing`, in its order.
pub const TIMINGS: [&str; 3] = ["early", "on time", "late"];

fn seconds(milliseconds: i64) -> Measured {
    Measured::Number(milliseconds as f64 / 1e3)
}

fn table(rows: Vec<(&str, Measured)>) -> Measured {
    let owned = |(name, value): (&str, Measured)| (name.to_owned(), value);
    Measured::Table(rows.into_iter().map(owned).collect())
}

impl Streaming {
    /// A key by the name that the user gave it, or by its number.
    fn key(&self, key: u32) -> Measured {
        match self.names.get(key as usize) {
            Some(name) => Measured::Words(name.clone()),
            None => Measured::Count(u64::from(key)),
        }
    }

    /// See `Model::truths`.
    pub fn all_truths(&self) -> Vec<Truth> {
        let tally = &self.tally;
        let windows = || self.operators.iter().map(|it| &it.windows);
        let told: i64 = windows().map(|it| it.told).sum();
        let fresh: i64 = windows().map(|it| it.fresh()).sum();
        let sink = &self.sink;
        let here = sink.pending.len() as u64 + u64::from(sink.current.is_some());
        let gone = tally.applied + tally.known + tally.rolled_back;
        let mut truths = vec![
            Truth {
                name: "values taken into windows = told by panes + not told yet",
                left: windows().map(|it| it.taken).sum(),
                right: told + fresh,
            },
            Truth {
                name: "elements handled = counted or filtered + late + bad + failed + without room",
                left: tally.processed as i64,
                right: tally.handled.iter().sum::<u64>() as i64,
            },
            Truth {
                name: "panes at the sink = applied + known + rolled back + held",
                left: tally.panes as i64,
                right: (gone + here) as i64,
            },
            Truth {
                name: "sum over windows = changes by panes",
                left: self.total(),
                right: sink.changed,
            },
        ];
        if self.sound {
            truths.push(Truth {
                name: "sum over windows + panes on the way = told by the operators' state",
                left: self.total() + self.on_the_way(),
                right: told,
            });
        }
        truths
    }

    /// See `Model::measures`.
    pub fn all_measures(&self) -> Vec<(&'static str, Measured)> {
        let tally = &self.tally;
        let (mut rows, fired) = (Vec::new(), tally.fired.iter().sum::<u64>());
        let mut number = fired - self.fired.len() as u64;
        for (now, pane) in self.fired.iter() {
            number += 1;
            rows.push(table(vec![
                ("number", Measured::Count(number)),
                ("key", self.key(pane.key)),
                ("start_s", seconds(pane.start_ms)),
                ("end_s", seconds(pane.end_ms)),
                ("emitted_at_s", Measured::Number(now.as_secs())),
                ("pane", Measured::Count(u64::from(pane.index))),
                ("timing", Measured::Text(TIMINGS[pane.timing as usize])),
                ("value", Measured::Number(pane.value as f64)),
                (
                    "retracted",
                    Measured::Number(pane.retracts.unwrap_or(0) as f64),
                ),
            ]));
        }
        let least = self
            .operators
            .iter()
            .map(|it| it.windows.watermark_ms)
            .min();
        let watermark = least.filter(|it| *it > i64::MIN).unwrap_or(0);
        let panes = TIMINGS.iter().zip(tally.fired);
        let panes = panes.map(|(name, count)| (*name, Measured::Count(count)));
        let mut measures = vec![
            ("windows", Measured::List(rows)),
            ("watermark_s", seconds(watermark)),
            ("panes", table(panes.collect())),
            ("total", Measured::Number(self.total() as f64)),
        ];
        let counts = [
            ("late_dropped", tally.ended[usize::from(LATE)]),
            ("filtered", tally.filtered),
            ("late_panes", tally.fired[Timing::Late as usize]),
            ("checkpoints", tally.checkpoints),
            ("restored", tally.restored),
            ("replayed", tally.replayed),
            ("duplicates", tally.duplicates),
            ("known", tally.known),
            ("write_retries", tally.write_retries),
        ];
        for (name, count) in counts {
            measures.push((name, Measured::Count(count)));
        }
        measures
    }
}
