//! `cargo xtask bench`: how fast the engine is.

use anyhow::Result;

use crate::shell::{arguments, cargo, run};

/// Runs the engine's benches natively; options go to the bench harness.
pub fn run_benches(options: &[String]) -> Result<()> {
    let mut bench = arguments(cargo(), "bench --package patternscope-engine");
    if !options.is_empty() {
        bench.arg("--").args(options);
    }
    run(&mut bench)
}
