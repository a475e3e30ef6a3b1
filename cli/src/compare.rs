//! `compare`: the same workload through several patterns or settings, side by
//! side. Each run is what `run` would make of it.

use crate::Failure;
use crate::progress::Progress;
use crate::request::{Options, Request};
use clap::Args;
use patternscope_engine::scenario::WORKLOAD;
use patternscope_export::report::Report;
use patternscope_export::watch::{Watch, drive};
use serde_json::{Value, json};
use std::fmt::Write;

/// Arguments of `compare`.
#[derive(Args)]
pub struct Arguments {
    /// Patterns or links. Options are of the first run; its seed, duration,
    /// warm-up, workload and own input are those of all. Arrivals are the same
    /// to the nanosecond where as many nodes send.
    #[arg(value_name = "PATTERN|LINK", num_args = 2..=9, required = true)]
    targets: Vec<String>,
    /// Of the first run.
    #[command(flatten)]
    options: Options,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// The text for standard output.
pub fn compare(arguments: &Arguments) -> Result<String, Failure> {
    let options = &arguments.options;
    let first = Request::new(&arguments.targets[0], options)?;
    let scenario = first.scenario(&[]).map_err(Failure::Input)?;
    let settings = &scenario.settings;
    let known = |key: &&&str| settings.index(key).is_some();
    let text = |key: &&str| {
        let index = settings.index(key).unwrap_or_default();
        settings.knobs()[index].format(settings.value(index))
    };
    let workload: Vec<(String, String)> = (WORKLOAD.iter().filter(known))
        .map(|key| ((*key).to_owned(), text(key)))
        .collect();
    let others = Options {
        seed: Some(first.seed()),
        until: Some(patternscope_engine::Duration(first.until.0)),
        warmup: options.warmup,
        ..Options::default()
    };
    let mut reports = vec![report_of(&first, &[])?];
    for target in &arguments.targets[1..] {
        let mut request = Request::new(target, &others)?;
        request.share_input(&first)?;
        let defaults = patternscope_engine::kernel::Settings::new(request.pattern().knobs);
        let has = |(key, _): &&(String, String)| defaults.index(key).is_some();
        let shared: Vec<_> = workload.iter().filter(has).cloned().collect();
        reports.push(report_of(&request, &shared)?);
    }
    if !arguments.json {
        return Ok(table(&reports));
    }
    let runs: Vec<Value> = reports.iter().map(Report::to_json).collect();
    let workload: serde_json::Map<String, Value> = (workload.into_iter())
        .map(|(key, value)| (key, Value::from(value)))
        .collect();
    Ok(format!(
        "{:#}\n",
        json!({ "workload": workload, "runs": runs })
    ))
}

fn report_of(request: &Request, workload: &[(String, String)]) -> Result<Report, Failure> {
    let scenario = request.scenario(workload).map_err(Failure::Input)?;
    let mut watch = Watch::new(&scenario.topology(), request.warm_up);
    let mut progress = Progress::new();
    let simulation = drive(&scenario, request.until, &mut watch, |now| {
        progress.show(&format!(
            "{}: {:.1} s of {}",
            scenario.pattern.slug,
            now.as_secs(),
            request.until
        ));
    });
    Ok(Report::new(&scenario, request.warm_up, &simulation, &watch))
}

/// A column a run.
fn table(reports: &[Report]) -> String {
    let number = |value: f64| format!("{value:.2}");
    let maybe = |value: Option<f64>| value.map_or("-".to_owned(), number);
    let failed = |report: &Report| -> u64 {
        let counts = report.ledger.flows.failed.values();
        counts.filter_map(Value::as_u64).sum()
    };
    type Row<'a> = (&'static str, Box<dyn Fn(&Report) -> String + 'a>);
    let rows: [Row; 12] = [
        ("", Box::new(|it| it.pattern.to_owned())),
        (
            "started",
            Box::new(|it| it.ledger.flows.started.to_string()),
        ),
        (
            "succeeded",
            Box::new(|it| it.ledger.flows.succeeded.to_string()),
        ),
        ("failed", Box::new(|it| failed(it).to_string())),
        ("open", Box::new(|it| it.ledger.flows.open.to_string())),
        (
            "throughput /s",
            Box::new(|it| number(it.rates.throughput_per_s)),
        ),
        ("goodput /s", Box::new(|it| number(it.rates.goodput_per_s))),
        ("mean ms", Box::new(|it| maybe(it.latency_ms.mean))),
        ("p50 ms", Box::new(|it| maybe(it.latency_ms.p50))),
        ("p99 ms", Box::new(|it| maybe(it.latency_ms.p99))),
        (
            "messages",
            Box::new(|it| it.ledger.messages.sent.to_string()),
        ),
        ("busiest node", Box::new(|it| maybe(it.utilisation_max()))),
    ];
    let mut text = String::new();
    for (name, cell) in rows {
        let _ = write!(text, "{name:<14}");
        for report in reports {
            let _ = write!(text, " {:>18}", cell(report));
        }
        text.push('\n');
    }
    text
}
