//! A step of the site's build: panics without words.
//!
//! The words are most of what panicking costs, a twentieth of the page, and
//! nobody can read them there. What panics ends the program at once instead
//! (the notice is public/boot.js); a native run of the same link says the words.

use std::path::Path;

use anyhow::{Context, Result};
use walrus::{FunctionBuilder, FunctionId, FunctionKind, Module};

/// What the names of functions that never return contain.
const NEVER_RETURN: [&str; 16] = [
    "core::panicking::",
    "core::option::unwrap_failed",
    "core::option::expect_failed",
    "core::result::unwrap_failed",
    "core::slice::index::slice_",
    "core::slice::copy_from_slice_impl::len_mismatch_fail",
    "core::str::slice_error_fail",
    "core::cell::panic_already",
    "alloc::raw_vec::handle_error",
    "alloc::raw_vec::capacity_overflow",
    "alloc::alloc::handle_alloc_error",
    "std::alloc::rust_oom",
    "std::panicking::",
    "std::sys::backtrace::__rust_end_short_backtrace",
    "std::thread::local::panic_access_error",
    "rust_begin_unwind",
];

/// Empties what panics in a wasm file that has its names.
///
/// # Errors
/// The file cannot be read or written, or has no names.
pub fn silence(wasm: &Path) -> Result<()> {
    let mut module = Module::from_file(wasm).context("cannot read the wasm")?;
    let never: Vec<FunctionId> = module
        .funcs
        .iter_local()
        .filter(|(id, _)| {
            let name = module.funcs.get(*id).name.as_deref().unwrap_or_default();
            let name = without_hashes(name);
            NEVER_RETURN.iter().any(|part| name.contains(part))
        })
        .map(|(id, _)| id)
        .collect();
    anyhow::ensure!(!never.is_empty(), "the wasm has no names");
    for id in never {
        end_at_once(&mut module, id);
    }
    module.emit_wasm_file(wasm)
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

/// Leaves of a function its type alone, and the one instruction that ends all.
fn end_at_once(module: &mut Module, id: FunctionId) {
    let kind = module.types.get(module.funcs.get(id).ty());
    let (takes, gives) = (kind.params().to_vec(), kind.results().to_vec());
    let arguments = takes.iter().map(|kind| module.locals.add(*kind)).collect();
    let mut builder = FunctionBuilder::new(&mut module.types, &takes, &gives);
    builder.func_body().unreachable();
    module.funcs.get_mut(id).kind = FunctionKind::Local(builder.local_func(arguments));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_panics_is_emptied_and_nothing_else() {
        let mut module = Module::default();
        for name in ["core[1f]::panicking::panic_fmt", "patternscope[a]::main"] {
            let mut builder = FunctionBuilder::new(&mut module.types, &[], &[]);
            builder
                .name(name.to_owned())
                .func_body()
                .i32_const(7)
                .drop();
            let id = builder.finish(Vec::new(), &mut module.funcs);
            module.exports.add(name, id);
        }
        let file = std::env::temp_dir().join("patternscope-panics.wasm");
        module.emit_wasm_file(&file).expect("can be written");
        silence(&file).expect("has names");
        let after = Module::from_file(&file).expect("can be read");
        let sizes: Vec<u64> = after.funcs.iter_local().map(|(_, f)| f.size()).collect();
        assert_eq!(
            sizes.iter().filter(|size| **size == 1).count(),
            1,
            "{sizes:?}"
        );
        std::fs::remove_file(file).expect("was written");
    }
}
