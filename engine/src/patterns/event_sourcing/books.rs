//! The books: identities that hold at every instant, and what was counted.

use super::state::*;
use crate::kernel::{Measured, Truth};

/// What projections are called.
pub const NAMES: [&str; 3] = ["balances", "history", "search"];

/// The log read once from its beginning.
struct Reading {
    versions: Vec<u32>,
    balances: Vec<i64>,
    /// Events whose version follows the one before in their stream.
    gapless: i64,
    /// By projection and its shadow: the fold of the log up to there.
    folds: [[i64; 2]; 3],
    /// Balances at the versions of snapshots.
    snapshots: i64,
}

impl EventSourcing {
    fn read_all(&self) -> Reading {
        let accounts = match self.own.accounts() {
            0 => self.parameters.accounts as usize,
            own => own,
        };
        let streams = self.snapshots.len().max(accounts);
        let mut reading = Reading {
            versions: vec![0; streams],
            balances: vec![0; streams],
            gapless: 0,
            folds: [[0; 2]; 3],
            snapshots: 0,
        };
        for offset in 0..self.log.len() {
            let Some(entry) = self.log.get(offset) else {
                break;
            };
            let stream = entry.stream as usize;
            if reading.versions.len() <= stream {
                reading.versions.resize(stream + 1, 0);
                reading.balances.resize(stream + 1, 0);
            }
            reading.gapless += i64::from(entry.version == reading.versions[stream] + 1);
            reading.versions[stream] = entry.version;
            reading.balances[stream] += cents_of(entry);
            let snapshot = self.snapshots.get(stream);
            if snapshot.is_some_and(|it| it.0 == entry.version) {
                let weight = weigh(entry.stream, reading.balances[stream]);
                reading.snapshots = reading.snapshots.wrapping_add(weight);
            }
            for (index, projection) in self.projections.iter().enumerate() {
                let share = weigh(entry.stream, share_of(index, entry));
                let shadow = projection.shadow.as_ref().map_or(0, |it| it.next);
                for (fold, next) in [projection.live.next, shadow].into_iter().enumerate() {
                    if offset < next {
                        let fold = &mut reading.folds[index][fold];
                        *fold = fold.wrapping_add(share);
                    }
                }
            }
        }
        reading
    }

    /// See `Model::truths`.
    pub fn identities(&self) -> Vec<Truth> {
        let reading = self.read_all();
        let (mut states, mut folds) = (0i64, 0i64);
        for (it, [live, shadow]) in self.projections.iter().zip(reading.folds) {
            states = states.wrapping_add(it.live.weight());
            folds = folds.wrapping_add(live.wrapping_sub(it.live.left_out));
            if let Some(fold) = &it.shadow {
                states = states.wrapping_add(fold.weight());
                folds = folds.wrapping_add(shadow.wrapping_sub(fold.left_out));
            }
        }
        let mut snapshots = 0i64;
        for (account, (_, balance)) in self.snapshots.iter().enumerate() {
            snapshots = snapshots.wrapping_add(weigh(account as u32, *balance));
        }
        let tally = &self.tally;
        let negative = reading.balances.iter().filter(|it| **it < 0).count();
        let ended: u64 = tally.ended.iter().sum();
        let rows = [
            (
                "projections = fold of the log up to their checkpoints, less what a bug left out",
                states,
                folds,
            ),
            (
                "versions of each account follow one another: events = gapless events",
                self.log.len() as i64,
                reading.gapless,
            ),
            (
                "sum of balances = deposits - withdrawals + corrections",
                reading.balances.iter().sum(),
                tally.deposits - tally.withdrawals + tally.corrected,
            ),
            (
                "snapshots = fold of their accounts up to their versions",
                snapshots,
                reading.snapshots,
            ),
            ("accounts below zero = 0", negative as i64, 0),
            (
                "commands and reads = ended + open",
                self.flows.next_key() as i64,
                (ended + self.open) as i64,
            ),
        ];
        let mut truths = Vec::new();
        for (name, left, right) in rows {
            truths.push(Truth { name, left, right });
        }
        truths
    }

    /// See `Model::measures`.
    pub fn tables(&self) -> Vec<(&'static str, Measured)> {
        let count = |number| Measured::Count(number);
        let tally = &self.tally;
        let balances = self.read_all().balances;
        let mut accounts = Vec::new();
        for (account, cents) in balances.into_iter().enumerate() {
            let mut name = String::new();
            self.own.write_name(account as u32, &mut name);
            accounts.push((name, count(cents.unsigned_abs())));
        }
        let mut projections = Vec::new();
        for (index, it) in self.projections.iter().enumerate() {
            let mut row = Vec::new();
            for (name, number) in [
                ("checkpoint", it.live.next),
                ("lag", self.lag(index)),
                ("applied", it.applied),
                ("duplicates_ignored", it.duplicates),
                ("rebuilds", it.rebuilds),
            ] {
                row.push((name.to_owned(), count(number)));
            }
            projections.push((NAMES[index].to_owned(), Measured::Table(row)));
        }
        let mean = match tally.loads {
            0 => 0.0,
            loads => tally.replayed as f64 / loads as f64,
        };
        let cost = Measured::Table(vec![
            ("mean_events".to_owned(), Measured::Number(mean)),
            ("max_events".to_owned(), count(tally.replayed_most)),
        ]);
        let mut measures = vec![
            ("log_length", count(self.log.len())),
            ("conflicts", count(tally.conflicts)),
            ("balances", Measured::Table(accounts)),
            ("projections", Measured::Table(projections)),
            ("load_cost", cost),
            ("snapshots", count(tally.snapshots)),
        ];
        for (name, number) in [
            ("loads", tally.loads),
            ("deduplicated", tally.deduplicated),
            ("upcast", tally.upcast),
            ("corrections", tally.corrections),
            ("reads", tally.reads),
            ("stale_reads", tally.stale),
        ] {
            measures.push((name, count(number)));
        }
        measures
    }
}
