//! A step of the site's build: without Leptos's server functions, which this
//! page has not got. Their streams are exported, so that the linker keeps them
//! and all that they call.

use std::path::Path;

use anyhow::{Context, Result};
use walrus::{FunctionBuilder, FunctionId, FunctionKind, Module};

/// What the names of their exports contain.
const EXPORT: &str = "intounderlying";
/// What the names of their functions contain: the crate, and its closures.
const FUNCTIONS: [&str; 2] = ["wasm_streams", "IntoUnderlying"];

/// Whether an export is theirs.
pub fn is_export(name: &str) -> bool {
    name.contains(EXPORT)
}

/// Empties their functions in a wasm file that has its names; tables still
/// hold them.
///
/// # Errors
/// The file cannot be read or written.
pub fn empty(wasm: &Path) -> Result<()> {
    let mut module = Module::from_file(wasm).context("cannot read the wasm")?;
    let theirs: Vec<FunctionId> = module
        .funcs
        .iter_local()
        .map(|(id, _)| id)
        .filter(|id| {
            let name = module.funcs.get(*id).name.as_deref().unwrap_or_default();
            FUNCTIONS.iter().any(|part| name.contains(part))
        })
        .collect();
    for id in theirs {
        end_at_once(&mut module, id);
    }
    module.emit_wasm_file(wasm)
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
    fn what_is_unused_is_emptied_and_nothing_else() {
        let mut module = Module::default();
        for name in ["wasm_streams[1f]::readable::pull", "patternscope[a]::main"] {
            let mut builder = FunctionBuilder::new(&mut module.types, &[], &[]);
            builder
                .name(name.to_owned())
                .func_body()
                .i32_const(7)
                .drop();
            let id = builder.finish(Vec::new(), &mut module.funcs);
            module.exports.add(name, id);
        }
        let file = std::env::temp_dir().join("patternscope-unused.wasm");
        module.emit_wasm_file(&file).expect("can be written");
        empty(&file).expect("is a wasm file");
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
