//! How fast the engine is: the kernel beside a bare event loop, checkpoints,
//! seeking.
//!
//! Criterion measures each by itself. The ratios at the end are taken turn by
//! turn in one run, so that they carry over from machine to machine: least
//! and median. With `SIMPY_PYTHON` naming a Python that has SimPy 4, the same
//! queue runs there as well. `cargo bench ... -- none` prints the ratios alone.

mod bare;
mod workload;

use bare::BareLoop;
use criterion::{BatchSize, Criterion, Throughput};
use patternscope_engine::history::begin;
use patternscope_engine::kernel::{Instant, Simulation};
use patternscope_engine::measure::Instruments;
use patternscope_engine::patterns::CATALOG;
use patternscope_engine::patterns::request_response::PATTERN;
use patternscope_engine::{History, Scenario};
use std::hint::black_box;
use std::process::Command;
use std::time::Instant as Clock;
use workload::{FAR, mm4, warmed_up};

/// Occurrences a turn.
const TURN: u64 = 500_000;
/// Turns a ratio.
const TURNS: usize = 15;
/// The length of the run that is sought in.
const TEN_MINUTES: Instant = Instant(600_000_000_000);

/// The kernel's runs, by what the links do.
fn runs() -> [(&'static str, Scenario); 3] {
    [
        ("default links", mm4(&[])),
        ("no latency", mm4(&[("latency-ms", "0")])),
        ("no latency, no timeouts", mm4(CUSTOMERS)),
    ]
}

/// Nothing but customers who wait, as SimPy has it.
const CUSTOMERS: &[(&str, &str)] = &[
    ("latency-ms", "0"),
    ("timeout-ms", "0"),
    ("queue-cap", "100000"),
];

/// The mean number of entries on the agenda.
fn pending(simulation: &Simulation) -> usize {
    const SAMPLES: usize = 1_000;
    let mut simulation = simulation.clone();
    let mut sum = 0;
    for _ in 0..SAMPLES {
        simulation.run_until_or(FAR, 101, None);
        sum += simulation.world().agenda.len();
    }
    sum.div_ceil(SAMPLES)
}

fn kernel(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("kernel");
    group.throughput(Throughput::Elements(TURN));
    group.sample_size(10);
    for (name, scenario) in runs() {
        let mut simulation = warmed_up(&scenario);
        let mut bare = BareLoop::new(pending(&simulation));
        group.bench_function(name, |bencher| {
            bencher.iter(|| simulation.run_until_or(FAR, TURN, None));
        });
        group.bench_function(
            format!("bare loop, {} pending", bare.pending()),
            |bencher| {
                bencher.iter(|| bare.run(TURN));
            },
        );
    }
    group.finish();
}

/// A recorded run late enough for everything it carries to have grown, with
/// about a hundred entries on its agenda.
fn late() -> (Simulation, Instruments) {
    let mut scenario = Scenario::new(&PATTERN);
    for (key, value) in [("servers", "4"), ("rate", "110")] {
        if let Err(error) = scenario.settings.set(key, value) {
            panic!("{error}");
        }
    }
    let (mut simulation, mut instruments) = begin(&scenario, Instant::START);
    simulation.run_until(TEN_MINUTES, Some(&mut instruments));
    (simulation, instruments)
}

fn checkpoint(criterion: &mut Criterion) {
    let late = late();
    criterion.bench_function(
        &format!("checkpoint, {} pending", late.0.world().agenda.len()),
        |bencher| bencher.iter_batched(|| (), |()| late.clone(), BatchSize::SmallInput),
    );
}

/// A default run of ten minutes, and instants in it in no order.
fn explored() -> (History, impl FnMut() -> Instant) {
    let mut history = History::new(Scenario::new(&PATTERN));
    history.advance(TEN_MINUTES, u64::MAX);
    let mut draw = bare::uniforms(7);
    (history, move || {
        Instant((draw() * TEN_MINUTES.0 as f64) as u64)
    })
}

fn seek(criterion: &mut Criterion) {
    let (mut history, mut anywhere) = explored();
    criterion.bench_function("seek in ten minutes", |bencher| {
        bencher.iter_batched(
            &mut anywhere,
            |at| history.seek(at),
            BatchSize::PerIteration,
        );
    });
}

/// Seconds that something takes.
fn timed<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Clock::now();
    black_box(work());
    start.elapsed().as_secs_f64()
}

/// Least, median and greatest.
fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    let last = values.len() - 1;
    (values[0], values[last / 2], values[last])
}

fn kernel_ratio(name: &str, scenario: &Scenario) {
    let mut simulation = warmed_up(scenario);
    let mut bare = BareLoop::new(pending(&simulation));
    bare.run(TURN);
    let mut rates = Vec::new();
    let ratios = (0..TURNS).map(|_| {
        let loop_takes = timed(|| bare.run(TURN));
        let kernel_takes = timed(|| simulation.run_until_or(FAR, TURN, None));
        rates.push(TURN as f64 / kernel_takes / 1e6);
        loop_takes / kernel_takes
    });
    let (least, median, _) = spread(ratios.collect());
    let (_, rate, _) = spread(rates);
    println!(
        "kernel / bare loop, {name}, {} pending: least {least:.2}, median {median:.2} ({rate:.1} M occurrences/s)",
        bare.pending()
    );
}

fn checkpoint_time() {
    let late = late();
    // Checkpoints are kept, so their memory is new each time.
    let mut kept = Vec::new();
    let takes = (0..200).map(|_| timed(|| kept.push(late.clone())) * 1e6);
    let (least, median, _) = spread(takes.collect());
    println!(
        "checkpoint, {} pending: least {least:.1} us, median {median:.1} us",
        late.0.world().agenda.len()
    );
}

fn seek_time() {
    let (mut history, mut anywhere) = explored();
    let takes = (0..200).map(|_| timed(|| history.seek(anywhere())) * 1e3);
    let (_, median, most) = spread(takes.collect());
    println!("seek in ten minutes: median {median:.1} ms, most {most:.1} ms");
}

/// Customers served a second of wall time, and the same by SimPy.
fn customers() {
    let mut simulation = warmed_up(&mm4(CUSTOMERS));
    let served = |simulation: &Simulation| -> u64 {
        let measures = simulation.model().measures();
        let runs = measures.iter().find(|(name, _)| *name == "runs");
        match runs {
            Some((_, patternscope_engine::kernel::Measured::Count(count))) => *count,
            _ => 0,
        }
    };
    let rates = (0..TURNS).map(|_| {
        let before = served(&simulation);
        let takes = timed(|| simulation.run_until_or(FAR, TURN, None));
        (served(&simulation) - before) as f64 / takes
    });
    let (least, median, _) = spread(rates.collect());
    println!("customers/s: least {least:.0}, median {median:.0}");
    let Some(python) = std::env::var_os("SIMPY_PYTHON") else {
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/simpy_mm4.py");
    match Command::new(python).arg(script).output() {
        Ok(output) => match String::from_utf8_lossy(&output.stdout)
            .trim()
            .parse::<f64>()
        {
            Ok(simpy) => println!(
                "kernel / SimPy, M/M/4: least {:.0}, median {:.0} (SimPy {simpy:.0} customers/s)",
                least / simpy,
                median / simpy
            ),
            Err(_) => println!("SimPy: {}", String::from_utf8_lossy(&output.stderr)),
        },
        Err(error) => println!("SimPy: {error}"),
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    kernel(&mut criterion);
    checkpoint(&mut criterion);
    seek(&mut criterion);
    criterion.final_summary();
    println!();
    for (name, scenario) in runs() {
        kernel_ratio(name, &scenario);
    }
    for pattern in CATALOG {
        kernel_ratio(pattern.slug, &Scenario::new(pattern));
    }
    checkpoint_time();
    seek_time();
    customers();
}
