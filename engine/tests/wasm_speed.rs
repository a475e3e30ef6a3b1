//! Occurrences a second of the bench's run, natively and in wasm, for their
//! ratio; slow, so run by hand:
//! `cargo test --release -p patternscope-engine --test wasm_speed -- --include-ignored --nocapture`,
//! and again with `--target wasm32-unknown-unknown` and wasm-bindgen's test
//! runner in `CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER`.

#[path = "../benches/workload/mod.rs"]
mod workload;

use patternscope_engine::Scenario;
use patternscope_engine::patterns::CATALOG;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::{console_log as say, wasm_bindgen_test};

#[cfg(not(target_arch = "wasm32"))]
macro_rules! say {
    ($($words:tt)*) => { println!($($words)*) };
}

/// Occurrences a turn.
const TURN: u64 = 2_000_000;
/// The same of a pattern, which does more in each.
const TURN_OF_PATTERN: u64 = 100_000;
const TURNS: usize = 11;

#[cfg(target_arch = "wasm32")]
fn seconds() -> f64 {
    js_sys::Date::now() / 1e3
}

#[cfg(not(target_arch = "wasm32"))]
fn seconds() -> f64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed();
    since.map_or(0.0, |since| since.as_secs_f64())
}

/// Least and median rates of a run that has been going for a while, in
/// millions of occurrences a second.
fn measure(name: &str, scenario: &Scenario, turn: u64) {
    let mut simulation = workload::warmed_up(scenario);
    let mut rates: Vec<f64> = (0..TURNS)
        .map(|_| {
            let start = seconds();
            simulation.run_until_or(workload::FAR, turn, None);
            turn as f64 / (seconds() - start) / 1e6
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    let (least, median) = (rates[0], rates[TURNS / 2]);
    say!("{name}: least {least:.2}, median {median:.2} M occurrences/s");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
#[ignore = "measures for seconds; see the module"]
fn occurrences_a_second() {
    for (name, knobs) in [
        ("default links", &[][..]),
        ("no latency", &[("latency-ms", "0")]),
    ] {
        measure(name, &workload::mm4(knobs), TURN);
    }
    for pattern in CATALOG {
        let name = format!("{} at its defaults", pattern.slug);
        measure(&name, &Scenario::new(pattern), TURN_OF_PATTERN);
    }
}
