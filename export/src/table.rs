//! Measures of a run over time, as CSV.

use patternscope_engine::history::begin;
use patternscope_engine::{Instant, Scenario};
use std::fmt::Write;

/// The first line.
pub const HEADER: &str =
    "start_s,width_s,offered,done,failed,lost,retried,waiting_most,p50_ms,p99_ms,busy_mean";

/// A line for each stretch of time between two instants of a run.
pub fn csv(scenario: &Scenario, from: Instant, to: Instant) -> String {
    let (mut simulation, mut instruments) = begin(scenario, Instant::START);
    simulation.run_until(to, Some(&mut instruments));
    let mut series = instruments.series;
    series.settle(to);
    let width_s = series.width().as_secs();
    let mut text = format!("{HEADER}\n");
    for (index, bucket) in series.buckets().iter().enumerate() {
        let start_s = index as f64 * width_s;
        if start_s + width_s <= from.as_secs() || start_s >= to.as_secs() {
            continue;
        }
        let _ = writeln!(
            text,
            "{start_s:.1},{width_s:.1},{},{},{},{},{},{},{:.3},{:.3},{:.3}",
            bucket.offered,
            bucket.done,
            bucket.failed,
            bucket.lost,
            bucket.retried,
            bucket.waiting,
            bucket.p50_ms,
            bucket.p99_ms,
            bucket.busy
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use patternscope_engine::patterns::CATALOG;

    #[test]
    fn a_line_has_a_value_for_each_column() {
        for pattern in CATALOG {
            let scenario = Scenario::new(pattern);
            let text = csv(&scenario, Instant::from_secs(2.0), Instant::from_secs(5.0));
            let columns = HEADER.split(',').count();
            assert!(text.lines().all(|line| line.split(',').count() == columns));
            assert_eq!(text.lines().count(), 31, "{}", pattern.slug);
        }
    }
}
