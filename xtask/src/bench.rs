//! `cargo xtask bench`: how fast the engine is, natively and in wasm, and how
//! fast the page draws.

use anyhow::{Result, bail};

use crate::hosting::Address;
use crate::shell::{arguments, cargo, run, run_and_read};
use crate::tools::{WASM, ensure_node, ensure_wasm_target, wasm_test_runner};
use crate::{dist, site_tests};

/// Runs the engine's benches natively (options go to the bench harness), then
/// the same load natively and in wasm for their ratio, then the built page.
pub fn run_benches(options: &[String]) -> Result<()> {
    let mut bench = arguments(cargo(), "bench --package patternscope-engine");
    if !options.is_empty() {
        bench.arg("--").args(options);
    }
    run(&mut bench)?;
    let native = medians("--release")?;
    ensure_wasm_target()?;
    ensure_node()?;
    // As the page runs it.
    let wasm = medians(&format!("--profile site --target {WASM}"))?;
    for ((load, native), (_, wasm)) in native.iter().zip(&wasm) {
        println!(
            "wasm / native, {load}: {:.2} ({wasm} / {native} M occurrences/s)",
            wasm / native
        );
    }
    dist::build(&Address::default())?;
    site_tests::print_figures()
}

/// Loads and their median rates, in millions of occurrences a second.
fn medians(build: &str) -> Result<Vec<(String, f64)>> {
    let words = format!(
        "test --package patternscope-engine --test wasm_speed {build} -- --include-ignored --nocapture"
    );
    let mut test = arguments(cargo(), &words);
    if build.contains(WASM) {
        let (key, runner) = wasm_test_runner()?;
        test.env(key, runner);
    }
    let (succeeded, output) = run_and_read(&mut test)?;
    let found: Vec<(String, f64)> = output.lines().filter_map(median).collect();
    if !succeeded || found.is_empty() {
        bail!("the speed test failed or printed no figures");
    }
    Ok(found)
}

/// Reads `no latency: least 9.1, median 9.4 M occurrences/s`.
fn median(line: &str) -> Option<(String, f64)> {
    let (load, figures) = line.split_once(": least ")?;
    let (_, median) = figures.split_once("median ")?;
    Some((
        load.trim().to_owned(),
        median.split(' ').next()?.parse().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_in_the_output() {
        let line = "    no latency: least 9.10, median 9.40 M occurrences/s";
        assert_eq!(median(line), Some(("no latency".to_owned(), 9.4)));
        assert_eq!(median("test result: ok"), None);
    }
}
