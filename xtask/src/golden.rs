//! `cargo xtask bless`: rewrites the golden files of the engine.

use anyhow::Result;

use crate::shell::{arguments, cargo, run};

/// Runs the golden test in its rewriting mode; `git diff` then shows what changed.
pub fn bless() -> Result<()> {
    let test = arguments(cargo(), "test --package patternscope-engine --test golden");
    run({ test }.env("BLESS", "1").env("INSTA_UPDATE", "always"))?;
    println!("Golden files rewritten: read `git diff` before you commit them.");
    Ok(())
}
