//! Identities that must hold at every instant, and the pattern's own measures.

use super::model::Etl;
use super::record::{OUTCOMES, Row};
use super::run::{
    CHANGES, COUNTS, DEDUPLICATED, LOADED, OVERTAKEN, REJECTED_LAST, RUNS_KEPT, Run, STAGED,
    STAGED_ONCE,
};
use super::table::{CLOSED, QUARANTINE, UNCHANGED};
use crate::kernel::{Duration, Instant, Measured, Truth};

/// Rows are told one by one where the user brought at most so many.
const TOLD_MOST: usize = 200;

type Part = (String, Measured);

fn counts(names: &[&str], counts: &[u64], parts: &mut Vec<Part>) {
    for (name, count) in names.iter().zip(counts) {
        parts.push(((*name).to_owned(), Measured::Count(*count)));
    }
}

fn times(names: &[&str], times: &[Option<Instant>], parts: &mut Vec<Part>) {
    for (name, at) in names.iter().zip(times) {
        let at = at.map_or(Measured::Nothing, |at| Measured::Number(at.as_secs()));
        parts.push(((*name).to_owned(), at));
    }
}

fn of_run(run: &Run) -> Measured {
    let (mut parts, mut reasons) = (Vec::new(), Vec::new());
    counts(&["number"], &[u64::from(run.number)], &mut parts);
    let names = ["started_s", "ended_s", "mark_s"];
    times(
        &names,
        &[Some(run.started), run.ended, run.mark],
        &mut parts,
    );
    let [loaded, rejected @ .., _, deduplicated, extracted] = &run.rows;
    let names = ["extracted", "loaded", "deduplicated"];
    counts(&names, &[*extracted, *loaded, *deduplicated], &mut parts);
    counts(&OUTCOMES[1..], rejected, &mut reasons);
    parts.push(("rejected".to_owned(), Measured::Table(reasons)));
    Measured::Table(parts)
}

impl Etl {
    /// Rows never staged, and of these, those that no run will read.
    fn fresh(&self) -> (u64, u64) {
        let (mut fresh, mut missed) = (0, 0);
        for source in &self.sources {
            let (one, other) = source.fresh(&self.shared);
            (fresh, missed) = (fresh + one, missed + other);
        }
        (fresh, missed)
    }

    /// Rows in quarantine, those it only counts included.
    pub(super) fn rejected(&self) -> u64 {
        self.shared.rows[1..=usize::from(REJECTED_LAST)]
            .iter()
            .sum()
    }

    /// See `Model::truths`.
    pub(super) fn all_truths(&self) -> Vec<Truth> {
        let (rows, counts) = (&self.shared.rows, &self.shared.counts);
        let settled = rows[usize::from(LOADED)] + rows[usize::from(DEDUPLICATED)];
        let settled = settled + self.rejected() + self.shared.open().0;
        let staged = counts[STAGED_ONCE] + counts[OVERTAKEN] + self.fresh().0;
        let [brought, added, content] = self.shared.store.identities(&self.shared.data);
        let sides = [
            (rows[usize::from(STAGED)], settled),
            (counts[CHANGES], staged),
            brought,
            added,
            content,
        ];
        const NAMES: [&str; 5] = [
            "rows extracted = loaded + rejected + deduplicated + in stage",
            "changes at the sources = staged + overtaken + not staged yet",
            "rows brought to the warehouse = added + overwritten + unchanged",
            "rows added = rows in the tables + truncated",
            "warehouse = what the sources say of the versions loaded",
        ];
        let mut truths = Vec::new();
        for (name, (left, right)) in NAMES.into_iter().zip(sides) {
            let (left, right) = (left as i64, right as i64);
            truths.push(Truth { name, left, right });
        }
        truths
    }

    /// The age of what the warehouse says: since the mark.
    pub(super) fn freshness(&self, now: Instant) -> Duration {
        now.since(self.shared.mark.unwrap_or(Instant::START))
    }

    /// See `Model::measures`.
    pub(super) fn all_measures(&self) -> Vec<(&'static str, Measured)> {
        let store = &self.shared.store;
        let table = &store.tables[store.live];
        let mut runs = Vec::new();
        let last = self.shared.run.number;
        for number in 1 + last.saturating_sub(RUNS_KEPT as u32)..=last {
            let run = match number == last {
                true => &self.shared.run,
                false => &self.shared.runs[number as usize % RUNS_KEPT],
            };
            runs.push(of_run(run));
        }
        let freshness = Measured::Number(self.freshness(self.now).as_secs());
        let mut measures = vec![("runs", Measured::List(runs)), ("freshness_s", freshness)];
        let mut add = |name, count| measures.push((name, Measured::Count(count)));
        add("warehouse_rows", table.rows());
        add("quarantine_rows", self.rejected());
        add("missed_late", self.fresh().1);
        add("duplicates", table.duplicates);
        add("closed_versions", table.closed);
        add("unchanged", store.counts[UNCHANGED]);
        for (index, count) in self.shared.counts.iter().enumerate() {
            add(COUNTS[index], *count);
        }
        if (1..=TOLD_MOST).contains(&self.shared.data.given.len()) {
            let (mut rows, mut rejected) = (Vec::new(), Vec::new());
            for row in &store.lists[CLOSED] {
                rows.push(self.told(row));
            }
            for cell in &table.cells {
                for _ in 0..cell.copies {
                    rows.push(self.told(&cell.row));
                }
            }
            for row in &store.lists[QUARANTINE] {
                rejected.push(self.told(row));
            }
            measures.push(("warehouse", Measured::List(rows)));
            measures.push(("quarantine", Measured::List(rejected)));
        }
        measures
    }

    /// A row of the user's own, column by column, and what became of it: why it
    /// was rejected, or since when and until when it is valid, and since when
    /// the customer that it was joined with.
    fn told(&self, row: &Row) -> Measured {
        let mut parts = Vec::new();
        self.shared.data.cells(row, &mut parts);
        if row.defect > 0 {
            let reason = Measured::Text(OUTCOMES[usize::from(row.defect)]);
            parts.push(("reason".to_owned(), reason));
            return Measured::Table(parts);
        }
        let joined = self
            .shared
            .data
            .given
            .get(row.joined.wrapping_sub(1) as usize);
        let until = Some(row.until).filter(|until| *until > Instant::START);
        times(
            &["from_s", "to_s", "customer_from_s"],
            &[Some(row.updated), until, joined.map(|it| it.updated)],
            &mut parts,
        );
        Measured::Table(parts)
    }
}
