//! The result of a run for people.

use patternscope_engine::Scenario;
use patternscope_engine::patterns::Theory;
use patternscope_engine::scenario::format_link;
use patternscope_export::report::Report;
use patternscope_export::watch::Watch;
use serde_json::{Map, Value};
use std::fmt::Write;

/// A page of text.
pub fn of_run(report: &Report, scenario: &Scenario, watch: &Watch) -> String {
    let mut text = String::new();
    let (query, fragment) = format_link(scenario, None, None);
    let fragment = if fragment.is_empty() {
        fragment
    } else {
        format!("#{fragment}")
    };
    let _ = writeln!(
        text,
        "{}, seed {}, {} s",
        scenario.pattern.title, report.seed, report.until_s
    );
    let _ = writeln!(text, "link      ?{query}{fragment}");
    let _ = writeln!(
        text,
        "digest    {}  ({} occurrences)\n",
        report.digest, report.occurrences
    );
    write_flows(&mut text, report);
    write_ledger(&mut text, report);
    write_nodes(&mut text, report);
    write_theory(&mut text, report, scenario, watch);
    text.push_str("\nMeasures\n");
    write_measures(&mut text, &report.measures, "  ");
    text
}

fn write_flows(text: &mut String, report: &Report) {
    let (rates, latency) = (&report.rates, &report.latency_ms);
    let (offered, through, good) = (
        rates.offered_per_s,
        rates.throughput_per_s,
        rates.goodput_per_s,
    );
    let _ = writeln!(
        text,
        "rates     offered {offered:.2}/s, throughput {through:.2}/s, goodput {good:.2}/s"
    );
    let ms = |value: Option<f64>| value.map_or("-".to_owned(), |ms| format!("{ms:.2}"));
    let _ = writeln!(
        text,
        "latency   mean {}, p50 {}, p95 {}, p99 {}, p999 {}, max {} ms",
        ms(latency.mean),
        ms(latency.p50),
        ms(latency.p95),
        ms(latency.p99),
        ms(latency.p999),
        ms(latency.max)
    );
}

fn listed(counts: &Map<String, Value>) -> String {
    let parts: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    parts.join(", ")
}

fn write_ledger(text: &mut String, report: &Report) {
    let ledger = &report.ledger;
    let (messages, flows) = (&ledger.messages, &ledger.flows);
    let _ = writeln!(
        text,
        "\nLedger    {}",
        if ledger.balanced {
            "balanced"
        } else {
            "NOT BALANCED"
        }
    );
    let _ = writeln!(
        text,
        "  messages  sent {} + duplicated {} = delivered {} + in flight {} + lost ({})",
        messages.sent,
        messages.duplicated,
        messages.delivered,
        messages.in_flight,
        listed(&messages.lost)
    );
    let _ = writeln!(
        text,
        "  flows     started {} = succeeded {} + open {} + failed ({})",
        flows.started,
        flows.succeeded,
        flows.open,
        listed(&flows.failed)
    );
    for truth in &ledger.truth {
        let sign = if truth.holds { "=" } else { "IS NOT" };
        let _ = writeln!(
            text,
            "  {}: {} {sign} {}",
            truth.name, truth.left, truth.right
        );
    }
}

fn write_nodes(text: &mut String, report: &Report) {
    text.push_str("\nNodes              busy    queue  (max)   wait ms     served  state\n");
    for (name, node) in &report.nodes {
        let number = |key: &str| node.get(key).and_then(Value::as_f64);
        let busy =
            number("utilisation").map_or("-".to_owned(), |share| format!("{:.1}%", share * 100.0));
        let [queue, most, wait, served] = ["queue_mean", "queue_max", "wait_ms_mean", "served"]
            .map(|key| number(key).unwrap_or(0.0));
        let state = node
            .get("state")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let _ = writeln!(
            text,
            "  {name:<14} {busy:>7} {queue:>8.2} {most:>6} {wait:>9.2} {served:>10}  {state}"
        );
    }
}

fn write_theory(text: &mut String, report: &Report, scenario: &Scenario, watch: &Watch) {
    text.push_str("\nTheory\n");
    if let Theory::OutOfReach(why) = (scenario.pattern.theory)(scenario, &watch.measures) {
        let _ = writeln!(text, "  {why}");
    }
    for line in &report.theory {
        let (predicted, measured) = (line.predicted, line.measured);
        let _ = writeln!(
            text,
            "  {:<24} predicted {predicted:.4}, measured {measured:.4} {}  ({})",
            line.name, line.unit, line.assumptions
        );
    }
}

fn write_measures(text: &mut String, measures: &Map<String, Value>, indent: &str) {
    for (name, value) in measures {
        match value {
            Value::Object(parts) => {
                let _ = writeln!(text, "{indent}{name}");
                write_measures(text, parts, &format!("{indent}  "));
            }
            Value::Array(rows) => {
                let _ = writeln!(text, "{indent}{name}");
                for row in rows {
                    let _ = writeln!(text, "{indent}  {}", in_line(row));
                }
            }
            _ => {
                let _ = writeln!(text, "{indent}{name:<22} {value}");
            }
        }
    }
}

/// A part of a list: `key team, start_s 0.0, ...`.
fn in_line(value: &Value) -> String {
    let Value::Object(parts) = value else {
        return value.as_str().map_or(value.to_string(), str::to_owned);
    };
    let cells: Vec<String> = parts
        .iter()
        .map(|(name, part)| match part {
            Value::Object(_) => format!("{name} ({})", in_line(part)),
            _ => format!("{name} {}", in_line(part)),
        })
        .collect();
    cells.join(", ")
}
