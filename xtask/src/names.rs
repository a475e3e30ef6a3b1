//! A step of the site's build: short names between script and wasm, and names
//! inside of the wasm that put its functions in order.
//!
//! wasm-bindgen names what they call of each other by long words and hashes,
//! which compress badly and stand in both files. What the wasm no longer calls
//! is left out of the script.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use walrus::Module;

/// The module whose functions the script defines.
const GLUE: &str = "./patternscope_bg.js";
/// How the script reads the wasm's exports.
const EXPORTS: &str = "wasm.";
/// Before and after a function that the script defines for the wasm.
const BEGIN: &str = "        __wb";
const END: &str = "        }";
/// Leptos's server functions, which this page has not got, and their ends.
const UNUSED_CLASSES: &str = "export class IntoUnderlying";
const UNUSED_ENDS: &str = "const IntoUnderlying";

/// Shortens the names in a script of wasm-bindgen's and in its wasm.
///
/// # Errors
/// A file cannot be read or written.
pub fn shorten(script: &Path, wasm: &Path) -> Result<()> {
    let mut module = Module::from_file(wasm).context("cannot read the wasm")?;
    let text = std::fs::read_to_string(script)?;
    let mut imports = BTreeMap::new();
    for import in module.imports.iter_mut().filter(|it| it.module == GLUE) {
        let short = short_name(imports.len());
        imports.insert(std::mem::replace(&mut import.name, short.clone()), short);
    }
    let mut exports = BTreeMap::new();
    for export in module.exports.iter_mut() {
        let short = short_name(exports.len());
        exports.insert(std::mem::replace(&mut export.name, short.clone()), short);
    }
    for function in module.funcs.iter_mut() {
        function.name = function.name.as_deref().map(name_in_order);
    }
    anyhow::ensure!(!imports.is_empty(), "the wasm imports nothing from {GLUE}");
    std::fs::write(script, with_names(&with_imports(&text, &imports), &exports))?;
    module.emit_wasm_file(wasm)
}

/// A function's name by which like ones stand side by side: those of a trait
/// begin with the trait and the method.
fn name_in_order(name: &str) -> String {
    let name = without_hashes(name);
    let of_trait = || {
        let (kind, rest) = name.strip_prefix('<')?.rsplit_once(" as ")?;
        let (its_trait, method) = rest.rsplit_once(">::")?;
        Some(format!("{its_trait}::{method} {kind}"))
    };
    of_trait().unwrap_or_else(|| name.trim_start_matches(['<', '&']).to_owned())
}

/// `core[9d1c]::cell::Cell` as `core::cell::Cell`.
fn without_hashes(name: &str) -> String {
    let mut pieces = name.split('[');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |plain, piece| match piece.split_once(']') {
        Some((hash, rest)) if hash.bytes().all(|b| b.is_ascii_hexdigit()) => plain + rest,
        _ => plain + "[" + piece,
    })
}

/// `a`, `b`, ..., `z`, `a1`, `b1`, ...
fn short_name(index: usize) -> String {
    let letter = char::from(b'a' + (index % 26) as u8);
    match index / 26 {
        0 => letter.to_string(),
        round => format!("{letter}{round}"),
    }
}

/// The script with the functions that are imported, by their new names.
fn with_imports(script: &str, imports: &BTreeMap<String, String>) -> String {
    let mut lines = script.lines();
    let mut kept = String::new();
    while let Some(line) = lines.next() {
        let (name, rest) = line.trim_start().split_once(": ").unwrap_or_default();
        if line.starts_with(BEGIN) && !name.is_empty() {
            match imports.get(name) {
                Some(short) => kept.push_str(&format!("        {short}: {rest}\n")),
                None => _ = lines.by_ref().find(|line| line.starts_with(END)),
            }
        } else if line.starts_with(UNUSED_CLASSES) {
            // The class and the line after it, about its disposal.
            _ = lines.by_ref().find(|line| *line == "}");
            lines.next();
        } else if line.starts_with(UNUSED_ENDS) {
            _ = lines.by_ref().find(|line| line.ends_with(");"));
        } else {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The script with exports by their new names.
fn with_names(script: &str, exports: &BTreeMap<String, String>) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut pieces = script.split(EXPORTS);
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| {
        let end = piece.find(|c| !is_name(c)).unwrap_or(piece.len());
        let (name, rest) = piece.split_at(end);
        text + EXPORTS + exports.get(name).map_or(name, String::as_str) + rest
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
        names.iter().map(owned).collect()
    }

    #[test]
    fn what_the_wasm_calls_is_renamed_and_the_rest_left_out() {
        let script = "const import0 = {\n        __wbg_now_1: function() { return handleError(function () {\n            return 1;\n        }, arguments); },\n        \
            __wbg_then_2: function() {\n            return 2;\n        },\n    };\n";
        let kept = with_imports(script, &names(&[("__wbg_then_2", "a")]));
        assert_eq!(
            kept,
            "const import0 = {\n        a: function() {\n            return 2;\n        },\n    };\n"
        );
    }

    #[test]
    fn exports_are_read_by_their_new_names() {
        let text = with_names(
            "wasm.memory.buffer, wasm.__start(), memory",
            &names(&[("memory", "a"), ("__start", "b")]),
        );
        assert_eq!(text, "wasm.a.buffer, wasm.b(), memory");
    }

    #[test]
    fn methods_of_a_trait_stand_side_by_side() {
        let ordered = name_in_order("<engine[1f]::Etl as kernel[2a]::Model>::fire");
        assert_eq!(ordered, "kernel::Model::fire engine::Etl");
        assert_eq!(name_in_order("<engine[1f]::Etl>::new"), "engine::Etl>::new");
    }

    #[test]
    fn short_names_differ() {
        let all: std::collections::BTreeSet<String> = (0..500).map(short_name).collect();
        assert_eq!(all.len(), 500);
    }
}
