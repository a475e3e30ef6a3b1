//! `cargo xtask dist`: the optimised site, ready for any static host.

use std::path::Path;

use anyhow::{Result, bail};

use crate::shell::{command, root, run as run_command};
use crate::tools::{trunk_command, wasm_opt};
use crate::{page, sizes};

/// What the pinned Rust and wasm-bindgen use, and every browser since 2022 has.
/// Not `--all-features`: that lets wasm-opt write what no browser reads yet.
const FEATURES: [&str; 8] = [
    "--mvp-features",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Builds into dist/, makes it smaller and stricter, and checks its size.
pub fn run() -> Result<()> {
    build()?;
    sizes::check(&root().join("dist"))
}

/// Builds into dist/.
pub fn build() -> Result<()> {
    let folder = root().join("dist");
    run_command(trunk_command("build")?.arg("--release"))?;
    match wasm_opt() {
        Some(program) => shrink(&program, &folder)?,
        None => println!("note: no wasm-opt here (it comes with Node), so the wasm stays larger"),
    }
    page::secure(&folder)?;
    println!("The site is in dist/.");
    Ok(())
}

fn shrink(wasm_opt: &Path, folder: &Path) -> Result<()> {
    let mut found = false;
    for file in crate::tidy::files_below(folder)? {
        if file.extension().is_some_and(|kind| kind == "wasm") {
            found = true;
            let mut command = command(wasm_opt);
            command
                .args(FEATURES)
                .arg("-Oz")
                // Code of one kind side by side compresses better.
                .arg("--reorder-functions-by-name")
                .arg(&file)
                .arg("-o")
                .arg(&file);
            run_command(&mut command)?;
        }
    }
    if !found {
        bail!("the build left no wasm in dist/");
    }
    Ok(())
}
