//! What was measured and what happened between two instants of a run, for
//! other programs.

use crate::facts::Names;
use crate::film::Shot;
use crate::report::Report;
use crate::trace::Trace;
use crate::watch::{Watch, drive};
use patternscope_engine::Instant;
use patternscope_engine::history::begin;
use patternscope_engine::kernel::{Fact, Observer};
use patternscope_engine::scenario::format_link;
use std::fmt::Write;

/// The first line of the table.
pub const HEADER: &str =
    "start_s,width_s,offered,done,failed,lost,retried,waiting_most,p50_ms,p99_ms,busy_mean";

/// Measures over time as CSV: a line for each stretch of time.
pub fn csv(shot: &Shot) -> String {
    let (from, to) = (shot.from, shot.to);
    let (mut simulation, mut instruments) = begin(&shot.scenario, Instant::START);
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
        // Where nothing ended, nothing took any time.
        let latency = |ms: f32| match bucket.done {
            0 => String::new(),
            _ => format!("{ms:.3}"),
        };
        let _ = writeln!(
            text,
            "{start_s:.1},{width_s:.1},{},{},{},{},{},{},{},{},{:.3}",
            bucket.offered,
            bucket.done,
            bucket.failed,
            bucket.lost,
            bucket.retried,
            bucket.waiting,
            latency(bucket.p50_ms),
            latency(bucket.p99_ms),
            bucket.busy
        );
    }
    text
}

/// Measures from `from` on as one JSON object, as `run --json` prints it.
pub fn json(shot: &Shot) -> String {
    let mut watch = Watch::new(&shot.scenario.topology(), shot.from);
    let simulation = drive(&shot.scenario, shot.to, &mut watch, |_| {});
    let report = Report::new(&shot.scenario, shot.from, &simulation, &watch);
    format!("{:#}\n", report.to_json())
}

/// Passes on what happens from an instant on.
struct Since<'o> {
    from: Instant,
    to: &'o mut dyn Observer,
}

impl Observer for Since<'_> {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        if at >= self.from {
            self.to.observe(at, fact);
        }
    }
}

/// Facts as Chrome trace-event JSON.
///
/// # Errors
/// There is not enough memory.
pub fn trace(shot: &Shot) -> Result<String, String> {
    let mut trace = Trace::new(Vec::new(), Names::new(&shot.scenario));
    let mut since = Since {
        from: shot.from,
        to: &mut trace,
    };
    let mut watch = Watch::new(&shot.scenario.topology(), Instant::START);
    watch.other = Some(&mut since);
    drive(&shot.scenario, shot.to, &mut watch, |_| {});
    let ended = trace.finish(shot.to).map_err(|error| error.to_string())?;
    String::from_utf8(ended).map_err(|error| error.to_string())
}

/// The link of a shot's first instant, from its `?` on.
pub fn link(shot: &Shot) -> String {
    let (query, fragment) = format_link(&shot.scenario, Some(shot.from), Some(shot.speed));
    match fragment.is_empty() {
        true => format!("?{query}"),
        false => format!("?{query}#{fragment}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::Order;
    use patternscope_engine::Scenario;
    use patternscope_engine::patterns::CATALOG;
    use serde_json::Value;

    fn shots() -> impl Iterator<Item = Shot> {
        let order = Order {
            from: Some(Instant::from_secs(2.0)),
            to: Some(Instant::from_secs(5.0)),
            ..Order::default()
        };
        CATALOG.iter().map(move |pattern| {
            let shot = order.shot(Scenario::new(pattern), None, None);
            shot.expect("nothing is wrong")
        })
    }

    #[test]
    fn a_line_has_a_value_for_each_column() {
        for shot in shots() {
            let text = csv(&shot);
            let columns = HEADER.split(',').count();
            assert!(text.lines().all(|line| line.split(',').count() == columns));
            assert_eq!(text.lines().count(), 31, "{}", shot.title());
        }
    }

    #[test]
    fn a_trace_has_what_viewers_ask_for() {
        for shot in shots() {
            let text = trace(&shot).expect("it fits");
            let trace: Value = serde_json::from_str(&text).expect("it is JSON");
            let events = trace["traceEvents"].as_array().expect("a list");
            let from_us = shot.from.as_secs() * 1e6;
            for event in events {
                let phase = event["ph"].as_str().expect("a phase");
                assert!(
                    event["pid"].is_u64() && event["name"].is_string(),
                    "{event}"
                );
                match phase {
                    "M" => assert!(event["args"]["name"].is_string()),
                    "X" => assert!(event["dur"].as_f64() >= Some(0.0)),
                    _ => assert!(event["ts"].as_f64() >= Some(from_us), "{event}"),
                }
            }
            assert!(events.len() > 10, "{}", shot.title());
        }
    }

    #[test]
    fn measures_are_those_of_the_stretch() {
        for shot in shots() {
            let report: Value = serde_json::from_str(&json(&shot)).expect("it is JSON");
            assert_eq!(report["until_s"], 5.0);
            assert_eq!(report["warmup_s"], 2.0);
            assert_eq!(report["ledger"]["balanced"], true);
        }
    }
}
