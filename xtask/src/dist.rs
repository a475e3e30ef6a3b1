//! `cargo xtask dist`: the optimised site, ready for any static host.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;

use anyhow::Result;
use serde_json::{Value, json};

use crate::bundle::{bundle, glue_of, minify};
use crate::hosting::{self, Address};
use crate::shell::{arguments, cargo, command, root, run as run_command};
use crate::tools::{WASM, binaryen, ensure_standard_library, esbuild, trunk_command};
use crate::{names, page, sizes, unused};

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

/// What wasm-opt does, by trial: each part makes the compressed file smaller.
const OPTIMISE: [&str; 11] = [
    "-Oz",
    // Its control flow made anew is simpler than what the compiler wrote.
    "--flatten",
    "--rereloop",
    "-Os",
    "-Oz",
    // What repeats compresses better than what is kept in locals.
    "--skip-pass=local-cse",
    "--skip-pass=merge-locals",
    // Locals of their own for every value: streams.mjs guesses them better.
    "--skip-pass=coalesce-locals",
    // Data in one piece: zeros cost nothing.
    "--skip-pass=memory-packing",
    // The stack comes first and grows down: its last kilobyte stays unused.
    "--low-memory-unused",
    // Code of one kind side by side: names.rs.
    "--reorder-functions-by-name",
];

/// Builds into dist/, makes it smaller and stricter, and checks its size.
pub fn run(options: &[String]) -> Result<()> {
    build(&Address::from_arguments(options)?)?;
    sizes::check(&root().join("dist"))
}

/// What makes the code a tenth smaller and is unstable, hence the first
/// variable. Left out: places of the source, and texts of `{:?}`. And the
/// standard library is compiled with the page, for size, and what panics ends
/// the program at once, so that nothing prepares words for it: nobody can read
/// them there, and a native run of the same link says them.
const SMALLER: [(&str, &str); 4] = [
    ("RUSTC_BOOTSTRAP", "1"),
    ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort"),
    ("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size"),
    (
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
        "-Zlocation-detail=none -Zfmt-debug=none -Zunstable-options -Cpanic=immediate-abort",
    ),
];

/// Puts each kind of code by itself: that compresses better.
const SPLIT: &str = "xtask/site/split.mjs";

/// Builds into dist/, for a host at an address.
pub fn build(address: &Address) -> Result<()> {
    let folder = root().join("dist");
    let mut build = trunk_command("build")?;
    build.arg("--release");
    if has_standard_library() {
        build.envs(SMALLER);
    } else {
        println!(
            "note: rustup brings the source of the standard library; without it the site is larger"
        );
    }
    run_command(&mut build)?;
    match (binaryen(), esbuild()) {
        (Some(binaryen), Some(esbuild)) => {
            shrink(&binaryen, &glue_of(&folder)?)?;
            bundle(&esbuild, &folder)?;
            shrink_exporter(&binaryen, &esbuild, &folder)?;
        }
        _ => println!(
            "note: the tools that make the site smaller come with Node; without it the site is larger"
        ),
    }
    page::secure(&folder)?;
    hosting::prepare(&folder, address)?;
    println!("The site is in dist/.");
    Ok(())
}

/// Whether the standard library can be compiled: its source and what that uses
/// are here now.
fn has_standard_library() -> bool {
    let mut fetch = arguments(cargo(), "fetch --quiet --target");
    ensure_standard_library() && run_command(fetch.arg(WASM).envs(SMALLER)).is_ok()
}

/// Makes the wasm beside `script` smaller.
fn shrink(binaryen: &Path, script: &Path) -> Result<()> {
    let text = std::fs::read_to_string(script)?;
    let wasm = script.with_extension("").display().to_string() + "_bg.wasm";
    unused::empty(Path::new(&wasm))?;
    let graph = script.with_extension("graph.json");
    std::fs::write(&graph, used_exports(&text))?;
    let mut reduce = command(binaryen.join("wasm-metadce"));
    reduce
        .args(FEATURES)
        // Names stay, for the order.
        .arg("-g")
        .arg(format!("--graph-file={}", graph.display()))
        .args([&wasm, "-o", &wasm])
        .stdout(Stdio::null());
    let reduced = run_command(&mut reduce);
    std::fs::remove_file(&graph)?;
    reduced?;
    names::shorten(script, Path::new(&wasm))?;
    let mut optimise = command(binaryen.join("wasm-opt"));
    optimise
        .args(FEATURES)
        .args(OPTIMISE)
        .args([&wasm, "-o", &wasm]);
    run_command(&mut optimise)?;
    run_command(command("node").arg(root().join(SPLIT)).arg(&wasm))
}

/// The program that makes files, and its scripts. It is loaded as it stands,
/// and seldom: no streams.
fn shrink_exporter(binaryen: &Path, esbuild: &Path, folder: &Path) -> Result<()> {
    let wasm = folder.join("patternscope-exporter_bg.wasm");
    let mut optimise = command(binaryen.join("wasm-opt"));
    optimise
        .args(FEATURES)
        .args(["-Oz", "--strip-debug", "--strip-producers"])
        .arg(&wasm)
        .arg("-o")
        .arg(&wasm);
    run_command(&mut optimise)?;
    for script in ["patternscope-exporter.js", "exporter.js", "exporting.js"] {
        minify(esbuild, &folder.join(script))?;
    }
    Ok(())
}

/// What a script calls of the wasm's exports, as a graph for wasm-metadce.
fn used_exports(script: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let names: BTreeSet<&str> = script
        .split('.')
        .skip(1)
        .map(|rest| &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())])
        .filter(|name| !name.is_empty() && !unused::is_export(name))
        .collect();
    let exports = names
        .iter()
        .map(|name| json!({ "name": name, "export": name, "root": true }));
    Value::from_iter(exports).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_that_a_script_calls_are_kept() {
        let graph = used_exports("a.main(b.memory.buffer),c.intounderlyingsink_write(1)");
        assert!(graph.contains("\"export\":\"main\"") && graph.contains("\"memory\""));
        assert!(!graph.contains("sink"));
    }
}
