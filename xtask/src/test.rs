//! `cargo xtask test`: everything that must hold, in one command.

use anyhow::Result;

use crate::hosting::Address;
use crate::report::{Count, Report, count_rust};
use crate::shell::{arguments, cargo, root, run, run_and_read};
use crate::tools::{WASM, ensure_node, ensure_wasm_target, wasm_test_runner};
use crate::{dist, site_tests, sizes, tidy};

/// Every check and test; goes on after a failed step.
pub fn everything() -> Result<()> {
    let mut report = Report::default();
    report.step("format", || check("fmt --all --check"));
    report.step("rules (tidy)", || tidy::run().map(|()| Count::ONE));
    report.step("lint", || {
        check("clippy --workspace --all-targets -- --deny warnings")
    });
    report.step("lint for the browser", || {
        ensure_wasm_target()?;
        check(&format!(
            "clippy --package patternscope --target {WASM} -- --deny warnings"
        ))
    });
    report.step("native tests", || tests("test --workspace --no-fail-fast"));
    report.step("golden runs in wasm", golden_in_wasm);
    let built = report.step("site", || {
        dist::build(&Address::default()).map(|()| Count::ONE)
    });
    if built {
        report.step("size budget", || {
            sizes::check(&root().join("dist")).map(|()| Count::ONE)
        });
        report.step("end-to-end tests", site_tests::run);
    }
    report.finish()
}

/// The engine's own tests: seconds, no browser.
pub fn engine() -> Result<()> {
    let mut report = Report::default();
    report.step("engine", || {
        tests("test --package patternscope-kernel --package patternscope-engine --no-fail-fast")
    });
    report.finish()
}

/// The same golden files as natively, asserted on the second host.
fn golden_in_wasm() -> Result<Count> {
    ensure_wasm_target()?;
    ensure_node()?;
    let (key, runner) = wasm_test_runner()?;
    let words = format!("test --package patternscope-engine --target {WASM} --test golden");
    let mut test = arguments(cargo(), &words);
    test.env(key, runner);
    let (succeeded, output) = run_and_read(&mut test)?;
    Ok(count_rust(&output).of_run(succeeded))
}

fn check(words: &str) -> Result<Count> {
    run(&mut arguments(cargo(), words))?;
    Ok(Count::ONE)
}

fn tests(words: &str) -> Result<Count> {
    let (succeeded, output) = run_and_read(&mut arguments(cargo(), words))?;
    Ok(count_rust(&output).of_run(succeeded))
}
