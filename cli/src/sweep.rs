//! `sweep`: one knob through its values, several seeds a value.

use crate::Failure;
use crate::progress::Progress;
use crate::request::{Options, Request, whole};
use crate::statistics::Estimate;
use clap::Args;
use patternscope_engine::Scenario;
use patternscope_engine::kernel::settings::clip;
use patternscope_export::report::Report;
use patternscope_export::watch::{Watch, drive};
use serde_json::{Value, json};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Points of a sweep at most.
const POINTS_MOST: usize = 1_000;

/// Arguments of `sweep`.
#[derive(Args)]
pub struct Arguments {
    /// A pattern, such as request-response, or a link.
    #[arg(value_name = "PATTERN|LINK")]
    target: String,
    /// The knob and its values: rate=10..100/19 (19 values, both ends among
    /// them) or lb=random,round-robin.
    #[arg(long, value_name = "KEY=VALUES")]
    vary: String,
    /// Runs a value, each with the next seed.
    #[arg(long, default_value_t = 5, allow_hyphen_values = true, value_parser = whole(1, 1_000))]
    seeds: u64,
    #[command(flatten)]
    options: Options,
    /// Comma-separated values.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// What each row tells, in order.
const MEASURES: [&str; 7] = [
    "throughput_per_s",
    "goodput_per_s",
    "p50_ms",
    "p99_ms",
    "lost_share",
    "failed_share",
    "utilisation_max",
];

/// In the order of [`MEASURES`].
type Sample = [Option<f64>; 7];

struct Row {
    value: String,
    estimates: Vec<Estimate>,
}

/// The text for standard output.
pub fn sweep(arguments: &Arguments) -> Result<String, Failure> {
    let request = Request::new(&arguments.target, &arguments.options)?;
    let (key, values) = parse_vary(&arguments.vary)?;
    let scenarios = scenarios(&request, key, &values, arguments.seeds)?;
    let samples = run_all(&request, &scenarios)?;
    let estimate = |runs: &[Sample], measure: usize| {
        let known: Vec<f64> = runs.iter().filter_map(|sample| sample[measure]).collect();
        Estimate::of(&known)
    };
    let row = |(value, runs): (&String, &[Sample])| Row {
        value: value.clone(),
        estimates: (0..MEASURES.len())
            .map(|measure| estimate(runs, measure))
            .collect(),
    };
    let rows: Vec<Row> = values
        .iter()
        .zip(samples.chunks(arguments.seeds as usize))
        .map(row)
        .collect();
    Ok(match (arguments.csv, arguments.json) {
        (true, _) => to_csv(key, &rows),
        (_, true) => to_json(&request, key, arguments.seeds, &rows),
        _ => to_text(key, &rows),
    })
}

/// `rate=10..100/19` or `lb=random,round-robin`.
fn parse_vary(text: &str) -> Result<(&str, Vec<String>), Failure> {
    let refuse = |why: &str| Failure::input(format!("--vary {}: {why}", clip(text)));
    let right = "must be such as rate=10..100/19 or lb=random,round-robin";
    let (key, values) = text.split_once('=').ok_or_else(|| refuse(right))?;
    let Some((from, rest)) = values.split_once("..") else {
        let values: Vec<String> = values
            .split(',')
            .map(|value| value.trim().to_owned())
            .collect();
        return if values.len() <= POINTS_MOST {
            Ok((key, values))
        } else {
            Err(refuse("has too many values"))
        };
    };
    let (to, points) = rest.split_once('/').ok_or_else(|| refuse(right))?;
    let number = |text: &str| {
        text.trim()
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
    };
    let (Some(from), Some(to), Ok(points)) =
        (number(from), number(to), points.trim().parse::<usize>())
    else {
        return Err(refuse(right));
    };
    if !(2..=POINTS_MOST).contains(&points) {
        return Err(refuse(&format!(
            "must have 2 to {POINTS_MOST} values after the `/`"
        )));
    }
    let step = (to - from) / (points - 1) as f64;
    // Nine decimals hide that 0.1 + 0.2 is not 0.3.
    let value = |index: usize| ((from + step * index as f64) * 1e9).round() / 1e9;
    Ok((
        key,
        (0..points).map(|index| value(index).to_string()).collect(),
    ))
}

/// Seeds within values.
fn scenarios(
    request: &Request,
    key: &str,
    values: &[String],
    seeds: u64,
) -> Result<Vec<Scenario>, Failure> {
    let (mut scenarios, mut causes) = (Vec::new(), Vec::new());
    for value in values {
        match request.scenario(&[(key.to_owned(), value.clone())]) {
            Ok(scenario) => scenarios.extend((0..seeds).map(|n| {
                let seed = request.seed().wrapping_add(n);
                Scenario {
                    seed,
                    ..scenario.clone()
                }
            })),
            Err(more) => causes.extend(more),
        }
    }
    causes.dedup();
    if causes.is_empty() {
        Ok(scenarios)
    } else {
        Err(Failure::Input(causes))
    }
}

/// Runs are independent: each thread takes the next one.
fn run_all(request: &Request, scenarios: &[Scenario]) -> Result<Vec<Sample>, Failure> {
    let (next, progress) = (AtomicUsize::new(0), Mutex::new((0, Progress::new())));
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(scenarios.len());
    let work = || {
        let mut done = Vec::new();
        while let Some((index, scenario)) = take(&next, scenarios) {
            done.push((index, sample(request, scenario)));
            if let Ok(mut progress) = progress.lock() {
                progress.0 += 1;
                let text = format!("{} of {} runs", progress.0, scenarios.len());
                progress.1.show(&text);
            }
        }
        done
    };
    let mut samples = vec![Sample::default(); scenarios.len()];
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            let done = worker
                .join()
                .map_err(|_| Failure::Other("a run failed".to_owned()))?;
            done.into_iter()
                .for_each(|(index, sample)| samples[index] = sample);
        }
        Ok(samples)
    })
}

fn take<'s>(next: &AtomicUsize, scenarios: &'s [Scenario]) -> Option<(usize, &'s Scenario)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    scenarios.get(index).map(|scenario| (index, scenario))
}

fn sample(request: &Request, scenario: &Scenario) -> Sample {
    let mut watch = Watch::new(&scenario.topology(), request.warm_up);
    let simulation = drive(scenario, request.until, &mut watch, |_| {});
    let report = Report::new(scenario, request.warm_up, &simulation, &watch);
    let ledger = &watch.ledger;
    let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    let ended = watch.measures.ended();
    [
        Some(report.rates.throughput_per_s),
        Some(report.rates.goodput_per_s),
        report.latency_ms.p50,
        report.latency_ms.p99,
        share(ledger.lost_total(), ledger.sent + ledger.duplicated),
        share(ended.saturating_sub(watch.measures.succeeded()), ended),
        report.utilisation_max(),
    ]
}

fn cell(value: Option<f64>) -> String {
    value.map_or(String::new(), |number| number.to_string())
}

fn to_csv(key: &str, rows: &[Row]) -> String {
    let columns: Vec<String> = MEASURES
        .iter()
        .map(|name| format!("{name},{name}_ci95"))
        .collect();
    let mut text = format!("{key},{}\n", columns.join(","));
    for row in rows {
        let cells = row
            .estimates
            .iter()
            .map(|e| format!("{},{}", cell(e.mean), cell(e.ci95)));
        text += &format!("{},{}\n", row.value, cells.collect::<Vec<_>>().join(","));
    }
    text
}

fn to_json(request: &Request, key: &str, seeds: u64, rows: &[Row]) -> String {
    let row = |row: &Row| {
        let value = row
            .value
            .parse::<f64>()
            .map_or_else(|_| Value::from(row.value.as_str()), Value::from);
        let mut fields = serde_json::Map::from_iter([("value".to_owned(), value)]);
        fields.extend(
            MEASURES
                .iter()
                .zip(&row.estimates)
                .map(|(name, e)| ((*name).to_owned(), json!(e))),
        );
        Value::Object(fields)
    };
    let object = json!({
        "pattern": request.pattern().slug,
        "version": env!("CARGO_PKG_VERSION"),
        "vary": key,
        "seeds": seeds,
        "first_seed": request.seed(),
        "until_s": request.until.as_secs(),
        "warmup_s": request.warm_up.as_secs(),
        "rows": rows.iter().map(row).collect::<Vec<_>>(),
    });
    format!("{object:#}\n")
}

fn to_text(key: &str, rows: &[Row]) -> String {
    let mut text = format!("{key:>14}");
    MEASURES
        .iter()
        .for_each(|name| text += &format!("  {name:>20}"));
    text.push('\n');
    for row in rows {
        text += &format!("{:>14}", row.value);
        for estimate in &row.estimates {
            let half = estimate
                .ci95
                .map_or(String::new(), |half| format!(" ± {half:.3}"));
            let shown = estimate
                .mean
                .map_or("-".to_owned(), |mean| format!("{mean:.3}{half}"));
            text += &format!("  {shown:>20}");
        }
        text.push('\n');
    }
    text
}
